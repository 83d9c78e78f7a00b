import Containers
import MOQTModel

/// One subscription of a peer: what it wants and how far it has got.
struct SubscriptionCursor: PooledCursor {
    // In the order that leaves no gaps: there are many of these.
    var wants = DeliverySubscription(
        id: 0, range: LogRange(start: .zero), shape: WireShape(rawValue: 0), context: 0)
    var isActive = false
    /// Something happened to the log, or time passed: look again.
    var isDirty = false
    /// Where it stands in the log's list of readers.
    var readerIndex: Int32 = -1
    private var first: Int32 = -1
    /// Streams it has at the moment, planned ones included.
    var liveStreamCount: Int32 = 0
    /// Made of `wants.filters`; nil = none.
    var filter: ObjectFilter?
    var log: TrackLog?
    /// Subgroups up to this one have been looked at.
    var seenSequence = 0
    var nextDatagram = 0
    /// Groups below are skipped: it was moved forward.
    var firstGroup: UInt64 = 0
    /// Location of the first object since forwarding began.
    var forwardStart = Location.zero
    var firstStream: Int {
        get { Int(first) }
        set { first = Int32(newValue) }
    }
    /// Streams opened since it began.
    var openedStreamCount: UInt64 = 0
    /// Streams that can do something now.
    var ready = ReadyHeap()
    /// Set when it was last served: the least recent of equals is next.
    var turn: UInt64 = 0

    init() {}
}
