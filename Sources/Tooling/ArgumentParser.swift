/// One pass over a command line; `CommandSyntax.parse` feeds it word by word.
struct ArgumentParser {
    let syntax: CommandSyntax
    private(set) var wantsHelp = false
    private var values: [String: [String]] = [:]
    private var operands: [String] = []
    private var pending: OptionSyntax?
    private var optionsEnded = false

    init(syntax: CommandSyntax) { self.syntax = syntax }

    mutating func read(_ word: String) throws(UsageError) {
        if let option = pending {
            if word.hasPrefix("--"), word.count > 2 { throw missingValue(option) }
            pending = nil
            try record(option, word)
        } else if optionsEnded || word == "-" || !word.hasPrefix("-") {
            operands.append(word)
        } else if word == "--" {
            optionsEnded = true
        } else if word.hasPrefix("--") {
            try readLong(word.dropFirst(2))
        } else {
            try readShort(word.dropFirst())
        }
    }

    mutating func finish() throws(UsageError) -> Arguments {
        var arguments = Arguments(syntax: syntax, values: values, operands: operands)
        arguments.wantsHelp = wantsHelp
        if wantsHelp { return arguments }
        if let option = pending { throw missingValue(option) }
        if operands.count > syntax.operands.count {
            let extra = operands[syntax.operands.count]
            throw UsageError("unexpected argument \(quoted(extra))\(tryHelp)")
        }
        if operands.count < syntax.operands.count {
            let missing = syntax.operands[operands.count]
            if missing.isRequired {
                throw UsageError("\(missing.name) is missing: \(missing.help)\(tryHelp)")
            }
        }
        return arguments
    }

    private mutating func readLong(_ text: Substring) throws(UsageError) {
        let name = text.prefix { $0 != "=" }
        let inline = name.endIndex < text.endIndex ? String(text[text.index(after: name.endIndex)...]) : nil
        if name == "help" {
            wantsHelp = true
            return
        }
        guard let option = syntax.option(name) else { throw unknown("--\(name)") }
        if option.value == nil {
            if inline != nil { throw UsageError("--\(name) takes no value") }
            try record(option, "")
        } else if let inline {
            try record(option, inline)
        } else {
            pending = option
        }
    }

    private mutating func readShort(_ letters: Substring) throws(UsageError) {
        for (offset, letter) in letters.enumerated() {
            if letter == "h" {
                wantsHelp = true
                return
            }
            guard let option = syntax.options.first(where: { $0.short == letter }) else {
                throw unknown("-\(letters)")
            }
            if option.value == nil {
                try record(option, "")
            } else {
                let rest = letters.dropFirst(offset + 1)
                if rest.isEmpty { pending = option } else { try record(option, String(rest)) }
                return
            }
        }
    }

    private mutating func record(_ option: OptionSyntax, _ value: String) throws(UsageError) {
        if !option.repeats, values[option.name] != nil {
            throw UsageError("--\(option.name) is given twice")
        }
        values[option.name, default: []].append(value)
    }

    private func missingValue(_ option: OptionSyntax) -> UsageError {
        UsageError("--\(option.name) needs a value: --\(option.name) \(option.value ?? "VALUE")")
    }

    private func unknown(_ word: String) -> UsageError {
        let candidates = syntax.options.map { "--" + $0.name } + ["--help"]
        guard let nearest = Spelling.nearest(to: word, among: candidates) else {
            return UsageError("unknown option \(quoted(word))\(tryHelp)")
        }
        return UsageError("unknown option \(quoted(word)): did you mean \(nearest)?")
    }

    private func quoted(_ word: String) -> String { "'\(Printable.escaped(word, limit: 100))'" }
    private var tryHelp: String { " (try '\(syntax.name) --help')" }
}
