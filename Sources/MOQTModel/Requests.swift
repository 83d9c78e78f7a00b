/// SUBSCRIBE or TRACK_STATUS.
public struct Subscribe: Hashable, Sendable {
    public var requestID: RequestID
    /// Draft 17 only; 0 = none.
    public var requiredRequestIDDelta: UInt64 = 0
    public var track: FullTrackName
    public var parameters: MessageParameters
    public init(requestID: RequestID, track: FullTrackName, parameters: MessageParameters = .init()) {
        self.requestID = requestID
        self.track = track
        self.parameters = parameters
    }
}

/// SUBSCRIBE_OK.
public struct SubscribeOK: Hashable, Sendable {
    public var requestID: RequestID?
    public var alias: TrackAlias
    public var parameters: MessageParameters
    public var properties: TrackProperties
    public init(
        requestID: RequestID? = nil, alias: TrackAlias, parameters: MessageParameters = .init(),
        properties: TrackProperties = .init()
    ) {
        self.requestID = requestID
        self.alias = alias
        self.parameters = parameters
        self.properties = properties
    }
}

/// REQUEST_OK and the OK messages of older drafts that say no more.
public struct RequestOK: Hashable, Sendable {
    public var requestID: RequestID?
    /// What is answered. Decoders set it where the message type says so (draft 14), else nil.
    public var kind: RequestKind?
    public var parameters: MessageParameters
    /// Non-empty only in answer to TRACK_STATUS.
    public var properties: TrackProperties
    /// Draft 14's TRACK_STATUS_OK writes an alias.
    public var alias: TrackAlias?
    public init(
        requestID: RequestID? = nil, kind: RequestKind? = nil, parameters: MessageParameters = .init(),
        properties: TrackProperties = .init(), alias: TrackAlias? = nil
    ) {
        self.requestID = requestID
        self.kind = kind
        self.parameters = parameters
        self.properties = properties
        self.alias = alias
    }
}

/// REQUEST_ERROR and draft 14's *_ERROR messages.
public struct RequestError: Hashable, Sendable {
    public var requestID: RequestID?
    /// What is refused. Needed to encode draft 14; decoders set it where the message type says so.
    public var kind: RequestKind?
    public var failure: RequestFailure
    public init(requestID: RequestID? = nil, kind: RequestKind? = nil, failure: RequestFailure) {
        self.requestID = requestID
        self.kind = kind
        self.failure = failure
    }
}

/// REQUEST_UPDATE (SUBSCRIBE_UPDATE in 14 and 15).
public struct RequestUpdate: Hashable, Sendable {
    public var requestID: RequestID
    /// Draft 17 only; 0 = none.
    public var requiredRequestIDDelta: UInt64 = 0
    /// The request to change; nil from draft 17 on, where the stream says it.
    public var existingRequestID: RequestID?
    public var parameters: MessageParameters
    public init(
        requestID: RequestID, existingRequestID: RequestID? = nil, parameters: MessageParameters = .init()
    ) {
        self.requestID = requestID
        self.existingRequestID = existingRequestID
        self.parameters = parameters
    }
}

/// PUBLISH.
public struct Publish: Hashable, Sendable {
    public var requestID: RequestID
    /// Draft 17 only; 0 = none.
    public var requiredRequestIDDelta: UInt64 = 0
    public var track: FullTrackName
    public var alias: TrackAlias
    public var parameters: MessageParameters
    public var properties: TrackProperties
    public init(
        requestID: RequestID, track: FullTrackName, alias: TrackAlias,
        parameters: MessageParameters = .init(), properties: TrackProperties = .init()
    ) {
        self.requestID = requestID
        self.track = track
        self.alias = alias
        self.parameters = parameters
        self.properties = properties
    }
}

/// PUBLISH_OK (up to draft 17).
public struct PublishOK: Hashable, Sendable {
    public var requestID: RequestID?
    public var parameters: MessageParameters
    public init(requestID: RequestID? = nil, parameters: MessageParameters = .init()) {
        self.requestID = requestID
        self.parameters = parameters
    }
}

/// PUBLISH_DONE.
public struct PublishDone: Hashable, Sendable {
    public var requestID: RequestID?
    public var status: PublishDoneStatus
    /// Data streams that were opened for the subscription; nil = unknown.
    public var streamCount: UInt64?
    public var reason: String
    public init(
        requestID: RequestID? = nil, status: PublishDoneStatus, streamCount: UInt64?, reason: String = ""
    ) {
        self.requestID = requestID
        self.status = status
        self.streamCount = streamCount
        self.reason = reason
    }
}

/// FETCH.
public struct Fetch: Hashable, Sendable {
    public enum Range: Hashable, Sendable {
        /// Inclusive; `endObject` nil = the whole group.
        case standalone(track: FullTrackName, start: Location, endGroup: UInt64, endObject: UInt64?)
        case relativeJoining(RequestID, groupCount: UInt64)
        case absoluteJoining(RequestID, startGroup: UInt64)
        /// What the filter selects, never beyond the largest object (draft 20 on): relative or open ranges;
        /// `unfiltered` is the whole track. A range with both ends is `standalone` in every draft.
        case filtered(track: FullTrackName, LocationFilter)

        /// Its first location, when that does not depend on the track.
        public var start: Location? {
            switch self {
            case .standalone(_, let start, _, _): start
            case .absoluteJoining(_, let group): Location(group: group, object: 0)
            case .relativeJoining, .filtered: nil
            }
        }

        /// The subscription that the FETCH joins; nil when it names its track itself.
        public var joinedRequest: RequestID? {
            switch self {
            case .relativeJoining(let request, _), .absoluteJoining(let request, _): request
            case .standalone, .filtered: nil
            }
        }

        /// nil when the FETCH joins a subscription.
        public var track: FullTrackName? {
            switch self {
            case .standalone(let track, _, _, _), .filtered(let track, _): track
            case .relativeJoining, .absoluteJoining: nil
            }
        }
    }
    public var requestID: RequestID
    /// Draft 17 only; 0 = none.
    public var requiredRequestIDDelta: UInt64 = 0
    public var range: Range
    public var parameters: MessageParameters
    public init(requestID: RequestID, range: Range, parameters: MessageParameters = .init()) {
        self.requestID = requestID
        self.range = range
        self.parameters = parameters
    }
}

/// FETCH_OK.
public struct FetchOK: Hashable, Sendable {
    public var requestID: RequestID?
    public var endOfTrack: Bool
    /// Inclusive; `endObject` nil = the whole group.
    public var endGroup: UInt64
    public var endObject: UInt64?
    public var parameters: MessageParameters
    public var properties: TrackProperties
    public init(
        requestID: RequestID? = nil, endOfTrack: Bool, endGroup: UInt64, endObject: UInt64?,
        parameters: MessageParameters = .init(), properties: TrackProperties = .init()
    ) {
        self.requestID = requestID
        self.endOfTrack = endOfTrack
        self.endGroup = endGroup
        self.endObject = endObject
        self.parameters = parameters
        self.properties = properties
    }
}

/// PUBLISH_NAMESPACE.
public struct PublishNamespace: Hashable, Sendable {
    public var requestID: RequestID
    /// Draft 17 only; 0 = none.
    public var requiredRequestIDDelta: UInt64 = 0
    public var namespace: TrackNamespace
    public var parameters: MessageParameters
    public init(requestID: RequestID, namespace: TrackNamespace, parameters: MessageParameters = .init()) {
        self.requestID = requestID
        self.namespace = namespace
        self.parameters = parameters
    }
}

/// SUBSCRIBE_NAMESPACE or SUBSCRIBE_TRACKS.
public struct SubscribeNamespace: Hashable, Sendable {
    /// Drafts 16 and 17 let the subscriber choose; 14 and 15 always mean both; 18 on splits the message.
    public enum Interest: UInt64, Sendable {
        case tracks = 0
        case namespaces = 1
        case both = 2
    }
    public var requestID: RequestID
    /// Draft 17 only; 0 = none.
    public var requiredRequestIDDelta: UInt64 = 0
    public var prefix: TrackNamespace
    public var interest: Interest
    public var parameters: MessageParameters
    public init(
        requestID: RequestID, prefix: TrackNamespace, interest: Interest,
        parameters: MessageParameters = .init()
    ) {
        self.requestID = requestID
        self.prefix = prefix
        self.interest = interest
        self.parameters = parameters
    }
}
