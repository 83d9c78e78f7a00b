/// A first-in first-out queue in one block of memory that comes with the first element, grows by doubling and stays
/// until `release`.
///
/// Appending, popping and indexing are O(1) and allocate nothing once the block is large enough. Bounding its
/// length is the owner's job.
public struct RingBuffer<Element>: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<Element>
    /// A power of two; 0 = there is no block.
    @usableFromInline var capacity: Int
    @usableFromInline var head: Int = 0
    @usableFromInline var length: Int = 0

    /// `minimumCapacity` 0: no block yet.
    @inlinable public init(minimumCapacity: Int = 0) {
        guard minimumCapacity > 0 else {
            capacity = 0
            base = Self.nowhere
            return
        }
        var size = 4
        while size < minimumCapacity { size *= 2 }
        capacity = size
        base = .allocate(capacity: size)
    }

    deinit {
        for index in 0..<length { (base + ((head + index) & (capacity - 1))).deinitialize(count: 1) }
        if capacity > 0 { base.deallocate() }
    }

    /// Where an empty buffer without a block points to; never read.
    @usableFromInline static var nowhere: UnsafeMutablePointer<Element> {
        UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment).unsafelyUnwrapped
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

    /// Empties it and gives the block back.
    @inlinable public mutating func release() {
        removeAll()
        guard capacity > 0 else { return }
        base.deallocate()
        base = Self.nowhere
        capacity = 0
        head = 0
    }

    @usableFromInline mutating func grow() {
        let size = max(4, capacity * 2)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: size)
        for index in 0..<length {
            (larger + index).initialize(to: (base + ((head + index) & (capacity - 1))).move())
        }
        if capacity > 0 { base.deallocate() }
        base = larger
        capacity = size
        head = 0
    }
}
