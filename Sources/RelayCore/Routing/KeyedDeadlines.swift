import Containers

/// Deadlines by key, the earliest first; each key has at most one. All changes cost the logarithm of the count.
struct KeyedDeadlines<Key: Hashable & Sendable>: Sendable {
    private struct Item: Sendable {
        let key: Key
        let deadline: Instant
        /// Breaks ties, so that equal deadlines expire in the order in which they were set.
        let order: UInt64
    }
    /// A binary heap: no item is earlier than its parent at `(index - 1) / 2`.
    private var items: [Item] = []
    /// Where each key stands in `items`.
    private var positions: [Key: Int] = [:]
    private var lastOrder: UInt64 = 0

    var count: Int { items.count }
    var earliest: Instant? { items.first?.deadline }
    var keys: [Key] { items.map(\.key) }

    func contains(_ key: Key) -> Bool { positions[key] != nil }

    /// Sets or replaces the deadline of `key`.
    mutating func set(_ key: Key, at deadline: Instant) {
        remove(key)
        lastOrder &+= 1
        items.append(Item(key: key, deadline: deadline, order: lastOrder))
        positions[key] = items.count - 1
        rise(from: items.count - 1)
    }

    mutating func remove(_ key: Key) {
        guard let index = positions.removeValue(forKey: key) else { return }
        let last = items.removeLast()
        guard index < items.count else { return }
        items[index] = last
        positions[last.key] = index
        rise(from: index)
        sink(from: index)
    }

    /// Takes out the earliest key if its deadline is not after `now`.
    mutating func popExpired(now: Instant) -> Key? {
        guard let first = items.first, first.deadline <= now else { return nil }
        remove(first.key)
        return first.key
    }

    private func isEarlier(_ a: Int, _ b: Int) -> Bool {
        items[a].deadline != items[b].deadline
            ? items[a].deadline < items[b].deadline : items[a].order < items[b].order
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        items.swapAt(a, b)
        positions[items[a].key] = a
        positions[items[b].key] = b
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0, isEarlier(index, (index - 1) / 2) {
            swap(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(from start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < items.count && isEarlier(child, least) {
                least = child
            }
            if least == index { return }
            swap(index, least)
            index = least
        }
    }
}
