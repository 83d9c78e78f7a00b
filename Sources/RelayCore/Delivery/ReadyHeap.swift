/// A binary min-heap of slots. Where each slot stands is kept outside, in a table that heaps may share
/// as long as a slot is in one of them only (-1 = in none).
struct ReadyHeap {
    struct Entry {
        var first: UInt64
        var second: UInt64
        var third: UInt64
        var slot: Int

        static func < (a: Entry, b: Entry) -> Bool {
            if a.first != b.first { return a.first < b.first }
            if a.second != b.second { return a.second < b.second }
            if a.third != b.third { return a.third < b.third }
            return a.slot < b.slot
        }
    }

    private var entries: [Entry] = []

    init() {}

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    var top: Entry? { entries.first }

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Adds the entry's slot, or changes its key when it is in the heap.
    mutating func put(_ entry: Entry, positions: inout [Int32]) {
        let position = Int(positions[entry.slot])
        if position >= 0 {
            let old = entries[position]
            if old.first == entry.first, old.second == entry.second, old.third == entry.third { return }
            entries[position] = entry
            if entry < old { siftUp(position, &positions) } else { siftDown(position, &positions) }
        } else {
            entries.append(entry)
            positions[entry.slot] = Int32(entries.count - 1)
            siftUp(entries.count - 1, &positions)
        }
    }

    mutating func remove(_ slot: Int, positions: inout [Int32]) {
        let position = Int(positions[slot])
        guard position >= 0 else { return }
        positions[slot] = -1
        let last = entries.removeLast()
        guard position < entries.count else { return }
        let removed = entries[position]
        entries[position] = last
        positions[last.slot] = Int32(position)
        if last < removed { siftUp(position, &positions) } else { siftDown(position, &positions) }
    }

    private mutating func siftUp(_ start: Int, _ positions: inout [Int32]) {
        var child = start
        let entry = entries[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry < entries[parent] else { break }
            entries[child] = entries[parent]
            positions[entries[child].slot] = Int32(child)
            child = parent
        }
        entries[child] = entry
        positions[entry.slot] = Int32(child)
    }

    private mutating func siftDown(_ start: Int, _ positions: inout [Int32]) {
        var parent = start
        let entry = entries[parent]
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entry else { break }
            entries[parent] = entries[child]
            positions[entries[parent].slot] = Int32(parent)
            parent = child
        }
        entries[parent] = entry
        positions[entry.slot] = Int32(parent)
    }
}
