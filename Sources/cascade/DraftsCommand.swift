import MOQTText
import Tooling

/// `cascade drafts`: what is spoken, draft by draft.
enum DraftsCommand {
    static let syntax = CommandSyntax(
        name: "cascade drafts",
        summary: "Shows what Cascade speaks of each MoQT draft, as a Markdown table.",
        details: ["`make drafts` writes it into README.md."],
        operands: [], options: [],
        examples: [(comment: "The table:", command: "cascade drafts")])

    static func run() -> ExitCode {
        StandardStream.write(DraftTable.markdown())
        return .done
    }
}
