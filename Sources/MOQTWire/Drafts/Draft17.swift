extension DraftRules {
    /// Draft 17: one stream per request, SETUP on two unidirectional streams, MoQT's own integers, typed
    /// parameters.
    static let draft17 = draft16.revised {
        $0.setupTravelsOn = .uniControlStreams
        $0.requestsTravelOn = .bidiStreams
        $0.answersCarryRequestID = false
        $0.hasRequestCredit = false
        $0.requestIDsAreSequential = false
        $0.publishNamespaceEndNames = .stream
        $0.cancelsByMessage = false
        $0.hasPublishSkipped = true
        $0.goAwayCarriesTimeout = true
        $0.hasRequiredRequestID = true
        $0.hasGrease = true
        $0.varint = .vi64WithoutSevenBytes
        $0.emptyNamespacesAllowed = true
        $0.parameterForm = .typed
        $0.zeroDeliveryTimeoutIsIllegal = false
        $0.filterForm = .typedWithEndDelta
        $0.parameters = .firstTyped
        $0.joiningFetchNeeds = .forwarding
        $0.endsOfGroupWithPropertiesAreTolerated = false
        $0.codes.hasGoingAway = true
        $0.codes.hasExcessiveLoad = true
        $0.codes.hasNamespaceTooLarge = true
        $0.codes.doneHasExcessiveLoad = true
        $0.codes.resetHasTooFarBehind = true
        $0.codes.resetHasExcessiveLoad = true
        $0.codes.sessionHasTooManyRequests = false
        $0.codes.sessionHasInvalidRequiredRequestID = true
    }
}

extension ParameterRules {
    /// The table of draft-17 section 9.3.
    fileprivate static let firstTyped: ParameterRules = {
        var rules = ParameterRules()
        rules.objectDeliveryTimeout = [.publishOK, .subscribe, .update]
        rules.authorizationToken = [
            .publish, .subscribe, .update, .subscribeNamespace, .publishNamespace, .trackStatus, .fetch,
        ]
        rules.maxCacheDuration = []
        rules.rendezvousTimeout = .subscribe
        rules.expires = [.subscribeOK, .publish, .publishOK, .requestOK]
        rules.largestObject = [.subscribeOK, .publish, .requestOK]
        rules.forward = [.subscribe, .update, .publish, .publishOK, .subscribeNamespace]
        rules.subscriberPriority = [.subscribe, .fetch, .update, .publishOK]
        rules.filter = [.subscribe, .publishOK, .update]
        rules.groupOrder = [.subscribe, .publishOK, .fetch]
        rules.newGroupRequest = [.publishOK, .subscribe, .update]
        return rules
    }()
}
