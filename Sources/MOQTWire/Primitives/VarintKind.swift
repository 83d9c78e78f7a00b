/// How a draft writes variable-length integers (draft-18 section 1.4.1; RFC 9000 section 16).
public enum VarintKind: UInt8, BitwiseCopyable, Sendable {
    /// 1, 2, 4 or 8 bytes, 62 bits.
    case rfc9000 = 0
    /// 1 to 9 bytes, 64 bits: leading one-bits count the bytes that follow.
    case vi64 = 1
    /// The same without the form of seven bytes.
    case vi64WithoutSevenBytes = 2

    /// The largest value that can be written.
    public var maximum: UInt64 { self == .rfc9000 ? (1 << 62) - 1 : .max }

    /// Bytes that an integer takes whose first byte is `first`; nil when no integer begins so.
    @inlinable public func byteCount(first: UInt8) -> Int? {
        switch self {
        case .rfc9000:
            return 1 << Int(first >> 6)
        case .vi64:
            return (~first).leadingZeroBitCount + 1
        case .vi64WithoutSevenBytes:
            // Draft 17's text calls only 0xfc invalid; its table leaves no meaning for 0xfd either.
            let ones = (~first).leadingZeroBitCount
            return ones == 6 ? nil : ones + 1
        }
    }

    /// Bytes that `value` takes in the shortest form that we write; nil when it cannot be written.
    @inlinable public func byteCount(of value: UInt64) -> Int? {
        let bits = 64 - value.leadingZeroBitCount
        switch self {
        case .rfc9000:
            return bits <= 6 ? 1 : bits <= 14 ? 2 : bits <= 30 ? 4 : bits <= 62 ? 8 : nil
        case .vi64, .vi64WithoutSevenBytes:
            // Seven bytes are never written, so that one encoder serves every draft of the family.
            return bits <= 42 ? max(1, (bits + 6) / 7) : bits <= 56 ? 8 : 9
        }
    }

    /// The value of the integer at the start of `bytes`, which holds all its `count` bytes.
    @inlinable public func value(_ bytes: UnsafeRawBufferPointer, count: Int) -> UInt64 {
        var value = UInt64(bytes[0])
        switch self {
        case .rfc9000: value &= 0x3F
        case .vi64, .vi64WithoutSevenBytes: value = count >= 8 ? 0 : value & (0xFF >> UInt64(count))
        }
        var index = 1
        while index < count {
            value = value << 8 | UInt64(bytes[index])
            index += 1
        }
        return value
    }
}
