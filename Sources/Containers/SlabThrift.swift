/// Keeps whoever holds payloads for long from keeping slabs alive that it uses little of.
///
/// A receive buffer holds the bytes of everybody on its socket: a holder of ten bytes of each would keep all of
/// them. Payloads pass through `adopt`: they stay where they are while the holder uses a good part of every slab,
/// else they are copied into slabs of its own. So a holder of `n` bytes keeps at most `shareOfSlab` times `n`
/// bytes alive, and a slab or two.
public struct SlabThrift {
    /// The slab that the last payload lay in. Its address may be used again when it is gone; then nothing of it
    /// was kept, and both count as one.
    private var last: ObjectIdentifier?
    private var lastCapacity = 0
    private var usedByteCount = 0
    private var isSparse = true
    private var writer: SlabWriter?
    private var copiedByteCount = 0

    /// A slab is used well when one byte in so many is.
    public static let shareOfSlab = 8
    private static let smallestSlab = 1024
    private static let largestSlab = 32 * 1024

    public init() {}

    /// The same bytes, where they may be kept.
    public mutating func adopt(_ bytes: Payload) -> Payload {
        guard let slab = bytes.slab else { return bytes }
        let identity = ObjectIdentifier(slab)
        if identity != last {
            if last != nil { isSparse = usedByteCount < lastCapacity / Self.shareOfSlab }
            last = identity
            lastCapacity = slab.capacity
            usedByteCount = 0
        }
        usedByteCount += bytes.count
        guard isSparse, bytes.count < slab.capacity / Self.shareOfSlab else { return bytes }
        return copy(bytes)
    }

    private mutating func copy(_ bytes: Payload) -> Payload {
        copiedByteCount += bytes.count
        var writer = writer ?? SlabWriter(slabCapacity: Self.smallestSlab)
        self.writer = nil
        if bytes.count > writer.vacantByteCount {
            // Small at first: most holders are.
            let capacity = min(max(copiedByteCount / 4, Self.smallestSlab), Self.largestSlab)
            writer = SlabWriter(slabCapacity: max(capacity, bytes.count))
        }
        let copy = bytes.withUnsafeBytes { writer.copy($0) }
        self.writer = writer
        return copy
    }
}
