import Containers
import MOQTModel

/// What a session remembers of one open request, ours or the peer's.
struct Request {
    enum State {
        /// Sent or received, not answered.
        case pending
        case established
    }

    let id: RequestID
    let kind: RequestKind
    let isOurs: Bool
    var state = State.pending

    /// The request's own stream, where it has one and the stream is open.
    var stream: StreamID?
    /// Messages that wait for the stream to open.
    var outbox: [Payload] = []

    /// SUBSCRIBE, PUBLISH, TRACK_STATUS.
    var track: FullTrackName?
    /// Our FETCH: the order in which it was asked for, its data stream, and whether that has ended.
    var fetchOrder = GroupOrder.ascending
    /// Where it begins, when that is known.
    var fetchStart: Location?
    var fetchStream: StreamID?
    var fetchStreamEnded = false

    /// Our SUBSCRIBE or update asked for a fill: a data stream may name it, though nobody waits for that any more.
    var askedForFill = false

    /// SUBSCRIBE and PUBLISH of a track that we receive: its publisher begins new groups on request.
    var hasDynamicGroups = false
    /// PUBLISH: the largest object that it named.
    var namedLargest: Location?
    /// SUBSCRIBE and PUBLISH: the alias of the data streams that we receive.
    var incomingAlias: TrackAlias?
    /// The namespace of a PUBLISH_NAMESPACE, the prefix of a namespace subscription.
    var namespace: TrackNamespace?
    /// The peer's range filters that stand.
    var rangeFilters: [RangeFilter] = []
    var interest = SubscribeNamespace.Interest.both

    /// An update: the request that it changes. The second half of a split namespace subscription: the first.
    var parent: RequestID?
    /// The second half of a split namespace subscription.
    var companion: RequestID?
    /// Updates of this request that have no answer yet, in the order in which they must be answered.
    var ourUpdates: [RequestID] = []
    var peerUpdates: [RequestID] = []
    /// Updates of ours that wait until the peer has answered others.
    var heldUpdates: [RequestUpdate] = []
    /// The peer's update: our answer, until those before it have been given. At most one; a list, because a message
    /// is large and hardly ever there.
    var heldAnswers: [ControlMessage] = []

    /// Our PUBLISH_NAMESPACE stands for an `announce`: its answer concerns nobody.
    var isAnnouncement = false
    /// The peer's PUBLISH_NAMESPACE was taken as an answer to namespace subscriptions of ours.
    var isAbsorbed = false
    var receivedGoAway = false
    var sentGoAway = false
    /// Withdrawn before its stream was open: what waits is sent, then the stream is given up.
    var isOrphan = false

    init(id: RequestID, kind: RequestKind, isOurs: Bool) {
        self.id = id
        self.kind = kind
        self.isOurs = isOurs
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
