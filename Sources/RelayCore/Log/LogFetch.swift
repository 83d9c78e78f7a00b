import Containers
import MOQTModel

/// Walks through what a log keeps of a range, object by object: groups in the asked order, objects ascending
/// within each (draft-18 section 10.12).
///
/// Only looks at the log while `next` runs; between calls the log may change or lose groups.
public struct LogFetch: Sendable {
    public enum Step: Sendable {
        /// An object; its payload has been put into `payloads`.
        case object(KeptObject)
        /// The log does not know what there is up to this location, inclusive (descending: down to it).
        case unknown(through: Location)
        /// The next object has not arrived whole; ask again when the log has been touched.
        case waiting(Location)
        case finished
    }

    public let start: Location
    /// Inclusive; `object` = `UInt64.max` means the whole group.
    public let end: Location
    public let order: GroupOrder
    private var group: UInt64
    private var object: UInt64
    private var isFinished: Bool
    private var hasToldUnknown = false
    /// What the last `unknown` was about.
    public private(set) var unknownRange = FetchRange(start: .zero, end: .zero)

    public init(start: Location, end: Location, order: GroupOrder = .ascending) {
        self.start = start
        self.end = end
        self.order = order
        group = order == .ascending ? start.group : end.group
        object = group == start.group ? start.object : 0
        isFinished = end < start
    }

    /// The next step. `payloads` is replaced by the object's payload (shared, not copied).
    public mutating func next(in log: TrackLog, payloads: inout [Payload]) -> Step {
        payloads.removeAll(keepingCapacity: true)
        log.expire()
        while !isFinished {
            if order == .ascending, let step = unknownAhead(in: log) { return step }
            guard let current = nearestGroup(in: log) else { break }
            if current != group {
                group = current
                object = group == start.group ? start.object : 0
            }
            let last = group == end.group ? end.object : .max
            if let found = log.keptObject(group: group, notBefore: object),
                found.object.location.object <= last
            {
                guard found.isWhole else { return .waiting(found.object.location) }
                found.appendPayload(to: &payloads)
                let id = found.object.location.object
                if id == .max { leaveGroup() } else { object = id + 1 }
                return .object(found.object)
            }
            leaveGroup()
        }
        isFinished = true
        return unknownBelow(in: log) ?? .finished
    }

    /// Goes on behind the object that `next` said to wait for.
    public mutating func leaveOut(_ location: Location) {
        guard !isFinished, location.group == group, location.object >= object else { return }
        if location.object == .max { leaveGroup() } else { object = location.object + 1 }
    }

    /// Ascending: the next location may lie before what the log knows, at the beginning or because the log let
    /// groups go while it was being read.
    private mutating func unknownAhead(in log: TrackLog) -> Step? {
        let position = Location(group: group, object: object)
        if let oldest = log.oldestKeptGroup, group > oldest { return nil }
        unknownRange = FetchRange(start: position, end: end)
        guard let known = log.knownFrom else {
            isFinished = true
            return .unknown(through: end)
        }
        guard position < known else { return nil }
        if end < known {
            isFinished = true
            return .unknown(through: end)
        }
        group = known.group
        object = known.object
        unknownRange.end = known.previous
        return .unknown(through: known.previous)
    }

    /// Descending, at the end and once: the part of the range in front of what the log knows.
    private mutating func unknownBelow(in log: TrackLog) -> Step? {
        guard order == .descending, !hasToldUnknown, end >= start else { return nil }
        hasToldUnknown = true
        guard log.knownFrom.map({ start < $0 }) ?? true else { return nil }
        unknownRange = FetchRange(start: start, end: min(end, log.knownFrom?.previous ?? end))
        return .unknown(through: start)
    }

    private func nearestGroup(in log: TrackLog) -> UInt64? {
        let nearest = order == .ascending ? log.keptGroup(notBelow: group) : log.keptGroup(notAbove: group)
        guard let nearest, nearest >= start.group, nearest <= end.group else { return nil }
        return nearest
    }

    private mutating func leaveGroup() {
        switch order {
        case .ascending:
            if group >= end.group { isFinished = true } else { group += 1 }
        case .descending:
            if group <= start.group { isFinished = true } else { group -= 1 }
        }
        object = group == start.group ? start.object : 0
    }
}
