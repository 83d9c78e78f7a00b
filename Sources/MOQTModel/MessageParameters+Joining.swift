extension MessageParameters {
    /// Makes one update of two, of which `later` came second: what it says holds, the rest stays.
    public mutating func join(_ later: MessageParameters) {
        subscriberPriority = later.subscriberPriority ?? subscriberPriority
        groupOrder = later.groupOrder ?? groupOrder
        forward = later.forward ?? forward
        filter = later.filter ?? filter
        objectDeliveryTimeout = later.objectDeliveryTimeout ?? objectDeliveryTimeout
        subgroupDeliveryTimeout = later.subgroupDeliveryTimeout ?? subgroupDeliveryTimeout
        rendezvousTimeout = later.rendezvousTimeout ?? rendezvousTimeout
        fillTimeout = later.fillTimeout ?? fillTimeout
        newGroupRequest = later.newGroupRequest ?? newGroupRequest
        namespacePrefix = later.namespacePrefix ?? namespacePrefix
        fill = later.fill ?? fill
        includeProperties = later.includeProperties ?? includeProperties
        authorizationTokens += later.authorizationTokens
        unknown += later.unknown
        let named = later.removedRangeFilters + later.rangeFilters.map(\.kind)
        removedRangeFilters.removeAll { named.contains($0) }
        removedRangeFilters += later.removedRangeFilters
        rangeFilters.apply(later)
    }
}
