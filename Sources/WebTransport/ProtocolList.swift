/// The structured fields (RFC 9651) by which both sides agree on a sub-protocol: `WT-Available-Protocols`, a
/// list of strings, and `WT-Protocol`, one string.
///
/// Strings are what the current text asks for; drafts 10 to 12 had tokens and some peers still send them, so
/// a token counts as a string here. Parameters are read and ignored. Anything else makes the whole field
/// count as absent, as the text demands.
enum ProtocolList {
    /// More names than this in one field are not looked at: the field counts as absent.
    static let maximumCount = 64

    /// The members of a list, in order; nil when the field is to be ignored.
    static func parse(_ field: String) -> [String]? {
        var text = Cursor(field)
        var names: [String] = []
        text.skipSpace()
        if text.isAtEnd { return [] }
        while true {
            guard names.count < maximumCount, let name = text.item() else { return nil }
            names.append(name)
            text.skipSpaceAndTabs()
            if text.isAtEnd { return names }
            guard text.take(UInt8(ascii: ",")) else { return nil }
            text.skipSpaceAndTabs()
        }
    }

    /// One item; nil when the field is to be ignored.
    static func parseItem(_ field: String) -> String? {
        var text = Cursor(field)
        text.skipSpace()
        guard let name = text.item() else { return nil }
        text.skipSpace()
        return text.isAtEnd ? name : nil
    }

    /// A list of strings; names that no string can hold (outside printable ASCII) are left out.
    static func encode(_ names: [String]) -> String {
        names.compactMap(encodeItem).joined(separator: ", ")
    }

    /// A string; nil when `name` has characters outside printable ASCII.
    static func encodeItem(_ name: String) -> String? {
        guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return nil }
        var result = "\""
        for character in name {
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "\""
    }

    private struct Cursor {
        private let bytes: [UInt8]
        private var index = 0

        init(_ field: String) { bytes = Array(field.utf8) }

        var isAtEnd: Bool { index >= bytes.count }
        private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            index += 1
            return true
        }

        mutating func skipSpace() { while take(0x20) {} }
        mutating func skipSpaceAndTabs() { while take(0x20) || take(0x09) {} }

        /// A string or a token, with its parameters.
        mutating func item() -> String? {
            guard let name = next == UInt8(ascii: "\"") ? string() : token(), parameters() else { return nil }
            return name
        }

        private mutating func string() -> String? {
            index += 1
            var text: [UInt8] = []
            while let byte = next {
                index += 1
                if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
                guard byte >= 0x20, byte < 0x7f else { return nil }
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = next, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\")
                    else {
                        return nil
                    }
                    index += 1
                    text.append(escaped)
                } else {
                    text.append(byte)
                }
            }
            return nil
        }

        private mutating func token() -> String? {
            guard let first = next, Self.isLetter(first) || first == UInt8(ascii: "*") else { return nil }
            let start = index
            while let byte = next, Self.isTokenCharacter(byte) { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        /// `;key` or `;key=value`, any number of them.
        private mutating func parameters() -> Bool {
            while take(UInt8(ascii: ";")) {
                skipSpace()
                guard let first = next, Self.isKeyStart(first) else { return false }
                while let byte = next, Self.isKeyCharacter(byte) { index += 1 }
                if take(UInt8(ascii: "=")), !bareItem() { return false }
            }
            return true
        }

        private mutating func bareItem() -> Bool {
            switch next {
            case UInt8(ascii: "\""): return string() != nil
            // Numbers, dates, booleans and byte sequences: only their extent matters.
            case .some(let byte) where Self.isLetter(byte) || byte == UInt8(ascii: "*"): return token() != nil
            default:
                let start = index
                while let byte = next,
                    Self.isTokenCharacter(byte) || byte == UInt8(ascii: "?")
                        || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "=")
                {
                    index += 1
                }
                return index > start
            }
        }

        private static func isLetter(_ byte: UInt8) -> Bool {
            (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
        }
        private static func isDigit(_ byte: UInt8) -> Bool {
            byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        }
        private static func isKeyStart(_ byte: UInt8) -> Bool {
            (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || byte == UInt8(ascii: "*")
        }
        private static func isKeyCharacter(_ byte: UInt8) -> Bool {
            isKeyStart(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
        }
        private static func isTokenCharacter(_ byte: UInt8) -> Bool {
            isLetter(byte) || isDigit(byte) || "!#$%&'*+-.^_`|~:/".utf8.contains(byte)
        }
    }
}
