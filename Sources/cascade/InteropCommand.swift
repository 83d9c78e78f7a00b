import Glibc
import MOQTModel
import QUICTransport
import Tooling

/// `cascade interop`: the test cases that MoQT implementations agreed on, as TAP version 14.
final class InteropCommand {
    static let syntax = CommandSyntax(
        name: "cascade interop",
        summary: "Runs the standard interoperability tests against a relay (TAP version 14).",
        details: [
            "Exit code 0 when all tests pass, 1 when one fails, 127 for a test that this client does not have.",
            "The environment variables RELAY_URL, TESTCASE, TLS_DISABLE_VERIFY (1), MOQT_DRAFT (draft-NN) and "
                + "VERBOSE (1) stand in for arguments that are not given.",
        ],
        operands: [CommandSyntax.Operand("URL", CommonOptions.operand.help, isRequired: false)],
        options: [
            .value("test", "NAME", short: "t", "Run this test only."),
            .flag("list", short: "l", "Name the tests, one per line, and end."),
            .value("relay", "URL", short: "r", "The same as the argument."),
            .flag("tls-disable-verify", "The same as --insecure."),
        ] + CommonOptions.syntax,
        examples: [
            (
                comment: "All tests against a relay on this machine:",
                command: "cascade interop moqt://localhost:4443/ --insecure"
            )
        ])

    private let options: CommonOptions?
    private let names: [String]
    private let lists: Bool
    private let unsupported: String?

    init(_ arguments: Arguments) throws(UsageError) {
        lists = arguments.has("list")
        let wanted = arguments.string("test") ?? Self.environment("TESTCASE")
        let all = InteropCase.all.map(\.name)
        names = wanted.map { [$0] } ?? all
        unsupported = wanted.flatMap { all.contains($0) ? nil : $0 }
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
            for test in InteropCase.all { StandardStream.write("\(test.name)\n") }
            return .done
        }
        if let unsupported {
            Log(program: "cascade").error(
                "there is no test '\(Printable.escaped(unsupported, limit: 100))' here (try --list)")
            return .unsupportedTest
        }
        guard let options else { return .usage }
        StandardStream.write(
            "TAP version 14\n# cascade \(Program.version)\n# Relay: \(options.url)\n1..\(names.count)\n")
        var allPassed = true
        var shownDraft: String?
        for (index, name) in names.enumerated() {
            guard let test = InteropCase.all.first(where: { $0.name == name }) else { continue }
            let result = test.run(options)
            if let draft = result.draft, draft != shownDraft {
                shownDraft = draft
                StandardStream.write("# Draft: \(draft)\n")
            }
            allPassed = allPassed && result.passed
            StandardStream.write(result.tap(number: index + 1, name: name))
        }
        return allPassed ? .done : .failed
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
