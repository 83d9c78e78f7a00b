/// A box type or codec tag: four bytes, usually letters (ISO/IEC 14496-12 section 4.2).
public struct FourCC: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public init(stringLiteral value: StaticString) {
        precondition(value.utf8CodeUnitCount == 4)
        rawValue = value.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) } }

    /// Letters and digits as they are, anything else as `.`.
    public var description: String {
        String(
            String.UnicodeScalarView(
                bytes.map { $0 > 0x20 && $0 < 0x7F ? Unicode.Scalar($0) : "." }))
    }
}
