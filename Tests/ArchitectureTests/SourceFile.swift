import Foundation

/// A text file of the repository, by its path from the root.
struct SourceFile: Sendable {
    let path: String
    let text: String
    /// The lines with comments blanked out; strings stay. Empty for files in another language.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        let stripped = path.hasSuffix(".swift") ? SwiftComments.removed(from: text) : ""
        code = stripped.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    /// `Sources/<target>/...`
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var lineCount: Int { text.split(separator: "\n", omittingEmptySubsequences: false).count }

    /// `path:line: text` for every line of code that `pattern` matches.
    func codeLines(matching pattern: String) -> [String] {
        // One search first: most files have none, and a search costs more than a line.
        guard code.joined(separator: "\n").range(of: pattern, options: .regularExpression) != nil else {
            return []
        }
        return code.enumerated().compactMap { number, line in
            line.range(of: pattern, options: .regularExpression) == nil
                ? nil : "\(path):\(number + 1): \(line.trimmingCharacters(in: .whitespaces))"
        }
    }

    /// The modules that it imports.
    var imports: [String] {
        let pattern = #"^\s*(@\w+\s+)*((public|package|internal|private|fileprivate)\s+)?import\s+"#
        return code.filter { $0.contains("import") }.compactMap { line in
            guard let range = line.range(of: pattern, options: .regularExpression) else { return nil }
            let words = line[range.upperBound...].split(whereSeparator: { $0 == " " || $0 == "." })
            // `import struct Foundation.Data`
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
            ]
            return words.first { !kinds.contains($0) }.map(String.init)
        }
    }

    /// The types that it declares outside any braces, private ones apart.
    var declaredTypes: [String] {
        let pattern =
            #"^(@\S+\s+|public |package |internal |final |indirect |nonisolated )*"#
            + #"(struct|class|enum|actor|protocol|typealias)\s+"#
        return code.filter { $0.first?.isWhitespace == false }.compactMap { line in
            guard let range = line.range(of: pattern, options: .regularExpression) else { return nil }
            return String(line[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        }
    }
}
