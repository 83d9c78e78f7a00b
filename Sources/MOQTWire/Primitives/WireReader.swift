import MOQTModel

/// Reads a draft's primitives from borrowed bytes; every length is checked before it is believed.
///
/// The bytes must outlive the reader. All methods throw `needMore` past the end and leave `missing` at the
/// number of bytes that would have been needed at least.
public struct WireReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline let kind: VarintKind
    /// Bytes read so far.
    public internal(set) var position = 0
    /// After `needMore`: how many bytes more the failed read would have needed at least.
    public private(set) var missing = 0

    public init(_ bytes: UnsafeRawBufferPointer, varint kind: VarintKind) {
        self.bytes = bytes
        self.kind = kind
    }

    public var remaining: Int { bytes.count - position }
    public var isAtEnd: Bool { position == bytes.count }

    private mutating func need(_ count: Int) throws(WireError) {
        if count > remaining {
            missing = count - remaining
            throw .needMore
        }
    }

    public mutating func u8() throws(WireError) -> UInt8 {
        try need(1)
        let value = bytes[position]
        position += 1
        return value
    }

    public mutating func u16() throws(WireError) -> UInt16 {
        try need(2)
        let value = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
        position += 2
        return value
    }

    /// A variable-length integer of any length, minimal or not.
    public mutating func varint() throws(WireError) -> UInt64 {
        try need(1)
        // Most are below 64, which every draft writes in one byte.
        let first = bytes[position]
        if first < 0x40 {
            position += 1
            return UInt64(first)
        }
        guard let count = kind.byteCount(first: first) else {
            throw .protocolViolation("integer of seven bytes")
        }
        try need(count)
        let value = kind.value(UnsafeRawBufferPointer(rebasing: bytes[position...]), count: count)
        position += count
        return value
    }

    /// The next `count` bytes, borrowed.
    public mutating func span(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard count >= 0 else { throw .protocolViolation("negative length") }
        try need(count)
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        position += count
        return slice
    }

    /// Skips `count` bytes.
    public mutating func skip(_ count: Int) throws(WireError) { _ = try span(count) }

    /// A length, at most `limit`, and as many bytes, borrowed.
    public mutating func lengthPrefixed(
        limit: Int, _ rule: StaticString
    ) throws(WireError) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(limit) else { throw .protocolViolation(rule) }
        return try span(Int(length))
    }

    /// A length and as many bytes, copied. The bytes are bounded by what there is to read.
    public mutating func bytes(limit: Int = 65535, _ rule: StaticString = "length too large")
        throws(WireError) -> [UInt8]
    {
        Array(try lengthPrefixed(limit: limit, rule))
    }

    /// The bytes up to the end, borrowed.
    public mutating func rest() -> UnsafeRawBufferPointer {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position...])
        position = bytes.count
        return slice
    }

    public mutating func location() throws(WireError) -> Location {
        Location(group: try varint(), object: try varint())
    }

    /// 0 or 1 in one byte.
    public mutating func flag(_ rule: StaticString) throws(WireError) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw .protocolViolation(rule)
        }
    }

    /// UTF-8 text with a length; broken UTF-8 is repaired, for a reason is only ever shown.
    public mutating func text(limit: Int, _ rule: StaticString) throws(WireError) -> String {
        String(decoding: try lengthPrefixed(limit: limit, rule), as: UTF8.self)
    }

    /// A Reason Phrase (draft-18 section 1.4.3): at most 1024 bytes.
    public mutating func reason() throws(WireError) -> String {
        try text(limit: WireLimit.reason, "reason phrase over 1024 bytes")
    }

    /// Throws when bytes are left: a message must be as long as it says.
    public func finish() throws(WireError) {
        guard isAtEnd else { throw .protocolViolation("message longer than its fields") }
    }
}
