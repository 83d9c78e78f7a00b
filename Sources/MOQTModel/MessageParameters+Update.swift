extension MessageParameters {
    /// Takes over what a REQUEST_UPDATE says of a subscription; what it leaves out stays (draft-18 section 10.9).
    public mutating func apply(_ update: MessageParameters) {
        subscriberPriority = update.subscriberPriority ?? subscriberPriority
        groupOrder = update.groupOrder ?? groupOrder
        forward = update.forward ?? forward
        filter = update.filter ?? filter
        objectDeliveryTimeout = update.objectDeliveryTimeout ?? objectDeliveryTimeout
        subgroupDeliveryTimeout = update.subgroupDeliveryTimeout ?? subgroupDeliveryTimeout
        newGroupRequest = update.newGroupRequest ?? newGroupRequest
        rangeFilters.apply(update)
    }

    /// Makes one update of two, of which `later` came second: what it says holds, the rest stays.
    public mutating func join(_ later: MessageParameters) {
        apply(later)
        rendezvousTimeout = later.rendezvousTimeout ?? rendezvousTimeout
        fillTimeout = later.fillTimeout ?? fillTimeout
        namespacePrefix = later.namespacePrefix ?? namespacePrefix
        fill = later.fill ?? fill
        includeProperties = later.includeProperties ?? includeProperties
        authorizationTokens += later.authorizationTokens
        unknown += later.unknown
        let named = later.removedRangeFilters + later.rangeFilters.map(\.kind)
        removedRangeFilters.removeAll { named.contains($0) }
        removedRangeFilters += later.removedRangeFilters
    }
}
