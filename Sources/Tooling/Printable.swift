/// Makes text from a peer safe for a terminal or a log: one line, no control characters.
public enum Printable {
    /// `text` with everything that could move a cursor, start a line or turn the reading direction written as
    /// `\u{..}`; cut to `limit` characters. A backslash is doubled, so that the result is unambiguous, unless the text is one that
    /// already holds escapes.
    public static func escaped(
        _ text: String, limit: Int = 1024, doublesBackslashes: Bool = true
    ) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count >= limit { return result + "..." }
            count += 1
            if scalar == "\\", doublesBackslashes {
                result += "\\\\"
            } else if isHarmless(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    /// Bytes that should be UTF-8; anything else shows as U+FFFD.
    public static func escaped(_ bytes: [UInt8], limit: Int = 1024) -> String {
        escaped(String(decoding: bytes.prefix(limit &* 4), as: UTF8.self), limit: limit)
    }

    /// Lowercase hexadecimal digits.
    public static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return false
        default:
            return true
        }
    }
}
