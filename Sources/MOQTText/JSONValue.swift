/// A JSON document as a value that can be compared. Integers are strings, as in the published vectors.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    public static func number(_ value: some BinaryInteger) -> JSONValue { .string(String(value)) }
    public static func flag(_ value: Bool) -> JSONValue { .string(value ? "1" : "0") }
    public static func hex(_ bytes: [UInt8]) -> JSONValue { .string(HexText.text(bytes)) }

    /// A number in hexadecimal digits, at least two.
    static func code(_ type: UInt64) -> JSONValue {
        let digits = String(type, radix: 16)
        return .string("0x" + (digits.count == 1 ? "0" : "") + digits)
    }

    /// A name as text; one that is no UTF-8 as `{"hex": ...}`, so that it can be written back.
    static func name(_ bytes: [UInt8]) -> JSONValue {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .object(["hex": .hex(bytes)])
        }
        return .string(text)
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}
