import MOQTModel

/// What a draft answers to each question on which the drafts differ. Codecs and sessions branch on these
/// answers and never on a draft's number; a new draft is the previous one, revised.
public struct DraftRules: BitwiseCopyable, Sendable {
    /// Where the SETUP exchange takes place.
    public enum SetupCarrier: BitwiseCopyable, Sendable {
        /// The client's first bidirectional stream, with CLIENT_SETUP and SERVER_SETUP.
        case bidiControlStream
        /// A unidirectional stream of each side, with SETUP.
        case uniControlStreams
    }

    /// Where a request and its answers travel.
    public enum RequestCarrier: BitwiseCopyable, Sendable {
        case controlStream
        case bidiStreams
    }

    /// How a subscriber to a prefix learns of a namespace.
    public enum NamespaceAnnouncement: BitwiseCopyable, Sendable {
        /// By PUBLISH_NAMESPACE requests of the other side.
        case publishNamespaceRequests
        /// By NAMESPACE and NAMESPACE_DONE on the request's stream.
        case namespaceMessages
    }

    /// What a message about an earlier namespace request names it by.
    public enum NamespaceNaming: BitwiseCopyable, Sendable {
        case namespace
        case request
        /// The message does not exist: the request's stream is closed instead.
        case stream
    }

    /// Where priority, order, forward state and filter of a subscription stand.
    public enum SubscriptionLayout: BitwiseCopyable, Sendable {
        case fixedFields
        case parameters
    }

    /// Where a publisher's statements on a whole track stand.
    public enum TrackMetadataPlace: BitwiseCopyable, Sendable {
        /// The group order in fields, timeouts in parameters.
        case fixedFieldsAndParameters
        case messageParameters
        case trackProperties
    }

    /// How a location filter is written.
    public enum FilterForm: BitwiseCopyable, Sendable {
        /// A type, then its fields; the end of a range is a group.
        case typedWithEndGroup
        /// A type, then its fields; the end of a range is counted from its start.
        case typedWithEndDelta
        /// No type: the number of fields says what they are.
        case fieldCount
    }

    /// Where a FETCH says what it wants.
    public enum FetchRangePlace: BitwiseCopyable, Sendable {
        /// A fetch type and its fields. An end location counts its object from 1; 0 is the whole group.
        case fields
        /// A location filter among the parameters. An end location is inclusive.
        case locationFilter
    }

    /// How message parameters are written.
    public enum ParameterForm: BitwiseCopyable, Sendable {
        /// Key-value pairs: the type's parity gives the value's form.
        case keyValuePairs
        /// Each type has a form of its own, so an unknown one cannot be skipped.
        case typed
    }

    /// Message types of answers.
    public enum AnswerTypes: BitwiseCopyable, Sendable {
        /// Each kind of request has its own OK and ERROR and its own error codes.
        case perRequest
        /// REQUEST_OK and REQUEST_ERROR.
        case shared
    }

    /// How objects are written on a FETCH stream.
    public enum FetchObjectLayout: BitwiseCopyable, Sendable {
        /// Every field, always.
        case allFields
        /// Flags in one byte, absolute ids, a status behind an empty payload.
        case byteFlagsWithStatus
        /// Flags as a variable-length integer, absolute ids, no status, end-of-range markers.
        case flagsAbsolute
        /// The same with ids as differences from the previous object.
        case flagsDelta
    }

    /// What a subscription must be like for a FETCH to join it.
    public enum JoiningNeed: BitwiseCopyable, Sendable {
        /// It began after the largest object; anything else breaks the protocol.
        case largestObjectFilter
        /// Its Forward State is 1; anything else breaks the protocol.
        case forwarding
        /// Its Forward State is 1; otherwise the FETCH is refused with INVALID_RANGE.
        case forwardingOrRefused
    }

    // MARK: Sessions

    /// The draft is chosen inside the SETUP messages, by `versionNumber`.
    public var versionsInSetup = true
    public var setupTravelsOn = SetupCarrier.bidiControlStream
    public var requestsTravelOn = RequestCarrier.controlStream
    public var subscribeNamespaceTravelsOn = RequestCarrier.controlStream
    public var answersCarryRequestID = true
    /// MAX_REQUEST_ID limits how many requests the peer may send; the limit is 0 until one is named.
    public var hasRequestCredit = true
    /// Each request id must be the next one; otherwise only parity and uniqueness count.
    public var requestIDsAreSequential = true
    public var updatesAreAnswered = false
    /// Other requests than subscriptions can be updated too.
    public var everyRequestMayBeUpdated = false
    /// An update may let a subscription begin earlier than before.
    public var updatesMayMoveStartBack = false
    /// An update may let a subscription end later than before.
    public var updatesMayMoveEndOut = false
    public var answerTypes = AnswerTypes.perRequest
    /// A PUBLISH is answered with PUBLISH_OK; otherwise with REQUEST_OK.
    public var publishIsAnsweredByPublishOK = true
    /// The type of PUBLISH_OK stands in the draft's table of messages.
    public var publishOKIsListed = true
    public var namespaceAnnouncedAs = NamespaceAnnouncement.publishNamespaceRequests
    /// SUBSCRIBE_NAMESPACE says whether it asks for tracks, namespaces, or both.
    public var namespaceInterestIsChosen = false
    /// SUBSCRIBE_TRACKS exists and SUBSCRIBE_NAMESPACE asks for names only.
    public var subscribeTracksIsSeparate = false
    /// A FIN from the subscriber of a prefix ends the subscription.
    public var finEndsNamespaceSubscription = true
    /// PUBLISH_NAMESPACE_DONE and PUBLISH_NAMESPACE_CANCEL.
    public var publishNamespaceEndNames = NamespaceNaming.namespace
    /// UNSUBSCRIBE_NAMESPACE.
    public var unsubscribeNamespaceNames = NamespaceNaming.namespace
    /// UNSUBSCRIBE and FETCH_CANCEL exist; otherwise streams are cancelled.
    public var cancelsByMessage = true
    /// A PUBLISH that will not come is reported (PUBLISH_BLOCKED, PUBLISH_SKIPPED).
    public var hasPublishSkipped = false
    /// Such a report concerns one publication; otherwise the track, from then on.
    public var skipsOnePublication = false
    /// Subscribers may ask for ranges of ids, priorities and properties.
    public var hasRangeFilters = false
    /// A track with an unknown property of `TrackProperties.mandatoryTypes` must be left alone.
    public var trackPropertiesMayBeMandatory = false
    public var goAwayCarriesTimeout = false
    /// GOAWAY on the control stream names the first request that was not processed.
    public var goAwayNamesRequest = false
    public var goAwayOnRequestStreams = false
    /// A request may name another that must be processed first.
    public var hasRequiredRequestID = false
    /// Namespaces that begin with a period are the protocol's own.
    public var hasReservedNamespaces = false
    /// A session may hold several subscriptions to one track in the same role.
    public var subscriptionsMayRepeat = false

    /// The answer to a PUBLISH may say its Forward State, and 1 by saying nothing.
    public var answersPublishWithForward: Bool {
        subscriptionLayout == .fixedFields || parameters.forward.contains(.publishOK)
    }
    /// A side may limit how many updates of one request wait for their answers (MAX_REQUEST_UPDATES).
    public var limitsRequestUpdates: Bool { codes.sessionHasTooManyRequestUpdates }

    // MARK: Control messages

    public var varint = VarintKind.rfc9000
    /// Types in key-value pairs are differences from the previous type.
    public var propertyTypesAreDeltas = false
    /// Fields of a namespace may be empty.
    public var emptyNamespaceFieldsAllowed = true
    /// A full namespace may have no fields.
    public var emptyNamespacesAllowed = false
    public var subscriptionLayout = SubscriptionLayout.fixedFields
    public var trackMetadataTravelsIn = TrackMetadataPlace.fixedFieldsAndParameters
    public var parameterForm = ParameterForm.keyValuePairs
    public var unknownParametersAreIgnored = true
    /// A DELIVERY_TIMEOUT of 0 breaks the protocol; otherwise it means none.
    public var zeroDeliveryTimeoutIsIllegal = false
    public var filterForm = FilterForm.typedWithEndGroup
    public var fetchRangeTravelsIn = FetchRangePlace.fields
    /// A publisher reports what it changed about a subscription.
    public var hasPublishStateNotify = false
    /// Setup options of a reserved pattern, which mean nothing, are sent to keep peers tolerant.
    public var hasGrease = false
    public var requestErrorCarriesRetry = false
    public var requestErrorCarriesRedirect = false
    public var requestOKCarriesProperties = false
    public var parameters = ParameterRules()

    // MARK: Data streams

    /// Bits that a subgroup header's type may have.
    public var subgroupTypeBits: UInt64 = 0x1F
    /// Bits that a datagram's type may have when it carries a payload.
    public var datagramPayloadBits: UInt64 = 0x07
    /// Bits that a datagram's type may have when it carries a status.
    public var datagramStatusBits: UInt64 = 0x21
    public var hasPadding = false
    /// All objects of a track are sent alike: as datagrams or on streams.
    public var tracksHaveOnePreference = true
    /// Object status "does not exist" is defined.
    public var hasDoesNotExistStatus = true
    /// Objects with a status other than normal may have properties ("does not exist" never may).
    public var statusObjectsMayHaveProperties = true
    /// Not allowed, and let pass on subgroup streams: an end of group with properties.
    public var endsOfGroupWithPropertiesAreTolerated = false
    /// Not allowed, and let pass: a datagram that says "does not exist" and has properties.
    public var missingDatagramsWithPropertiesAreTolerated = true
    public var fetchObjects = FetchObjectLayout.allFields
    /// An end-of-range marker may say that the sender gave up waiting.
    public var fetchHasTimedOutRanges = false
    public var joiningFetchNeeds = JoiningNeed.largestObjectFilter
    /// A FETCH of a range without objects is refused; otherwise its stream is empty.
    public var emptyFetchIsRefused = true
    /// A FETCH that asks for no order gets the publisher's; otherwise ascending.
    public var fetchOrderDefaultsToPublisher = true

    // MARK: Codes

    public var codes = CodeRules()

    /// These rules after `change`.
    public func revised(_ change: (inout DraftRules) -> Void) -> DraftRules {
        var rules = self
        change(&rules)
        return rules
    }

    /// How this draft writes a subgroup's objects. Equal shapes mean equal bytes.
    public var bodyShape: WireShape { WireShape(varint, propertyTypesAreDeltas: propertyTypesAreDeltas) }
}
