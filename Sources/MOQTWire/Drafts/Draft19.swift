extension DraftRules {
    /// Draft 19: FIN on a request stream only means "no more messages"; GOAWAY lost its request id.
    static let draft19 = draft18.revised {
        $0.publishOKIsListed = false
        $0.finEndsNamespaceSubscription = false
        $0.goAwayNamesRequest = false
        $0.subscriptionsMayRepeat = true
        $0.skipsOnePublication = true
        $0.hasRangeFilters = true
        // Whatever SUBSCRIBE may carry, SUBSCRIBE_TRACKS may too.
        $0.parameters.objectDeliveryTimeout.insert(.subscribeTracks)
        $0.parameters.subgroupDeliveryTimeout.insert(.subscribeTracks)
        $0.parameters.rendezvousTimeout.insert(.subscribeTracks)
        $0.parameters.subscriberPriority.insert(.subscribeTracks)
        $0.parameters.filter.insert(.subscribeTracks)
        $0.parameters.newGroupRequest.insert(.subscribeTracks)
        // The text echoes GROUP_ORDER in the PUBLISH without listing it there; we accept it.
        $0.parameters.groupOrder = [.subscribe, .subscribeTracks, .fetch, .publish]
        $0.parameters.rangeFilters = [.subscribe, .subscribeTracks, .fetch, .publishOK, .update]
        $0.parameters.trackPropertyFilter = [.subscribeTracks, .update]
        $0.codes.hasDuplicateSubscription = false
        $0.codes.hasFilterErrors = true
        $0.codes.sessionHasTooManyRequestUpdates = true
    }
}
