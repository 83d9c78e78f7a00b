extension DraftRules {
    /// Draft 18: SUBSCRIBE_TRACKS, PUBLISH answered by REQUEST_OK, redirects, fetch ids as deltas, padding.
    static let draft18 = draft17.revised {
        $0.publishIsAnsweredByPublishOK = false
        $0.namespaceInterestIsChosen = false
        $0.subscribeTracksIsSeparate = true
        $0.goAwayNamesRequest = true
        $0.goAwayOnRequestStreams = true
        $0.hasRequiredRequestID = false
        $0.hasReservedNamespaces = true
        $0.varint = .vi64
        $0.requestErrorCarriesRedirect = true
        $0.requestOKCarriesProperties = true
        $0.trackPropertiesMayBeMandatory = true
        $0.parameters.authorizationToken.insert(.subscribeTracks)
        $0.parameters.subgroupDeliveryTimeout = [.publishOK, .subscribe, .update]
        $0.parameters.fillTimeout = .fetch
        $0.parameters.forward.remove(.subscribeNamespace)
        $0.parameters.forward.insert(.subscribeTracks)
        $0.parameters.namespacePrefix = .update
        $0.subgroupTypeBits = 0x7F
        $0.hasPadding = true
        $0.fetchObjects = .flagsDelta
        $0.joiningFetchNeeds = .forwardingOrRefused
        $0.codes.hasUnsupportedExtension = true
        $0.codes.hasRedirect = true
        $0.codes.doneTooFarBehind = 0x5
        $0.codes.doneExpired = 0x6
        $0.codes.resetGoingAway = 0x4
        $0.codes.resetUnknownObjectStatus = 0x6
        $0.codes.resetHasExpiredAuthToken = true
        $0.codes.sessionHasInvalidRequiredRequestID = false
    }
}
