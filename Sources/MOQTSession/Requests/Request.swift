import Containers
import MOQTModel

/// What a session remembers of one open request, ours or the peer's.
@dynamicMemberLookup struct Request {
    enum State {
        /// Sent or received, not answered.
        case pending
        case established
    }

    // A session may have thousands: the order leaves no gaps.

    let id: RequestID
    /// The request's own stream, where it has one and the stream is open.
    var stream: StreamID?
    let kind: RequestKind
    let isOurs: Bool
    var state = State.pending
    var receivedGoAway = false
    var sentGoAway = false
    /// Withdrawn before its stream was open: what waits is sent, then the stream is given up.
    var isOrphan = false
    /// Our SUBSCRIBE or update asked for a fill: a data stream may name it, though nobody waits for that any more.
    var askedForFill = false
    /// SUBSCRIBE and PUBLISH: the alias of the data streams that we receive.
    var incomingAlias: TrackAlias?
    /// SUBSCRIBE and PUBLISH of a track that we receive: its publisher begins new groups on request.
    var hasDynamicGroups = false
    /// Our PUBLISH_NAMESPACE stands for an `announce`: its answer concerns nobody.
    var isAnnouncement = false
    /// The peer's PUBLISH_NAMESPACE was taken as an answer to namespace subscriptions of ours.
    var isAbsorbed = false
    /// SUBSCRIBE, PUBLISH, TRACK_STATUS.
    var track: FullTrackName?
    /// The namespace of a PUBLISH_NAMESPACE, the prefix of a namespace subscription.
    var namespace: TrackNamespace?

    /// What few requests have.
    private var rare: Rare?

    init(id: RequestID, kind: RequestKind, isOurs: Bool) {
        self.id = id
        self.kind = kind
        self.isOurs = isOurs
    }

    /// A session may hold thousands of requests: what most of them never have is apart, made when it is first set.
    private var details: RequestDetails {
        get { rare?.details ?? RequestDetails() }
        set {
            if rare == nil, newValue.isEmpty { return }
            if isKnownUniquelyReferenced(&rare) { rare?.details = newValue } else { rare = Rare(newValue) }
        }
    }

    subscript<Value>(dynamicMember path: WritableKeyPath<RequestDetails, Value>) -> Value {
        get { details[keyPath: path] }
        set { details[keyPath: path] = newValue }
    }

    private final class Rare {
        var details: RequestDetails
        init(_ details: RequestDetails) { self.details = details }
    }

    var isSubscription: Bool { kind == .subscribe || kind == .publish }

    /// It is about a namespace or a prefix, not about a track.
    var concernsNamespaces: Bool {
        kind == .publishNamespace || kind == .subscribeNamespace || kind == .subscribeTracks
    }

    /// The peer is the publisher of this subscription.
    var receivesObjects: Bool {
        switch kind {
        case .subscribe: isOurs
        case .publish: !isOurs
        default: false
        }
    }
}
