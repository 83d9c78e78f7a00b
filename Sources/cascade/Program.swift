import MOQTClient
import Tooling

/// Finds the subcommand and runs it.
enum Program {
    struct Command: Sendable {
        var syntax: CommandSyntax
        var run: @Sendable (Arguments) throws(UsageError) -> ExitCode
    }

    static let commands: [(name: String, command: Command)] = [
        (
            "publish",
            Command(syntax: PublishCommand.syntax) { arguments throws(UsageError) in
                try PublishCommand(arguments).run()
            }
        ),
        (
            "subscribe",
            Command(syntax: SubscribeCommand.syntax) { arguments throws(UsageError) in
                try SubscribeCommand(arguments).run()
            }
        ),
        (
            "fetch",
            Command(syntax: FetchCommand.syntax) { arguments throws(UsageError) in
                try FetchCommand(arguments).run()
            }
        ),
        (
            "namespaces",
            Command(syntax: NamespacesCommand.syntax) { arguments throws(UsageError) in
                try NamespacesCommand(arguments).run()
            }
        ),
        (
            "interop",
            Command(syntax: InteropCommand.syntax) { arguments throws(UsageError) in
                try InteropCommand(arguments).run()
            }
        ),
        (
            "bench",
            Command(syntax: BenchCommand.syntax) { arguments throws(UsageError) in
                try BenchCommand(arguments).run()
            }
        ),
        (
            "drafts",
            Command(syntax: DraftsCommand.syntax) { _ throws(UsageError) in DraftsCommand.run() }
        ),
        (
            "decode",
            Command(syntax: DecodeCommand.syntax) { arguments throws(UsageError) in
                try DecodeCommand(arguments).run()
            }
        ),
    ]

    static func run(_ words: [String]) -> ExitCode {
        let log = Log(program: "cascade")
        guard let name = words.first, name != "--help", name != "-h", name != "help" else {
            StandardStream.write(overview, to: words.isEmpty ? 2 : 1)
            return words.isEmpty ? .usage : .done
        }
        if name == "--version" {
            StandardStream.write("cascade \(version)\n")
            return .done
        }
        guard let command = commands.first(where: { $0.name == name })?.command else {
            let nearest = Spelling.nearest(to: name, among: commands.map(\.name))
            let hint = nearest.map { ": did you mean \($0)?" } ?? " (try 'cascade --help')"
            log.error("unknown command '\(Printable.escaped(name, limit: 100))'\(hint)")
            return .usage
        }
        do throws(UsageError) {
            let arguments = try command.syntax.parse(Array(words.dropFirst()))
            if arguments.wantsHelp {
                StandardStream.write(command.syntax.helpText(width: min(StandardStream.columns(1), 100)))
                return .done
            }
            return try command.run(arguments)
        } catch {
            log.error(error.message)
            return .usage
        }
    }

    static let version = "0.1.0"

    private static var overview: String {
        var lines = [
            "The client tool of Cascade, a Media-over-QUIC relay: publishes and subscribes tracks from a shell.",
            "",
            "Usage: cascade COMMAND [arguments]", "", "Commands:",
        ]
        for (name, command) in commands {
            let padding = String(repeating: " ", count: max(1, 14 - name.count))
            lines.append("  \(name)\(padding)\(command.syntax.summary)")
        }
        lines += [
            "", "Try 'cascade COMMAND --help' for its options. A first stream, with a relay on this machine:",
            "  cascade-relay --listen 127.0.0.1:4443",
            "  cascade subscribe moqt://127.0.0.1:4443/ --insecure --namespace demo --track words --framing lines",
            "  seq 10 | cascade publish moqt://127.0.0.1:4443/ --insecure --namespace demo --track words --framing lines",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
