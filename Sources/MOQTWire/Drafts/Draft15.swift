extension DraftRules {
    /// Draft 15: version by ALPN; the knobs of a subscription became parameters; one REQUEST_OK and REQUEST_ERROR.
    ///
    /// Of what its text leaves open: LARGEST_OBJECT stands in answers to a TRACK_STATUS too, for they carry "the
    /// same parameters" as a SUBSCRIBE_OK. Of what it forbids, an end of group with properties is taken on a stream: draft
    /// 16 says the same, and its published vectors have one (subgroup.json, subgroup-extensions-status-object).
    static let draft15 = draft14.revised {
        $0.versionsInSetup = false
        $0.updatesAreAnswered = true
        $0.updatesMayMoveEndOut = true
        $0.answerTypes = .shared
        $0.unsubscribeNamespaceNames = .request
        $0.subscriptionLayout = .parameters
        $0.trackMetadataTravelsIn = .messageParameters
        $0.parameters.expires = .all
        $0.parameters.largestObject = .all
        $0.parameters.publisherPriority = .all
        $0.parameters.forward = .all
        $0.parameters.subscriberPriority = .all
        $0.parameters.filter = .all
        $0.parameters.groupOrder = .all
        $0.parameters.dynamicGroups = .all
        $0.parameters.newGroupRequest = .all
        $0.subgroupTypeBits = 0x3F
        $0.datagramPayloadBits = 0x0F
        $0.datagramStatusBits = 0x2D
        $0.statusObjectsMayHaveProperties = false
        $0.endsOfGroupWithPropertiesAreTolerated = true
        $0.missingDatagramsWithPropertiesAreTolerated = false
        $0.fetchObjects = .byteFlagsWithStatus
        $0.emptyFetchIsRefused = false
        $0.fetchOrderDefaultsToPublisher = false
        $0.codes.doneHasUpdateFailed = true
    }
}
