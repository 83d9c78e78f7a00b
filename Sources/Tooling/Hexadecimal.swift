/// Bytes as hexadecimal digits.
public enum Hexadecimal {
    /// Reads an even number of hex digits; colons and spaces between them are ignored. nil for anything else.
    public static func bytes(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 where byte != UInt8(ascii: ":") && byte != UInt8(ascii: " ") {
            guard let value = digit(byte) else { return nil }
            if let first = high {
                result.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? result : nil
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: return byte - 0x30
        case 0x41...0x46: return byte - 0x41 + 10
        case 0x61...0x66: return byte - 0x61 + 10
        default: return nil
        }
    }
}
