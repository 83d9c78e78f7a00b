import Containers

/// What the readers saw, counted for the measured window. Confined to the loop.
///
/// An object belongs to the window by the moment at which it was due, so a late object is a slow one and not
/// a lost one; rates and the relay's cost count what came between the two readings of the clock.
final class Tally {
    struct Counts {
        /// Objects that were due in the window and came whole, each once.
        var delivered: UInt64 = 0
        /// Objects and bytes that came whole while the window was open, whenever they were due.
        var arrived: UInt64 = 0
        var arrivedByteCount: UInt64 = 0
        /// Those of them that came as datagrams.
        var arrivedAsDatagrams: UInt64 = 0
        var duplicates: UInt64 = 0
        var reordered: UInt64 = 0
        var damaged: UInt64 = 0
        var latency = LatencyHistogram()
    }

    @exclusivity(unchecked) var classes: [Counts] = Array(
        repeating: Counts(), count: ReaderClass.allCases.count)
    /// From the first packet of a connection to the end of SETUP.
    var connectTime = LatencyHistogram()
    /// From SUBSCRIBE to the first whole object.
    @exclusivity(unchecked) var joinTime = LatencyHistogram()
    /// Objects since the beginning, for the progress line.
    @exclusivity(unchecked) var totalCount: UInt64 = 0
    @exclusivity(unchecked) var totalByteCount: UInt64 = 0

    @exclusivity(unchecked) var windowStart = UInt64.max
    @exclusivity(unchecked) var windowEnd = UInt64.max
    let pattern = ObjectPattern()

    /// An object has come to its end: on a stream, or as one datagram.
    func objectEnded(
        _ object: borrowing ObjectProgress, of kind: ReaderClass, in window: inout SequenceWindow,
        asDatagram: Bool = false, at now: UInt64
    ) {
        totalCount &+= 1
        totalByteCount &+= UInt64(object.byteCount)
        let isOpen = now >= windowStart && now < windowEnd
        guard let stamp = object.stamp, object.isWhole else {
            if isOpen { classes[kind.rawValue].damaged += 1 }
            return
        }
        let isDue = stamp.due >= windowStart && stamp.due < windowEnd
        switch window.add(stamp.sequence) {
        case .new: break
        case .reordered: if isDue { classes[kind.rawValue].reordered += 1 }
        case .duplicate, .tooOld:
            if isDue { classes[kind.rawValue].duplicates += 1 }
            return
        }
        if isOpen {
            classes[kind.rawValue].arrived &+= 1
            classes[kind.rawValue].arrivedByteCount &+= UInt64(object.byteCount)
            if asDatagram { classes[kind.rawValue].arrivedAsDatagrams &+= 1 }
        }
        if isDue {
            classes[kind.rawValue].delivered &+= 1
            classes[kind.rawValue].latency.add(now > stamp.due ? now - stamp.due : 0)
        }
    }
}
