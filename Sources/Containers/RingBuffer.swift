/// A first-in first-out queue in one block of memory that grows by doubling and never shrinks.
///
/// Appending, popping and indexing are O(1) and allocate nothing once the block is large enough. Bounding its
/// length is the owner's job.
public struct RingBuffer<Element>: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<Element>
    /// A power of two.
    @usableFromInline var capacity: Int
    @usableFromInline var head: Int = 0
    @usableFromInline var length: Int = 0

    @inlinable public init(minimumCapacity: Int = 4) {
        var size = 4
        while size < minimumCapacity { size *= 2 }
        capacity = size
        base = .allocate(capacity: size)
    }

    deinit {
        for index in 0..<length { (base + ((head + index) & (capacity - 1))).deinitialize(count: 1) }
        base.deallocate()
    }

    @inlinable public var count: Int { length }
    @inlinable public var isEmpty: Bool { length == 0 }

    /// The element `index` places behind the front; `index` must be below `count`.
    @inlinable public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < length)
            return base[(head + index) & (capacity - 1)]
        }
        set {
            precondition(index >= 0 && index < length)
            base[(head + index) & (capacity - 1)] = newValue
        }
    }

    @inlinable public var first: Element? { length > 0 ? self[0] : nil }
    @inlinable public var last: Element? { length > 0 ? self[length - 1] : nil }

    @inlinable public mutating func append(_ element: Element) {
        if length == capacity { grow() }
        (base + ((head + length) & (capacity - 1))).initialize(to: element)
        length += 1
    }

    /// Takes the front element; nil when the ring is empty.
    @inlinable @discardableResult public mutating func popFirst() -> Element? {
        guard length > 0 else { return nil }
        let element = (base + head).move()
        head = (head + 1) & (capacity - 1)
        length -= 1
        return element
    }

    /// Takes the element at the back; nil when the ring is empty.
    @inlinable @discardableResult public mutating func popLast() -> Element? {
        guard length > 0 else { return nil }
        length -= 1
        return (base + ((head + length) & (capacity - 1))).move()
    }

    @inlinable public mutating func removeAll() {
        while popFirst() != nil {}
    }

    @usableFromInline mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        for index in 0..<length {
            (larger + index).initialize(to: (base + ((head + index) & (capacity - 1))).move())
        }
        base.deallocate()
        base = larger
        capacity *= 2
        head = 0
    }
}
