/// An element of a `CursorPool`.
protocol PooledCursor {
    init()
}

/// Slots that are reused and reached in place: no reference count, no copy, no allocation in steady state.
///
/// Pointers are valid until the next `take`.
struct CursorPool<Element: PooledCursor>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    /// Slots that have ever been used; all of them are initialized.
    private(set) var count = 0
    private var free: [Int] = []
    var usedCount: Int { count - free.count }

    init() {
        capacity = 4
        base = .allocate(capacity: capacity)
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    /// The element of a slot below `count`.
    @inline(__always)
    subscript(slot: Int) -> UnsafeMutablePointer<Element> {
        precondition(slot >= 0 && slot < count)
        return base + slot
    }

    mutating func take() -> Int {
        if let slot = free.popLast() { return slot }
        if count == capacity {
            let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: base, count: count)
            base.deallocate()
            base = larger
            capacity *= 2
        }
        (base + count).initialize(to: Element())
        count += 1
        return count - 1
    }

    mutating func giveBack(_ slot: Int) { free.append(slot) }
}
