import Foundation

/// The tests that stand in `Tests/`, and the rules that they claim to prove.
///
/// A test claims rules in a comment above it, `// Rules: 19-10.2-3, 16-9.2-1`.
struct TestCatalog {
    struct Claim {
        let rule: String
        /// `Target.File/function`
        let test: String
    }

    /// `Target.File/function`; a raw identifier without its backticks.
    private(set) var tests: Set<String> = []
    private(set) var claims: [Claim] = []
    /// Claims that no test follows.
    private(set) var problems: [String] = []

    static let claim = "// Rules: "

    init(_ files: [SourceFile]) {
        for file in files where file.path.hasPrefix("Tests/") && file.name.hasSuffix(".swift") { read(file) }
    }

    private mutating func read(_ file: SourceFile) {
        let name = "\(file.target).\(file.name.dropLast(6))"
        var isTest = false
        var rules: [String] = []
        for line in file.text.split(separator: "\n") {
            let text = line.drop { $0 == " " }
            if text.hasPrefix(Self.claim) {
                rules += text.dropFirst(Self.claim.count).split(separator: ",").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            }
            if text.hasPrefix("@Test") { isTest = true }
            guard isTest, let function = Self.function(in: text) else { continue }
            tests.insert("\(name)/\(function)")
            claims += rules.map { Claim(rule: $0, test: "\(name)/\(function)") }
            (isTest, rules) = (false, [])
        }
        if !rules.isEmpty { problems.append("\(file.path) claims \(rules) for no test") }
    }

    private static func function(in line: Substring) -> String? {
        guard let start = line.range(of: "func ")?.upperBound else { return nil }
        let rest = line[start...]
        if rest.first == "`" { return String(rest.dropFirst().prefix { $0 != "`" }) }
        return String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
}
