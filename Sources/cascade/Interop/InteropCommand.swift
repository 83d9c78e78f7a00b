import Glibc
import MOQTModel
import QUICTransport
import Tooling

/// `cascade interop`: the test cases that MoQT implementations agreed on, and ours, as TAP version 14.
final class InteropCommand {
    static let syntax = CommandSyntax(
        name: "cascade interop",
        summary: "Runs interoperability and conformance tests against a relay (TAP version 14).",
        details: [
            "Without --test or --all it runs the six tests that MoQT implementations have agreed on. The others check "
                + "objects on their way through the relay, its control messages, and that it closes a session that "
                + "breaks a rule with the right code; a relay that was built for something else may well fail some.",
            "Exit code 0 when all tests pass, 1 when one fails, 127 for a test that this client does not have.",
            "The environment variables RELAY_URL, TESTCASE, TLS_DISABLE_VERIFY (1), MOQT_DRAFT (draft-NN) and "
                + "VERBOSE (1) stand in for arguments that are not given.",
        ],
        operands: [CommandSyntax.Operand("URL", CommonOptions.operand.help, isRequired: false)],
        options: [
            .value("test", "NAME", short: "t", repeats: true, "Run this test only. Repeatable."),
            .flag("all", short: "a", "Run every test, not only the standard ones."),
            .flag("list", short: "l", "Name the tests, one per line with the rule that it checks, and end."),
            .value("relay", "URL", short: "r", "The same as the argument."),
            .flag("tls-disable-verify", "The same as --insecure."),
        ] + CommonOptions.syntax,
        examples: [
            (
                comment: "All tests against a relay on this machine:",
                command: "cascade interop moqt://localhost:4443/ --insecure"
            ),
            (
                comment: "Every test at one draft, for a program to read:",
                command: "cascade interop https://relay.example/ --all --draft 18 --json"
            ),
        ])

    private let options: CommonOptions?
    private let names: [String]
    private let lists: Bool
    private let unsupported: String?

    init(_ arguments: Arguments) throws(UsageError) {
        lists = arguments.has("list")
        var wanted = arguments.strings("test")
        if wanted.isEmpty, let name = Self.environment("TESTCASE") { wanted = [name] }
        let known = InteropCase.all.map(\.name)
        let usual = arguments.has("all") ? InteropCase.all : InteropCase.standard
        names = wanted.isEmpty ? usual.map(\.name) : wanted
        unsupported = wanted.first { !known.contains($0) }
        if lists {
            options = nil
            return
        }
        let url =
            arguments.operands.first ?? arguments.string("relay") ?? Self.environment("RELAY_URL")
            ?? "https://localhost:4443"
        let insecure = arguments.has("tls-disable-verify") || Self.environment("TLS_DISABLE_VERIFY") == "1"
        var options = try CommonOptions(arguments, url: url, insecure: insecure)
        if !arguments.has("draft"), let text = Self.environment("MOQT_DRAFT") {
            try options.confine(to: text)
        }
        if Self.environment("VERBOSE") == "1" { options.log.level = max(options.log.level, .info) }
        self.options = options
    }

    func run() throws(UsageError) -> ExitCode {
        if lists {
            let width = InteropCase.all.map(\.name.count).max() ?? 0
            for test in InteropCase.all {
                let space = String(repeating: " ", count: width - test.name.count + 2)
                StandardStream.write("\(test.name)\(space)\(test.rule)\n")
            }
            return .done
        }
        if let unsupported {
            Log(program: "cascade").error(
                "there is no test '\(Printable.escaped(unsupported, limit: 100))' here (try --list)")
            return .unsupportedTest
        }
        guard let options else { return .usage }
        if !options.isJSON {
            StandardStream.write(
                "TAP version 14\n# cascade \(Program.version)\n# Relay: \(options.url)\n1..\(names.count)\n")
        }
        var counts = (passed: 0, failed: 0, skipped: 0)
        var shownDraft: String?
        for (index, name) in names.enumerated() {
            guard let test = InteropCase.all.first(where: { $0.name == name }) else { continue }
            let result = test.run(options)
            if result.isSkipped {
                counts.skipped += 1
            } else if result.passed {
                counts.passed += 1
            } else {
                counts.failed += 1
            }
            if options.isJSON {
                StandardStream.write(result.json(name: name, rule: test.rule))
                continue
            }
            if let draft = result.draft, draft != shownDraft {
                shownDraft = draft
                StandardStream.write("# Draft: \(draft)\n")
            }
            StandardStream.write(result.tap(number: index + 1, name: name))
        }
        if options.isJSON { StandardStream.write(Self.summary(options, counts)) }
        return counts.failed == 0 ? .done : .failed
    }

    private static func summary(
        _ options: CommonOptions, _ counts: (passed: Int, failed: Int, skipped: Int)
    ) -> String {
        var line = JSONLine(event: "summary")
        line.add("relay", "\(options.url)")
        line.add("passed", counts.passed)
        line.add("failed", counts.failed)
        line.add("skipped", counts.skipped)
        return line.text
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
