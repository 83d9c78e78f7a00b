import Tooling

/// The outcome of one interoperability test.
struct InteropResult {
    var passed: Bool
    var milliseconds: UInt64
    var expected: String
    var received: String
    var message: String?
    /// What was negotiated: `draft-18`.
    var draft: String?

    /// A TAP test point with its YAML diagnostics.
    func tap(number: Int, name: String) -> String {
        var text = "\(passed ? "ok" : "not ok") \(number) - \(name)\n  ---\n  duration_ms: \(milliseconds)\n"
        if !passed {
            text += "  expected: \(Self.quoted(expected))\n  received: \(Self.quoted(received))\n"
        }
        if let message { text += "  message: \(Self.quoted(message))\n" }
        if let draft { text += "  draft: \(draft)\n" }
        return text + "  ...\n"
    }

    /// A double-quoted YAML scalar: what `Printable` leaves needs quotes and backslashes escaped only.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in Printable.escaped(text, limit: 400, doublesBackslashes: false) {
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "\""
    }
}
