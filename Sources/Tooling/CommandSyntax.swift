/// What a program or subcommand accepts, as data: parses a command line and explains itself.
public struct CommandSyntax: Sendable {
    /// A word without dashes, such as a URL.
    public struct Operand: Sendable {
        public var name: String
        public var help: String
        public var isRequired: Bool

        public init(_ name: String, _ help: String, isRequired: Bool = true) {
            self.name = name
            self.help = help
            self.isRequired = isRequired
        }
    }

    /// As typed: `cascade publish`.
    public var name: String
    /// One sentence, also shown in the program's list of subcommands.
    public var summary: String
    /// What a newcomer should know before the options, in paragraphs.
    public var details: [String]
    public var operands: [Operand]
    public var options: [OptionSyntax]
    /// Command lines that work as they stand, each with a comment.
    public var examples: [(comment: String, command: String)]

    public init(
        name: String, summary: String, details: [String] = [], operands: [Operand] = [],
        options: [OptionSyntax] = [], examples: [(comment: String, command: String)] = []
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.operands = operands
        self.options = options
        self.examples = examples
    }

    /// Reads the words that follow the program's (and subcommand's) name.
    ///
    /// `--x V`, `--x=V`, `-x V`, clustered flags (`-vv`), `--` before operands that begin with a dash; a lone
    /// `-` is a value (standard input or output). `--help` and `-h` are understood everywhere and stop the
    /// parsing: see `Arguments.wantsHelp`. Throws a sentence for the first thing that is wrong.
    public func parse(_ words: [String]) throws(UsageError) -> Arguments {
        var parser = ArgumentParser(syntax: self)
        for word in words {
            if parser.wantsHelp { break }
            try parser.read(word)
        }
        return try parser.finish()
    }

    /// The option called `name` (long form, without dashes).
    func option(_ name: some StringProtocol) -> OptionSyntax? { options.first { $0.name == name } }
}
