extension DraftRules {
    /// Draft 20: one filter for subscriptions and fetches, fills instead of joining fetches, reports of what a
    /// publisher changed.
    ///
    /// We have no official text of it. Of what its pull requests leave open:
    /// - FILL_PARAMETERS holds message parameters behind their count, as #1868 corrected (see `fillParameters`).
    /// - GOAWAY (#1852) goes both ways, as before.
    static let draft20 = draft19.revised {
        $0.filterForm = .fieldCount
        $0.fetchRangeTravelsIn = .locationFilter
        $0.hasPublishStateNotify = true
        $0.parameters = .withFill
        $0.fetchHasTimedOutRanges = true
        $0.codes.hasInvalidJoiningRequestID = false
        $0.codes.doneHasSubscriptionEnded = false
        $0.codes.unknownStreamCount = .max
    }
}

extension ParameterRules {
    /// The parameters of the working group's text a week before draft 20, with the fill pull request. What
    /// SUBSCRIBE may carry SUBSCRIBE_TRACKS may too, and the PUBLISH that follows from it repeats what it can.
    fileprivate static let withFill: ParameterRules = {
        var rules = ParameterRules()
        let subscription: MessageSet = [.subscribe, .subscribeTracks, .update]
        rules.objectDeliveryTimeout = subscription.union(.publish)
        rules.authorizationToken = [
            .publish, .subscribe, .update, .subscribeNamespace, .subscribeTracks, .publishNamespace,
            .trackStatus, .fetch,
        ]
        rules.maxCacheDuration = []
        rules.rendezvousTimeout = [.subscribe, .subscribeTracks]
        rules.subgroupDeliveryTimeout = subscription.union(.publish)
        rules.expires = [.subscribeOK, .publish, .publishOK, .requestOK]
        rules.largestObject = [.subscribeOK, .publish, .requestOK, .publishStateNotify]
        rules.fillTimeout = .fetch
        rules.forward = subscription.union([.publish, .publishStateNotify])
        rules.subscriberPriority = subscription.union([.publish, .fetch])
        rules.filter = subscription.union([.publish, .fetch, .publishStateNotify])
        rules.groupOrder = [.subscribe, .subscribeTracks, .publish, .fetch]
        rules.fillParameters = [.subscribe, .update]
        rules.rangeFilters = subscription.union(.fetch)
        rules.trackPropertyFilter = [.subscribeTracks, .update]
        rules.newGroupRequest = subscription
        rules.namespacePrefix = .update
        rules.includeProperties = [.subscribe, .trackStatus, .fetch, .subscribeTracks]
        return rules
    }()
}
