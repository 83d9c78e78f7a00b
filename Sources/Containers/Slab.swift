/// A block of memory that is written once, front to back, and shared by reference afterwards.
///
/// Bytes that a `Payload` covers are never written again, so payloads may be read on any thread; appending
/// is for the slab's one owner (`SlabWriter`).
public final class Slab: @unchecked Sendable {
    @usableFromInline let base: UnsafeMutableRawPointer
    /// Bytes that the slab can hold.
    public let capacity: Int
    /// Bytes written so far. Only the owner reads or changes it.
    @exclusivity(unchecked) @usableFromInline var count: Int = 0

    /// Allocates `capacity` bytes. 1...UInt32.max, or the process stops: a size is never a peer's to choose.
    @inlinable public init(capacity: Int) {
        precondition(capacity > 0 && capacity <= Int(UInt32.max))
        self.capacity = capacity
        base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// Full from the start: what a writer has before its first copy.
    @usableFromInline static let full: Slab = {
        let slab = Slab(capacity: 1)
        slab.count = 1
        return slab
    }()
}
