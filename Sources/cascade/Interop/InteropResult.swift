import Tooling

/// The outcome of one interoperability test.
struct InteropResult {
    var passed: Bool
    /// Counts as passed; `message` says why it was not run to its end.
    var isSkipped = false
    var milliseconds: UInt64
    var expected: String
    var received: String
    var message: String?
    /// What was negotiated: `draft-18`.
    var draft: String?

    /// A TAP test point with its YAML diagnostics.
    func tap(number: Int, name: String) -> String {
        let skip = isSkipped ? " # SKIP \(Printable.escaped(message ?? ""))" : ""
        var text =
            "\(passed ? "ok" : "not ok") \(number) - \(name)\(skip)\n  ---\n  duration_ms: \(milliseconds)\n"
        if !passed {
            text += "  expected: \(Self.quoted(expected))\n  received: \(Self.quoted(received))\n"
        }
        if let message { text += "  message: \(Self.quoted(message))\n" }
        if let draft { text += "  draft: \(draft)\n" }
        return text + "  ...\n"
    }

    /// One JSON object on one line.
    func json(name: String, rule: String) -> String {
        var line = JSONLine(event: "test")
        line.add("name", name)
        line.add("section", rule)
        line.add("result", isSkipped ? "skipped" : passed ? "passed" : "failed")
        line.add("duration_ms", milliseconds)
        if !passed {
            line.add("expected", expected)
            line.add("received", received)
        }
        line.add("message", message)
        line.add("draft", draft)
        return line.text
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
