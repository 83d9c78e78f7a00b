/// A command line after parsing: typed access to its options, with errors as sentences.
///
/// Asking for an option that the command does not declare is our own bug and stops the program.
public struct Arguments: Sendable {
    /// The words without dashes, in order.
    public let operands: [String]
    /// `--help` or `-h` was given; nothing else was checked.
    public internal(set) var wantsHelp = false
    public let syntax: CommandSyntax
    private let values: [String: [String]]

    init(syntax: CommandSyntax, values: [String: [String]], operands: [String]) {
        self.syntax = syntax
        self.values = values
        self.operands = operands
    }

    /// Whether the option was given at all.
    public func has(_ name: String) -> Bool { !strings(name).isEmpty }

    /// How often a flag was given (`-vv` is 2).
    public func count(_ name: String) -> Int { strings(name).count }

    /// Every value of a repeated option, in order.
    public func strings(_ name: String) -> [String] {
        precondition(syntax.option(name) != nil, "undeclared option")
        return values[name] ?? []
    }

    /// The value, or nil when the option is absent.
    public func string(_ name: String) -> String? { strings(name).last }

    /// The value of an option that the command cannot do without.
    public func requiredString(_ name: String) throws(UsageError) -> String {
        guard let value = string(name) else {
            let placeholder = syntax.option(name)?.value ?? "VALUE"
            throw UsageError("--\(name) \(placeholder) is missing (try '\(syntax.name) --help')")
        }
        return value
    }

    /// A whole number within `range`.
    public func integer<T: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<T> = T.min...T.max
    ) throws(UsageError) -> T? {
        guard let text = string(name) else { return nil }
        guard let value = T(text), range.contains(value) else {
            throw UsageError(
                "--\(name) wants a whole number from \(range.lowerBound) to \(range.upperBound), not \(quoted(text))"
            )
        }
        return value
    }

    /// A time span such as `10`, `1.5`, `500ms`, `10s`, `2m` (a bare number means seconds), in milliseconds.
    public func milliseconds(_ name: String) throws(UsageError) -> UInt64? {
        guard let text = string(name) else { return nil }
        guard let value = Quantity.milliseconds(from: text) else {
            throw UsageError("--\(name) wants a time such as 10, 1.5s, 500ms or 2m, not \(quoted(text))")
        }
        return value
    }

    /// A number of bytes such as `1200`, `64k`, `16M`, `1G` (powers of 1024).
    public func byteCount(_ name: String) throws(UsageError) -> Int? {
        guard let text = string(name) else { return nil }
        guard let value = Quantity.byteCount(from: text) else {
            throw UsageError("--\(name) wants a size such as 1200, 64k or 16M, not \(quoted(text))")
        }
        return value
    }

    /// One of a fixed set of words.
    public func choice<T: RawRepresentable & CaseIterable>(
        _ name: String, _ type: T.Type = T.self
    ) throws(UsageError) -> T? where T.RawValue == String {
        guard let text = string(name) else { return nil }
        guard let value = T(rawValue: text) else {
            let words = T.allCases.map(\.rawValue)
            let hint = Spelling.nearest(to: text, among: words).map { ": did you mean \($0)?" } ?? ""
            throw UsageError("--\(name) wants \(words.joined(separator: ", ")), not \(quoted(text))\(hint)")
        }
        return value
    }

    /// A list of whole numbers separated by commas, repeated options joined.
    public func integers<T: FixedWidthInteger>(_ name: String) throws(UsageError) -> [T] {
        var result: [T] = []
        for text in strings(name) {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let value = T(part) else {
                    throw UsageError("--\(name) wants whole numbers separated by commas, not \(quoted(text))")
                }
                result.append(value)
            }
        }
        return result
    }

    private func quoted(_ text: String) -> String { "'\(Printable.escaped(text, limit: 100))'" }
}
