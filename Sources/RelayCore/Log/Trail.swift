/// A list that grows at the end and is trimmed at the front; an element keeps its index for life.
struct Trail<Element> {
    private var storage: [Element] = []
    /// Position in `storage` of the element `startIndex`; what lies before it has been trimmed.
    private var head = 0
    private(set) var startIndex = 0

    init() {}

    var endIndex: Int { startIndex + (storage.count - head) }
    var isEmpty: Bool { storage.count == head }
    var count: Int { storage.count - head }

    subscript(index: Int) -> Element {
        _read {
            precondition(index >= startIndex)
            yield storage[head + (index - startIndex)]
        }
        _modify {
            precondition(index >= startIndex)
            yield &storage[head + (index - startIndex)]
        }
    }

    mutating func append(_ element: Element) { storage.append(element) }

    /// Trims everything before `index`. `filler` takes the place of trimmed elements, so that they hold on
    /// to nothing until the storage is compacted.
    mutating func removeFirst(upTo index: Int, filler: Element) {
        let count = min(index, endIndex) - startIndex
        guard count > 0 else { return }
        for position in head..<(head + count) { storage[position] = filler }
        head += count
        startIndex += count
        if head >= 32 && head * 2 >= storage.count {
            storage.removeSubrange(0..<head)
            head = 0
        }
    }

    /// Empties the list for another use; the next element gets the index `start`.
    mutating func reset(startIndex start: Int = 0) {
        storage.removeAll(keepingCapacity: true)
        head = 0
        startIndex = start
    }

    /// The first index whose element does not satisfy `isBefore`, by halving; the list must be partitioned.
    func firstIndex(whereNot isBefore: (Element) -> Bool) -> Int {
        var low = head
        var high = storage.count
        while low < high {
            let middle = low + (high - low) / 2
            if isBefore(storage[middle]) { low = middle + 1 } else { high = middle }
        }
        return startIndex + (low - head)
    }
}
