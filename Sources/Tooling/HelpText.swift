extension CommandSyntax {
    /// The text of `--help`: usage line, what it does, options by section, examples.
    ///
    /// `width`: columns to wrap at, at least 40.
    public func helpText(width: Int = 100) -> String {
        let columns = max(width, 40)
        var lines = [summary, "", "Usage: \(usageLine)"]
        for paragraph in details {
            lines.append("")
            lines += Self.wrap(paragraph, width: columns)
        }
        if !operands.isEmpty {
            lines += ["", "Arguments:"]
            lines += Self.table(operands.map { ($0.name, $0.help) }, width: columns)
        }
        var sections: [String] = []
        for option in options where !sections.contains(option.section) { sections.append(option.section) }
        for section in sections {
            lines += ["", "\(section):"]
            let rows = options.filter { $0.section == section }.map { (Self.label($0), $0.help) }
            lines += Self.table(rows, width: columns)
        }
        if !examples.isEmpty {
            lines += ["", "Examples:"]
            for example in examples {
                lines += Self.wrap(example.comment, width: columns - 4).map { "  # \($0)" }
                lines.append("  \(example.command)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var usageLine: String {
        var words = [name]
        words += operands.map { $0.isRequired ? $0.name : "[\($0.name)]" }
        if !options.isEmpty { words.append("[options]") }
        return words.joined(separator: " ")
    }

    private static func label(_ option: OptionSyntax) -> String {
        let short = option.short.map { "-\($0), " } ?? ""
        return short + "--" + option.name + (option.value.map { " \($0)" } ?? "")
    }

    /// Two columns; a long left cell stands on a line of its own.
    static func table(_ rows: [(left: String, right: String)], width: Int) -> [String] {
        let indent = min(rows.map(\.left.count).max() ?? 0, 28) + 4
        var lines: [String] = []
        for row in rows {
            let text = wrap(row.right, width: max(width - indent, 20))
            var first = "  " + row.left
            if first.count + 2 > indent {
                lines.append(first)
                first = ""
            }
            for (number, line) in text.enumerated() {
                let left = number == 0 ? first : ""
                lines.append(left + String(repeating: " ", count: indent - left.count) + line)
            }
        }
        return lines
    }

    static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }
}
