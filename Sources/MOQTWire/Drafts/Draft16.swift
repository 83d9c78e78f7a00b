extension DraftRules {
    /// Draft 16: delta types, track extensions, SUBSCRIBE_NAMESPACE on a stream of its own.
    ///
    /// Of what its text leaves open: an update of a SUBSCRIBE_NAMESPACE is taken on the control stream and on the
    /// request's own; tracks found that way have PUBLISH and PUBLISH_DONE on the control stream. The answer to a
    /// TRACK_STATUS has no field for track extensions, though relays are told to forward them: none are written.
    static let draft16 = draft15.revised {
        $0.subscribeNamespaceTravelsOn = .bidiStreams
        $0.everyRequestMayBeUpdated = true
        $0.updatesMayMoveStartBack = true
        $0.namespaceAnnouncedAs = .namespaceMessages
        $0.namespaceInterestIsChosen = true
        $0.publishNamespaceEndNames = .request
        $0.unsubscribeNamespaceNames = .stream
        $0.propertyTypesAreDeltas = true
        $0.emptyNamespaceFieldsAllowed = false
        $0.trackMetadataTravelsIn = .trackProperties
        $0.unknownParametersAreIgnored = false
        $0.zeroDeliveryTimeoutIsIllegal = true
        $0.requestErrorCarriesRetry = true
        $0.parameters.maxCacheDuration = []
        $0.parameters.publisherPriority = []
        $0.parameters.dynamicGroups = []
        $0.hasDoesNotExistStatus = false
        $0.tracksHaveOnePreference = false
        $0.fetchObjects = .flagsAbsolute
        $0.codes.hasDuplicateSubscription = true
        $0.codes.hasUnknownStatusInRange = false
        $0.codes.doneMalformedTrack = 0x12
        $0.codes.resetUnknownObjectStatus = 0x4
        $0.codes.resetHasMalformedTrack = true
    }
}
