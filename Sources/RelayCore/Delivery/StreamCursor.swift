import Containers
import MOQTModel

/// One subscription's position in one subgroup, and the outgoing stream that carries it.
struct StreamCursor: PooledCursor {
    enum State {
        case free
        /// No stream yet: the first object has not come, or nobody has asked.
        case planned
        /// No stream yet, and the peer allows none.
        case awaitingCredit
        /// `open` has been handed out.
        case opening
        case open
        /// Everything that will be sent is handed out; a reset follows when it has had time to arrive.
        case lingering
    }

    var generation: UInt32 = 0
    var state = State.free
    var isBlocked = false
    /// Objects in front were left out: the stream ends by reset.
    var isIncomplete = false
    /// Slot of the subscription, and its list of streams (-1 = none).
    var subscription = -1
    var nextStream = -1
    var previousStream = -1

    var subgroup: TrackSubgroup?
    var image: SubgroupImage?
    /// Objects below are not for this subscription.
    var minimumObjectID: UInt64 = 0
    /// Objects above are not either.
    var maximumObjectID: UInt64 = .max

    /// The subgroup header, and the object header of a start in the middle; dropped once they have left.
    var header = Payload()
    var lateHeader = Payload()
    /// Bytes of both that have left.
    var headerOffset = 0
    /// The next byte of the image, and the chunk in which it lies.
    var position: UInt64 = 0
    var chunk = 0
    var chunkOffset = 0
    /// The byte of the image at which this cursor stops; `max` while unknown.
    var endPosition: UInt64 = .max
    /// The object in which `position` lies, or one before it. Before the stream is open: objects in front of
    /// it do not pass the filter.
    var object = 0
    var plannedAt = Instant.zero
    var lingersUntil = Instant.zero

    init() {}

    var headerRemaining: Int { header.count + lateHeader.count - headerOffset }
}
