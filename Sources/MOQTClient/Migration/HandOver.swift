import MOQTModel

/// Makes one track out of the subscriptions that follow each other when a subscriber moves from relay to relay:
/// the old one goes on until the new one has reached it, and nothing is handed out twice. Pure.
///
/// Each subscription is a leg with a number of the owner's, and delivers in the order of the track. At most two
/// legs count at a time.
public struct HandOver: Sendable {
    public enum Output: Sendable, Equatable {
        case object(ReceivedObject)
        /// Objects from `from` up to (not including) `to` will not come.
        case gap(from: Location, to: Location)
        /// This leg is needed no longer: cancel it.
        case leave(Int)
        /// The track is over.
        case ended
    }

    public private(set) var resume = ResumePoint()
    /// Nothing before it is wanted; nil: whatever comes first is the beginning.
    private let start: Location?
    /// Bytes of the new leg's objects that wait for the old leg.
    public private(set) var heldByteCount = 0
    /// Objects that came on both legs.
    public private(set) var duplicateCount = 0

    private var current: Int?
    private var following: Int?
    private var held: [ReceivedObject] = []
    private var followingHasEndedTrack = false
    private var isOver = false
    /// The next object is the first one of its leg.
    private var isFirstOfLeg = false
    private let maximumByteCount: Int

    /// `maximumByteCount`: when the new leg is this far ahead, the old one is given up.
    /// `start`: what lies before it is left out.
    public init(from start: Location? = nil, maximumByteCount: Int = 64 * 1024 * 1024) {
        self.maximumByteCount = maximumByteCount
        self.start = start
        if let start { resume.skip(to: start) }
    }

    /// Something has been handed out: a leg that begins has to go on from there.
    private var hasBegun: Bool { resume.last != nil && resume.next != start }

    /// Whether an end of the current leg would leave nothing.
    public var hasFollowing: Bool { following != nil }

    /// A new subscription begins; it was asked to start at `resume`.
    public mutating func begin(_ leg: Int) -> [Output] {
        guard !isOver else { return [.leave(leg)] }
        guard current != nil else {
            current = leg
            isFirstOfLeg = hasBegun
            return []
        }
        let superseded = following
        following = leg
        clearHeld()
        return superseded.map { [.leave($0)] } ?? []
    }

    public mutating func received(_ object: ReceivedObject, on leg: Int) -> [Output] {
        guard !isOver else { return [] }
        var outputs: [Output] = []
        if leg == current {
            hand(object, &outputs)
        } else if leg == following {
            held.append(object)
            heldByteCount += object.byteCount + 64
        }
        switchIfReached(&outputs)
        return outputs
    }

    /// A leg says that something will not come. While the other one may still have it, it is not lost.
    public mutating func gap(from: Location, to: Location, on leg: Int) -> [Output] {
        guard !isOver, leg == current else { return [] }
        if following != nil, heldByteCount > 0 {
            var outputs: [Output] = []
            // The old leg has left something out that the new one may have: what the new one has comes first.
            flush(upTo: to, &outputs)
            return outputs
        }
        guard let start = [from, resume.next ?? from].max(), start < to else { return [] }
        resume.skip(to: to)
        return [.gap(from: start, to: to)]
    }

    /// A leg is over: with its track, or for a reason of its own.
    public mutating func ended(_ leg: Int, withTrack: Bool) -> [Output] {
        guard !isOver else { return [] }
        var outputs: [Output] = []
        if leg == following {
            if withTrack, !held.isEmpty {
                followingHasEndedTrack = true
            } else {
                following = nil
                clearHeld()
            }
        } else if leg == current {
            current = nil
            if withTrack {
                if let following { outputs.append(.leave(following)) }
                end(&outputs)
            } else {
                promote(&outputs)
            }
        }
        return outputs
    }

    // MARK: Helpers

    private mutating func hand(_ object: ReceivedObject, _ outputs: inout [Output]) {
        if isFirstOfLeg, let next = resume.next, resume.isMissing(before: object.location) {
            outputs.append(.gap(from: next, to: object.location))
        }
        isFirstOfLeg = false
        if resume.admit(object.location) {
            outputs.append(.object(object))
        } else {
            duplicateCount += 1
        }
    }

    /// The new leg covers everything from its first object on.
    private mutating func switchIfReached(_ outputs: inout [Output]) {
        guard let old = current, following != nil, let first = held.first else { return }
        let isReached = resume.next.map { first.location <= $0 } ?? true
        guard isReached || heldByteCount > maximumByteCount else { return }
        outputs.append(.leave(old))
        promote(&outputs)
    }

    private mutating func promote(_ outputs: inout [Output]) {
        current = following
        following = nil
        isFirstOfLeg = hasBegun
        let objects = held
        clearHeld(keepsEnd: true)
        for object in objects { hand(object, &outputs) }
        if followingHasEndedTrack { end(&outputs) }
    }

    private mutating func flush(upTo limit: Location, _ outputs: inout [Output]) {
        var rest = held[...]
        while let object = rest.first, object.location < limit {
            isFirstOfLeg = true
            hand(object, &outputs)
            rest.removeFirst()
        }
        held = Array(rest)
        heldByteCount = held.reduce(0) { $0 + $1.byteCount + 64 }
        if let next = resume.next, next < limit, resume.isMissing(before: limit) {
            outputs.append(.gap(from: next, to: limit))
            resume.skip(to: limit)
        }
    }

    private mutating func clearHeld(keepsEnd: Bool = false) {
        held = []
        heldByteCount = 0
        if !keepsEnd { followingHasEndedTrack = false }
    }

    private mutating func end(_ outputs: inout [Output]) {
        isOver = true
        current = nil
        following = nil
        clearHeld()
        outputs.append(.ended)
    }
}
