import MOQTModel

extension MessageParameters {
    /// Takes over what a REQUEST_UPDATE says; what it leaves out stays (draft-18 section 10.9).
    mutating func apply(_ update: MessageParameters) {
        subscriberPriority = update.subscriberPriority ?? subscriberPriority
        groupOrder = update.groupOrder ?? groupOrder
        forward = update.forward ?? forward
        filter = update.filter ?? filter
        objectDeliveryTimeout = update.objectDeliveryTimeout ?? objectDeliveryTimeout
        subgroupDeliveryTimeout = update.subgroupDeliveryTimeout ?? subgroupDeliveryTimeout
        rangeFilters.apply(update)
        newGroupRequest = update.newGroupRequest ?? newGroupRequest
    }
}
