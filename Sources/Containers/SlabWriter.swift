/// Copies bytes into slabs and hands out `Payload`s that share them.
///
/// One writer belongs to one loop. It has no slab before its first copy; when the current one is full it starts
/// another, and the old one lives until the last payload that refers to it is gone.
public struct SlabWriter {
    @usableFromInline var slab: Slab
    /// Size of each new slab in bytes; a larger single copy gets a slab of its own.
    public let slabCapacity: Int

    public static let defaultSlabCapacity = 256 * 1024

    @inlinable public init(slabCapacity: Int = SlabWriter.defaultSlabCapacity) {
        self.slabCapacity = slabCapacity
        slab = .full
    }

    /// Bytes that the current slab still takes.
    var vacantByteCount: Int { slab.capacity - slab.count }

    /// Copies `bytes` and returns the shared reference. Consecutive copies are adjacent while they fit the
    /// slab, so that `Payload.merged(with:)` can join them.
    @inlinable public mutating func copy(_ bytes: UnsafeRawBufferPointer) -> Payload {
        guard bytes.count > 0, let source = bytes.baseAddress else { return Payload() }
        if bytes.count > slab.capacity - slab.count {
            if bytes.count > slabCapacity { return Payload(copying: bytes) }
            slab = Slab(capacity: slabCapacity)
        }
        let offset = slab.count
        slab.base.advanced(by: offset).copyMemory(from: source, byteCount: bytes.count)
        slab.count = offset + bytes.count
        return Payload(slab: slab, offset: UInt32(offset), count: UInt32(bytes.count))
    }

    /// Copies `bytes` behind `payload` and makes it longer, if it is the last copy of this writer and they fit its slab; else
    /// false, and nothing has happened.
    @inlinable public mutating func extend(_ payload: inout Payload, with bytes: UnsafeRawBufferPointer)
        -> Bool
    {
        let end = Int(payload.offset) + payload.count
        guard let source = bytes.baseAddress, payload.slab === slab, end == slab.count,
            bytes.count <= slab.capacity - end
        else { return false }
        slab.base.advanced(by: end).copyMemory(from: source, byteCount: bytes.count)
        slab.count = end + bytes.count
        payload.length += UInt32(bytes.count)
        return true
    }

    @inlinable public mutating func copy(_ bytes: [UInt8]) -> Payload {
        bytes.withUnsafeBytes { copy($0) }
    }
}
