import Containers

/// A heap of future events: by time, then by the order in which they were added.
struct SimulatedSchedule {
    struct Entry {
        var time: Instant
        var order: UInt64
        var endpoint: Int
        var event: SimulatedEvent

        func precedes(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private var entries: [Entry] = []
    private var nextOrder: UInt64 = 0

    var nextTime: Instant { entries.first?.time ?? .distantFuture }
    var count: Int { entries.count }

    mutating func add(_ event: SimulatedEvent, to endpoint: Int, at time: Instant) {
        entries.append(Entry(time: time, order: nextOrder, endpoint: endpoint, event: event))
        nextOrder += 1
        var index = entries.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].precedes(entries[parent]) else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    mutating func popFirst() -> Entry? {
        guard !entries.isEmpty else { return nil }
        entries.swapAt(0, entries.count - 1)
        let first = entries.removeLast()
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < entries.count && entries[child].precedes(entries[smallest]) {
                smallest = child
            }
            guard smallest != index else { return first }
            entries.swapAt(index, smallest)
            index = smallest
        }
    }
}
