/// A shared, immutable run of bytes inside a slab: 16 bytes, copied by reference.
public struct Payload: @unchecked Sendable {
    @usableFromInline let slab: Slab?
    @usableFromInline var offset: UInt32
    @usableFromInline var length: UInt32

    @inlinable init(slab: Slab, offset: UInt32, count: UInt32) {
        self.slab = slab
        self.offset = offset
        length = count
    }

    /// No bytes.
    @inlinable public init() {
        slab = nil
        offset = 0
        length = 0
    }

    /// Copies `bytes` into a slab of their own: for cold paths and tests.
    @inlinable public init(copying bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else {
            self.init()
            return
        }
        let own = Slab(capacity: bytes.count)
        own.base.copyMemory(from: source, byteCount: bytes.count)
        own.count = bytes.count
        self.init(slab: own, offset: 0, count: UInt32(bytes.count))
    }

    @inlinable public init(_ bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { Payload(copying: $0) }
    }

    @inlinable public var count: Int { Int(length) }
    @inlinable public var isEmpty: Bool { length == 0 }

    /// The bytes, valid only inside `body`.
    @inlinable public func withUnsafeBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        guard let slab else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        defer { withExtendedLifetime(slab) {} }
        return try body(UnsafeRawBufferPointer(start: slab.base.advanced(by: Int(offset)), count: count))
    }

    /// The bytes' address, valid for as long as this payload (or another of the same slab) is kept.
    @inlinable public var unsafeBaseAddress: UnsafeRawPointer? {
        slab.map { UnsafeRawPointer($0.base.advanced(by: Int(offset))) }
    }

    /// The part from `start` on, at most `count` bytes; clamped to what there is.
    @inlinable public func slice(from start: Int, count wanted: Int = .max) -> Payload {
        let from = min(max(start, 0), count)
        let size = min(max(wanted, 0), count - from)
        guard let slab, size > 0 else { return Payload() }
        return Payload(slab: slab, offset: offset + UInt32(from), count: UInt32(size))
    }

    /// This payload and `next` as one when `next` follows it directly in memory; nil otherwise.
    @inlinable public func merged(with next: Payload) -> Payload? {
        guard let slab, slab === next.slab, offset + length == next.offset else { return nil }
        return Payload(slab: slab, offset: offset, count: length + next.length)
    }

    /// The byte at `index`, which must be below `count`.
    @inlinable public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return slab.unsafelyUnwrapped.base.load(fromByteOffset: Int(offset) + index, as: UInt8.self)
    }

    /// A copy of the bytes as an array: for cold paths and tests.
    @inlinable public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension Payload: Equatable {
    /// Equal bytes, wherever they lie.
    public static func == (a: Payload, b: Payload) -> Bool {
        guard a.count == b.count else { return false }
        return a.withUnsafeBytes { x in b.withUnsafeBytes { y in x.elementsEqual(y) } }
    }
}
