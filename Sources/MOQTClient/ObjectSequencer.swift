import Containers
import MOQTModel

/// Puts objects that arrive on parallel streams into the order of their track: by group, then by object.
///
/// It waits for what is missing only while it can still come, and never longer than `patience` or with more
/// than `maximumByteCount` in store; what is given up is reported as a gap, once. Pure: time is an argument.
public struct ObjectSequencer: Sendable {
    public enum Output: Sendable, Equatable {
        case object(ReceivedObject)
        /// Objects from `from` up to (not including) `to` will not come.
        case gap(from: Location, to: Location)
    }

    private struct Stream: Sendable {
        var lastObject: UInt64?
    }

    private struct Group: Sendable {
        var objects: [UInt64: ReceivedObject] = [:]
        var open: [UInt64: Stream] = [:]
        var seenStreamCount = 0
        /// The group's last object, where the publisher has said so.
        var lastObject: UInt64?
        /// The place behind the last object of a stream that was reset: what followed there was not sent.
        var truncatedAt: UInt64?
    }

    /// Nanoseconds.
    public let patience: UInt64
    public let maximumByteCount: Int
    /// Bytes of objects that wait for an earlier one.
    public private(set) var storedByteCount = 0
    /// Objects that came after they had been given up, or twice.
    public private(set) var lateCount = 0

    private var groups: [UInt64: Group] = [:]
    private var position: Location?
    private var expectedStart: Location?
    private var stuckSince: Instant?
    private var isFinished = false
    /// Publishers whose numbering has holes by design show it by the first one; it is not waited for again.
    private var objectsHaveHoles = false
    private var groupsHaveHoles = false
    private var usualStreamCount = 1
    private var usesStreams = false

    /// More groups in store than this count as an excess of bytes.
    public static let maximumGroupCount = 4096

    public init(patienceMilliseconds: UInt64 = 2000, maximumByteCount: Int = 64 * 1024 * 1024) {
        patience = patienceMilliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue
        self.maximumByteCount = maximumByteCount
    }

    /// When `next(now:)` may have something without further input.
    public var deadline: Instant {
        stuckSince?.advanced(byNanoseconds: position == nil ? startPatience : currentPatience)
            ?? .distantFuture
    }

    /// The first location to expect: the one after the largest that SUBSCRIBE_OK named.
    public mutating func startExpected(at location: Location) {
        if position == nil { expectedStart = location }
    }

    // MARK: Input

    public mutating func streamBegan(_ stream: UInt64, group: UInt64) {
        usesStreams = true
        guard isAhead(group) else { return }
        groups[group, default: Group()].open[stream] = Stream()
        groups[group]?.seenStreamCount += 1
    }

    /// An object is complete. `stream`: the one that it came on; nil for a datagram, which may say that it is
    /// its group's last.
    public mutating func objectReceived(_ object: ReceivedObject, stream: UInt64?, endsGroup: Bool = false) {
        let location = object.location
        if let position, location < position {
            lateCount += 1
            return
        }
        var group = groups[location.group] ?? Group()
        if let stream { group.open[stream]?.lastObject = location.object }
        if group.objects.updateValue(object, forKey: location.object) == nil {
            storedByteCount += object.byteCount
        } else {
            lateCount += 1
        }
        if endsGroup || object.status == .endOfGroup || object.status == .endOfTrack {
            group.lastObject = location.object
        }
        groups[location.group] = group
    }

    /// A stream is over. `endsGroup`: its last object is the group's last. `wasReset`: more may have been meant to come.
    public mutating func streamEnded(
        _ stream: UInt64, group: UInt64, endsGroup: Bool, wasReset: Bool = false
    ) {
        guard let ended = groups[group]?.open.removeValue(forKey: stream) else { return }
        if wasReset {
            let place = ended.lastObject.map { $0 &+ 1 } ?? 0
            let known = groups[group]?.truncatedAt ?? 0
            groups[group]?.truncatedAt = max(known, place)
        }
        if endsGroup, let last = ended.lastObject { groups[group]?.lastObject = last }
    }

    /// Nothing more will come: what is in store leaves without waiting.
    public mutating func finish() { isFinished = true }

    // MARK: Output

    /// The next object or gap in order; nil when waiting is better (see `deadline`) or nothing is there.
    public mutating func next(now: Instant) -> Output? {
        while true {
            guard let at = position else {
                guard let start = start(now: now) else { return nil }
                position = start
                continue
            }
            if let object = take(at) {
                position = Location(group: at.group, object: at.object &+ 1)
                stuckSince = nil
                if object.status == .normal { return .object(object) }
                continue
            }
            let group = groups[at.group]
            if let last = group?.lastObject, at.object > last {
                leaveGroup(at.group)
                position = Location(group: at.group &+ 1, object: 0)
                continue
            }
            guard let target = following(at) else {
                stuckSince = nil
                return nil
            }
            let isLoss = !isNatural(at, target)
            guard mayGiveUp(at, for: target, now: now) else { return nil }
            if target.group != at.group { leaveGroup(at.group) }
            position = target
            stuckSince = nil
            if isLoss { return .gap(from: at, to: target) }
        }
    }

    // MARK: Helpers

    private func isAhead(_ group: UInt64) -> Bool { position.map { group >= $0.group } ?? true }

    private mutating func take(_ location: Location) -> ReceivedObject? {
        guard let object = groups[location.group]?.objects.removeValue(forKey: location.object) else {
            return nil
        }
        storedByteCount -= object.byteCount
        return object
    }

    private mutating func leaveGroup(_ group: UInt64) {
        guard let left = groups.removeValue(forKey: group) else { return }
        usualStreamCount = max(usualStreamCount, min(left.seenStreamCount, 64))
        for object in left.objects.values { storedByteCount -= object.byteCount }
    }

    /// The smallest location in store.
    private func smallest() -> Location? {
        groups.lazy.filter { !$0.value.objects.isEmpty }.map(\.key).min().flatMap { group in
            groups[group]?.objects.keys.min().map { Location(group: group, object: $0) }
        }
    }

    private mutating func start(now: Instant) -> Location? {
        guard let first = smallest() else { return nil }
        let isObvious: Bool
        if let expected = expectedStart {
            let nextGroup = Location(group: expected.group &+ 1, object: 0)
            isObvious = first <= expected || first == nextGroup
        } else {
            isObvious = first == .zero
        }
        if isObvious || isFinished || isOverfull || hasWaited(now, startPatience) {
            stuckSince = nil
            return first
        }
        return nil
    }

    /// What is in store after `location`: later in its group, else in the next group that has anything.
    private func following(_ location: Location) -> Location? {
        if let object = groups[location.group]?.objects.keys.filter({ $0 > location.object }).min() {
            return Location(group: location.group, object: object)
        }
        let later = groups.lazy.filter { $0.key > location.group && !$0.value.objects.isEmpty }.map(\.key)
            .min()
        guard let group = later, let object = groups[group]?.objects.keys.min() else { return nil }
        return Location(group: group, object: object)
    }

    /// Nothing was lost between the two as far as anybody can tell: the group simply ended.
    private func isNatural(_ from: Location, _ to: Location) -> Bool {
        if from.group == to.group { return objectsHaveHoles }
        if to.object > 0 { return false }
        guard let group = groups[from.group], group.seenStreamCount > 0 else { return groupsHaveHoles }
        if let place = group.truncatedAt, from.object <= place { return false }
        let isNext = to.group == from.group &+ 1 || groupsHaveHoles
        return group.open.isEmpty && group.lastObject == nil && isNext
    }

    private mutating func mayGiveUp(_ from: Location, for to: Location, now: Instant) -> Bool {
        if isFinished || isOverfull { return true }
        let group = groups[from.group]
        if from.group == to.group {
            let mayStillCome = group?.open.values.contains { ($0.lastObject ?? 0) < from.object } ?? false
            if objectsHaveHoles, !mayStillCome { return true }
            guard hasWaited(now) else { return false }
            if !mayStillCome { objectsHaveHoles = true }
            return true
        }
        if let group, !group.open.isEmpty { return hasWaited(now) }
        if let group, group.seenStreamCount > 0 {
            // All streams that we know of have ended. One that we do not know of may be on its way.
            let isComplete = group.seenStreamCount >= usualStreamCount && group.lastObject == nil
            let isNext = to == Location(group: from.group &+ 1, object: 0) || groupsHaveHoles
            if isComplete, isNext { return true }
        } else if from.object == 0, groupsHaveHoles {
            return true
        }
        guard hasWaited(now) else { return false }
        if to.object == 0, to.group > from.group &+ (from.object == 0 ? 0 : 1) { groupsHaveHoles = true }
        return true
    }

    /// It has more than it may keep.
    var isOverfull: Bool {
        storedByteCount > maximumByteCount || groups.count > Self.maximumGroupCount
    }

    /// Whether patience has run out; the first call starts the clock.
    private mutating func hasWaited(_ now: Instant, _ limit: UInt64? = nil) -> Bool {
        guard let since = stuckSince else {
            stuckSince = now
            return patience == 0
        }
        return now >= since.advanced(byNanoseconds: limit ?? currentPatience)
    }

    /// What was lost in a datagram never comes; only what was overtaken does.
    private var currentPatience: UInt64 { usesStreams ? patience : min(patience, 200_000_000) }

    /// Where a track begins is not waited for as long as for what is missing in its middle.
    private var startPatience: UInt64 { min(patience, 100_000_000) }
}
