/// One flat JSON object on one line, for scripts: keys in the order in which they were added.
public struct JSONLine: Sendable {
    private var members: [String] = []

    /// `event` names what happened.
    public init(event: String) { add("event", event) }

    public mutating func add(_ key: String, _ value: String?) {
        if let value { members.append("\(Self.quoted(key)):\(Self.quoted(value))") }
    }

    public mutating func add(_ key: String, _ value: (some FixedWidthInteger)?) {
        if let value { members.append("\(Self.quoted(key)):\(value)") }
    }

    /// Rounded to three digits after the point.
    public mutating func add(_ key: String, _ value: Double?) {
        if let value, value.isFinite {
            members.append("\(Self.quoted(key)):\(Quantity.decimal(value, digits: 3))")
        }
    }

    public mutating func add(_ key: String, _ value: Bool) { members.append("\(Self.quoted(key)):\(value)") }

    /// With a newline at the end.
    public var text: String { "{\(members.joined(separator: ","))}\n" }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default:
                if scalar.value < 0x20 || (scalar.value >= 0x7F && scalar.value < 0xA0) {
                    result += "\\u00" + Printable.hex([UInt8(truncatingIfNeeded: scalar.value)])
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
