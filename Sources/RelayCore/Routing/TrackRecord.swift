import Containers
import MOQTModel

/// One life of a track: its sources, its subscribers, and who still waits for it.
final class TrackRecord {
    let id: TrackID
    let name: FullTrackName
    /// False once its subscriptions were ended: requests for the name go to another record, and this one stays
    /// until the last delivery is over.
    var isNamed = true
    /// Where the log lives: the shard of the first source. nil until there was one.
    var home: UInt16?
    var sources: [SessionKey: TrackSource] = [:]
    private(set) var waiting: [SubscriberKey: WaitingRequest] = [:]
    /// Those of them that are not held: who looks after the track need not walk past thousands that are.
    private(set) var undecided: Set<SubscriberKey> = []
    /// Who has a cursor: a subscription with its Forward State, or a FETCH that is served (false).
    private var cursors: [SubscriberKey: Bool] = [:]
    private var forwardingCount = 0
    /// Attached subscribers by shard, the home shard apart; every shard in it has a replica.
    var replicas: [UInt16: Int] = [:]
    /// From the source established last after there was none.
    var properties = TrackProperties()
    /// Publishers that failed since a source was last established or a request last came: not asked again.
    var failedPublishers: Set<SessionKey> = []
    /// What the last of them said, for those who wait; what one said counts for more than that one was silent.
    var failure: RequestFailure?
    /// There may be publishers that have neither been asked nor failed.
    var mayHaveUnasked = true
    /// Why the last source left.
    var loss: TrackLoss?
    /// A source said TRACK_ENDED since the last one was established.
    var hasEnded = false
    /// Stands among the sources' orders for when the last one was established.
    var establishedOrder: UInt64 = 0
    /// The NEW_GROUP_REQUEST passed on last; it is outstanding until the largest group is above this one.
    var newGroupRequest: (value: UInt64, largestGroup: UInt64?)?

    /// It has had a publisher, and the largest object that the first of them named.
    private(set) var wasEstablished = false
    private(set) var firstLargest: Location?

    init(id: TrackID, name: FullTrackName) {
        self.id = id
        self.name = name
    }

    // MARK: Who waits

    func wait(_ subscriber: SubscriberKey, _ request: WaitingRequest) {
        waiting[subscriber] = request
        if request.isHeld { undecided.remove(subscriber) } else { undecided.insert(subscriber) }
    }

    func setHeld(_ subscriber: SubscriberKey, _ isHeld: Bool) {
        guard var request = waiting[subscriber] else { return }
        request.isHeld = isHeld
        wait(subscriber, request)
    }

    @discardableResult
    func stopWaiting(_ subscriber: SubscriberKey) -> WaitingRequest? {
        undecided.remove(subscriber)
        return waiting.removeValue(forKey: subscriber)
    }

    /// Everybody who waits; nobody does afterwards.
    func takeWaiting() -> [SubscriberKey: WaitingRequest] {
        defer {
            waiting = [:]
            undecided = []
        }
        return waiting
    }

    /// In the order in which they came; without `all` only those that nothing has been decided about.
    func waitingInOrder(all: Bool) -> [(key: SubscriberKey, value: WaitingRequest)] {
        let chosen: [(key: SubscriberKey, value: WaitingRequest)] =
            all ? Array(waiting) : undecided.compactMap { key in waiting[key].map { (key: key, value: $0) } }
        return chosen.sorted { $0.value.order < $1.value.order }
    }

    // MARK: Who is served

    var attached: some Collection<SubscriberKey> { cursors.keys }

    func isAttached(_ subscriber: SubscriberKey) -> Bool { cursors[subscriber] != nil }

    func attach(_ subscriber: SubscriberKey) { if !isAttached(subscriber) { cursors[subscriber] = false } }

    /// Nothing when it is not attached.
    func setForward(_ forward: Bool, of subscriber: SubscriberKey) {
        guard let old = cursors[subscriber], old != forward else { return }
        cursors[subscriber] = forward
        forwardingCount += forward ? 1 : -1
    }

    /// False when it was not attached.
    func detach(_ subscriber: SubscriberKey) -> Bool {
        guard let forward = cursors.removeValue(forKey: subscriber) else { return false }
        if forward { forwardingCount -= 1 }
        return true
    }

    /// `forwardingCount` is what `cursors` says.
    var countsItsCursors: Bool { forwardingCount == cursors.values.count { $0 } }

    func firstEstablished(largest: Location?) {
        guard !wasEstablished else { return }
        wasEstablished = true
        firstLargest = largest
    }

    /// Somebody wants objects now, or has asked and waits for the track.
    var wantsObjects: Bool {
        forwardingCount > 0
            || waiting.values.contains { !$0.isTrackStatus && $0.request.parameters.forward ?? true }
    }
    /// Subscriptions, whatever their Forward State; FETCHes and TRACK_STATUS are none.
    var hasSubscriptions: Bool {
        attached.contains { $0.reference.isSubscription } || waiting.values.contains { !$0.isTrackStatus }
    }
    var isEstablished: Bool { sources.values.contains { $0.isEstablished } }
    var isPublished: Bool { sources.values.contains { !$0.isSubscribed } }
    /// One was asked after the last that said yes, and has not answered: it may succeed that one.
    var awaitsSuccessor: Bool {
        sources.values.contains { !$0.isEstablished && $0.order > establishedOrder }
    }
    var byteCount: Int { name.namespace.byteCount + name.name.count }
}
