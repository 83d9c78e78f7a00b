import Containers
import MOQTModel

/// The relay's control plane: who publishes what, who wants it, and what therefore has to happen.
///
/// One instance serves all shards; it lives on one loop and is fed the control events of every session. It
/// performs nothing itself: `handle` and `timeout` append actions, which the host takes with `drainActions` and
/// carries to the shards they name, in order.
///
/// The rules (draft-19 sections 6 and 9): a track is asked for at every session that has published its namespace or
/// a prefix of it, field by field, once per session however many subscribers there are. The first that says yes
/// answers them; what several send is merged in the log. A session is asked for a track that it subscribes to itself
/// only when nobody else publishes it. A FETCH goes to one: the longest prefix first, the newest among equals.
public final class Relay {
    public let limits: RelayLimits

    var sessions: [SessionKey: SessionRecord] = [:]
    var tracks: [TrackID: TrackRecord] = [:]
    /// The record that requests for a name go to.
    var trackIDs: [FullTrackName: TrackID] = [:]
    /// The same records, by namespace.
    var namedTracks: NamespaceTree<TrackID>
    var publishers: NamespaceTree<RequestKey>
    var interests: NamespaceTree<RequestKey>
    var upstreamFetches: [UpstreamFetchID: UpstreamFetch] = [:]
    /// Those that have not begun, and may be shared.
    var sharedFetches: [UpstreamFetchKey: UpstreamFetchID] = [:]
    var deadlines = KeyedDeadlines<RelayDeadline>()
    private(set) var isDraining = false
    var heldRequestCount = 0
    /// Bytes of the names in `trackIDs`.
    var nameByteCount = 0
    var actions: [RelayAction] = []
    private var lastOrder: UInt64 = 0
    private var lastTrackID: UInt32 = 0
    var lastFetchID: UInt64 = 0

    public init(limits: RelayLimits = RelayLimits()) {
        self.limits = limits
        namedTracks = NamespaceTree()
        publishers = NamespaceTree(
            maximumEntryCount: limits.namespaces, maximumByteCount: limits.nameBytes)
        interests = NamespaceTree(maximumByteCount: limits.nameBytes)
    }

    /// When `timeout` must be called at the latest; nil = nothing waits.
    public var nextDeadline: Instant? { deadlines.earliest }

    /// Takes one event into account. Never fails: what cannot be granted is refused by an action.
    public func handle(_ input: RelayInput, now: Instant) {
        switch input {
        case .sessionOpened(let key, let traits): openSession(key, traits)
        case .sessionClosed(let key): closeSession(key, now: now)
        case .goAwayReceived(let key): sessions[key]?.isGoingAway = true
        case .drainBegan: beginDraining(now: now)

        case .subscribeReceived(let key, let request):
            subscribeReceived(key, request, isTrackStatus: false, now: now)
        case .trackStatusReceived(let key, let request):
            trackStatusReceived(key, request, now: now)
        case .subscriptionCancelled(let key, let reference):
            subscriptionCancelled(key, reference, now: now)
        case .subscriptionUpdated(let key, let reference, let update):
            subscriptionUpdated(key, reference, update, now: now)
        case .deliveryEnded(let key, let reference): deliveryEnded(key, reference, now: now)
        case .fetchReceived(let key, let fetch): fetchReceived(key, fetch, now: now)
        case .upstreamFetchWanted(let reader, let target, let range, let order):
            upstreamFetchWanted(reader, target, range, order, now: now)
        case .upstreamFetchUnwanted(let reader): upstreamFetchUnwanted(reader)
        case .upstreamFetchAnswered(let key, let id, let failure):
            upstreamFetchAnswered(key, id, failure, now: now)
        case .upstreamFetchEnded(let key, let id): upstreamFetchEnded(key, id)

        case .subscribeNamespaceReceived(let key, let request): subscribeNamespaceReceived(key, request)
        case .subscribeNamespaceUpdated(let key, let request, let update):
            subscribeNamespaceUpdated(key, request, update)
        case .subscribeNamespaceEnded(let key, let request): subscribeNamespaceEnded(key, request)
        case .downstreamPublishAccepted(let key, let track, let parameters):
            downstreamPublishAccepted(key, track, parameters, now: now)
        case .downstreamPublishRefused(let key, let track, _):
            subscriptionCancelled(key, .published(track), now: now)
        case .downstreamPublishImpossible(let key, let track):
            downstreamPublishImpossible(key, track, now: now)
        case .newGroupRequested(let track, let value, let largest):
            newGroupRequested(track, value, largestGroup: largest)

        case .publishNamespaceReceived(let key, let request):
            publishNamespaceReceived(key, request, now: now)
        case .publishNamespaceEnded(let key, let request): publishNamespaceEnded(key, request)
        case .publishReceived(let key, let publish): publishReceived(key, publish, now: now)
        case .publishUpdated(let key, let request, let update): publishUpdated(key, request, update)
        case .sourceForwardChanged(let key, let track, let forward):
            sourceForwardChanged(key, track, forward)
        case .publishEnded(let key, let request, let done): publishEnded(key, request, done, now: now)
        case .upstreamAccepted(let key, let track, let ok): upstreamAccepted(key, track, ok, now: now)
        case .upstreamRefused(let key, let track, let failure):
            upstreamRefused(key, track, failure, now: now)
        case .upstreamDone(let key, let track, let done): upstreamDone(key, track, done, now: now)
        case .upstreamSentAway(let key, let track): upstreamSentAway(key, track, now: now)
        case .trackMalformed(let track, let fault): trackMalformed(track, fault, now: now)
        }
    }

    /// Acts on every deadline that has passed.
    public func timeout(now: Instant) {
        while let deadline = deadlines.popExpired(now: now) {
            switch deadline {
            case .rendezvous(let subscriber): rendezvousExpired(subscriber, now: now)
            case .upstreamAnswer(let track, let session): upstreamAnswerExpired(session, track, now: now)
            case .takeover(let track): takeoverExpired(track, now: now)
            case .linger(let track): lingerExpired(track)
            case .upstreamFetch(let id): upstreamFetchExpired(id, now: now)
            }
        }
    }

    /// Publishers stay with a relay that they have offered a track to until it lets go of the track.
    private func beginDraining(now: Instant) {
        isDraining = true
        for (_, track) in tracks.sorted(by: { $0.key < $1.key }) { settle(track, now: now) }
    }

    /// Hands over the actions that accumulated, oldest first, and forgets them.
    public func drainActions(_ body: (RelayAction) -> Void) {
        let taken = actions
        actions.removeAll(keepingCapacity: taken.count <= 1_024)
        for action in taken { body(action) }
    }

    func emit(_ action: RelayAction) { actions.append(action) }

    func nextOrder() -> UInt64 {
        lastOrder &+= 1
        return lastOrder
    }

    func nextTrackID() -> TrackID {
        repeat { lastTrackID &+= 1 } while tracks[TrackID(lastTrackID)] != nil
        return TrackID(lastTrackID)
    }

    /// Why no request may name `namespace` now; nil = it may.
    ///
    /// Namespaces whose first field begins with a period are reserved, and none is known here: draft-18 section
    /// 3.2.1 wants DOES_NOT_EXIST for `.` and for unknown ones below `.session`.
    func objection(to namespace: TrackNamespace) -> RequestFailure? {
        if let first = namespace.fields.first?.first, first == UInt8(ascii: ".") {
            return RequestFailure(.doesNotExist, "the namespace is reserved")
        }
        if actions.count >= limits.pendingActions {
            return RequestFailure(.excessiveLoad, "the relay is behind with its work")
        }
        return nil
    }
}
