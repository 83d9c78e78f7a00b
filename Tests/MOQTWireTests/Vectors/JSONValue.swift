/// A JSON document as a value that can be compared.
enum JSONValue: Equatable, Decodable {
    case null
    case bool(Bool)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Every integer in the vectors is a string.
    static func number(_ value: some BinaryInteger) -> JSONValue { .string(String(value)) }
    static func flag(_ value: Bool) -> JSONValue { .string(value ? "1" : "0") }
    static func text(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: bytes, as: UTF8.self)) }
    static func hex(_ bytes: [UInt8]) -> JSONValue { .string(bytes.hex) }
}

extension [UInt8] {
    var hex: String {
        let digits = Array<Character>("0123456789abcdef")
        var text = ""
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    /// Ignores blanks; stops the test at anything else that is no hex digit.
    init(hex: String) {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in hex where !character.isWhitespace {
            guard let digit = character.hexDigitValue else { preconditionFailure("not hex: \(hex)") }
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        precondition(high == nil, "odd number of digits: \(hex)")
        self = bytes
    }
}
