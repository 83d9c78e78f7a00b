import MOQTModel

/// Appends a draft's primitives to an array. Throws `notExpressible` for integers that the draft cannot write.
public struct WireWriter {
    public internal(set) var bytes: [UInt8] = []
    @usableFromInline let kind: VarintKind

    public init(varint kind: VarintKind, reserving capacity: Int = 0) {
        self.kind = kind
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    public var count: Int { bytes.count }
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    public mutating func u8(_ value: UInt8) { bytes.append(value) }
    public mutating func u16(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }
    public mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    public mutating func varint(_ value: UInt64) throws(WireError) {
        guard let count = kind.byteCount(of: value) else { throw .notExpressible("integer over 62 bits") }
        let marked: UInt64
        switch kind {
        case .rfc9000:
            marked = value | UInt64(count.trailingZeroBitCount) << UInt64(count * 8 - 2)
        case .vi64, .vi64WithoutSevenBytes:
            if count == 9 {
                bytes.append(0xFF)
                append(bigEndian: value, count: 8)
                return
            }
            let prefix = (UInt64(0xFF) << UInt64(9 - count)) & 0xFF
            marked = value | prefix << UInt64((count - 1) * 8)
        }
        append(bigEndian: marked, count: count)
    }

    private mutating func append(bigEndian value: UInt64, count: Int) {
        var shift = UInt64((count - 1) * 8)
        for _ in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            shift = shift &- 8
        }
    }

    public mutating func raw(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    public mutating func lengthPrefixed(_ more: [UInt8]) throws(WireError) {
        try varint(UInt64(more.count))
        raw(more)
    }

    public mutating func location(_ location: Location) throws(WireError) {
        try varint(location.group)
        try varint(location.object)
    }

    /// A Reason Phrase, cut to 1024 bytes at a character's boundary.
    public mutating func reason(_ text: String) throws(WireError) {
        var utf8 = Array(text.utf8)
        if utf8.count > WireLimit.reason {
            var end = WireLimit.reason
            while end > 0, utf8[end] & 0xC0 == 0x80 { end -= 1 }
            utf8.removeSubrange(end...)
        }
        try lengthPrefixed(utf8)
    }
}
