/// Deadlines in one contiguous binary heap, each under a small number that its owner chose.
///
/// The expiries lie side by side, so that finding and moving one touches few cache lines; set and remove cost
/// O(log n). Numbers should be dense (slots of a table): memory is one word per highest number.
public struct DeadlineHeap {
    @usableFromInline struct Entry: BitwiseCopyable {
        @usableFromInline var deadline: Instant
        @usableFromInline var slot: Int
        @inlinable init(deadline: Instant, slot: Int) {
            self.deadline = deadline
            self.slot = slot
        }
    }

    @usableFromInline var entries: [Entry] = []
    /// Where each slot's entry lies in `entries`; -1 when it has none.
    @usableFromInline var positions: [Int] = []

    public init() {}

    @inlinable public var isEmpty: Bool { entries.isEmpty }
    @inlinable public var count: Int { entries.count }
    /// The earliest deadline, `distantFuture` when there is none.
    @inlinable public var earliest: Instant { entries.first?.deadline ?? .distantFuture }

    @inlinable public func deadline(of slot: Int) -> Instant? {
        guard slot >= 0, slot < positions.count, positions[slot] >= 0 else { return nil }
        return entries[positions[slot]].deadline
    }

    /// Sets or moves the deadline of `slot`, which must not be negative.
    @inlinable public mutating func set(_ slot: Int, to deadline: Instant) {
        precondition(slot >= 0)
        while positions.count <= slot { positions.append(-1) }
        let position = positions[slot]
        if position < 0 {
            entries.append(Entry(deadline: deadline, slot: slot))
            positions[slot] = entries.count - 1
            siftUp(entries.count - 1)
        } else {
            let before = entries[position].deadline
            entries[position].deadline = deadline
            if deadline < before { siftUp(position) } else { siftDown(position) }
        }
    }

    @inlinable public mutating func remove(_ slot: Int) {
        guard slot >= 0, slot < positions.count, positions[slot] >= 0 else { return }
        let position = positions[slot]
        positions[slot] = -1
        let last = entries.removeLast()
        guard position < entries.count else { return }
        entries[position] = last
        positions[last.slot] = position
        siftUp(position)
        siftDown(positions[last.slot])
    }

    /// Takes out and returns one slot whose deadline is not after `now`; nil when none has expired.
    @inlinable public mutating func popExpired(_ now: Instant) -> Int? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        remove(first.slot)
        return first.slot
    }

    @usableFromInline mutating func siftUp(_ start: Int) {
        var child = start
        let entry = entries[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.deadline < entries[parent].deadline else { break }
            entries[child] = entries[parent]
            positions[entries[child].slot] = child
            child = parent
        }
        entries[child] = entry
        positions[entry.slot] = child
    }

    @usableFromInline mutating func siftDown(_ start: Int) {
        var parent = start
        let entry = entries[parent]
        while true {
            var child = parent * 2 + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].deadline < entries[child].deadline { child += 1 }
            guard entries[child].deadline < entry.deadline else { break }
            entries[parent] = entries[child]
            positions[entries[parent].slot] = parent
            parent = child
        }
        entries[parent] = entry
        positions[entry.slot] = parent
    }
}
