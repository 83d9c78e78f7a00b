/// One option of a command, declared once: the parser, the getters and `--help` all read it.
public struct OptionSyntax: Sendable {
    /// Without the dashes: `tls-cert`.
    public var name: String
    /// A one-letter alias (`v` for `-v`).
    public var short: Character?
    /// How `--help` names the value (`FILE`); nil for an option that takes none.
    public var value: String?
    /// May be given several times with different values.
    public var repeats: Bool
    /// What it does, in a sentence or two; wrapped to the terminal by `--help`.
    public var help: String
    /// Heading under which `--help` lists it.
    public var section: String

    /// An option without a value: present or absent.
    public static func flag(
        _ name: String, short: Character? = nil, _ help: String, section: String = "Options"
    ) -> OptionSyntax {
        OptionSyntax(name: name, short: short, value: nil, repeats: true, help: help, section: section)
    }

    /// An option with a value: `--name VALUE` or `--name=VALUE`.
    public static func value(
        _ name: String, _ value: String, short: Character? = nil, repeats: Bool = false, _ help: String,
        section: String = "Options"
    ) -> OptionSyntax {
        OptionSyntax(name: name, short: short, value: value, repeats: repeats, help: help, section: section)
    }
}
