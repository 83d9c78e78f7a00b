import MOQTClient
import MOQTModel
import MOQTSession
import QUICTransport
import Tooling

/// `cascade namespaces`: which namespaces exist.
final class NamespacesCommand {
    static let syntax = CommandSyntax(
        name: "cascade namespaces", summary: "Lists the namespaces that a relay knows.",
        details: ["One namespace per line, its fields separated by '/', any other byte as %xx."],
        operands: [CommonOptions.operand],
        options: [
            .value("prefix", "A/B", "Only namespaces that begin with these fields. Default: all."),
            .flag("follow", "Go on: '+ a/b' when a namespace appears, '- a/b' when it vanishes."),
            .value(
                "timeout", "TIME", "Give up when the relay has not answered after this time. Default: 10s."),
        ] + CommonOptions.syntax,
        examples: [
            (
                comment: "What is on the air, now and from now on:",
                command: "cascade namespaces moqt://localhost:4443/ --insecure --follow"
            )
        ])

    private let options: CommonOptions
    private let prefix: TrackNamespace
    private let follows: Bool
    private let timeout: UInt64
    private var known: Set<TrackNamespace> = []
    /// Silence after which the list counts as complete: the protocol has no mark for it.
    private static let settleTime: UInt64 = 300

    init(_ arguments: Arguments) throws(UsageError) {
        options = try CommonOptions(arguments, url: arguments.operands[0])
        prefix = try NamespaceText.namespace(arguments.string("prefix") ?? "")
        follows = arguments.has("follow")
        timeout = try arguments.milliseconds("timeout") ?? 10_000
    }

    func run() throws(UsageError) -> ExitCode {
        let runner: Runner
        do throws(TransportError) { runner = try Runner(options) } catch { throw UsageError(error.message) }
        var isAccepted = false
        var settle: TimerID?
        runner.onInterrupt = { [unowned runner] in runner.finish(.done) }
        let settled = { [unowned runner] in
            if let settle { runner.loop.cancel(settle) }
            settle = runner.loop.schedule(afterMilliseconds: Self.settleTime) { [unowned runner] in
                runner.finish(.done)
            }
        }
        let connection = runner.connect { [self, unowned runner] connection in
            do throws(SessionCommandFailure) {
                _ = try connection.watchNamespaces(prefix) { [self, unowned runner] event in
                    switch event {
                    case .accepted:
                        isAccepted = true
                        if !follows { settled() }
                    case .refused(let failure):
                        runner.fail(.refused, FailureText.request("the request for namespaces", failure))
                    case .appeared(let namespace):
                        guard known.insert(namespace).inserted else { return }
                        show(namespace, appeared: true)
                        if !follows, isAccepted { settled() }
                    case .vanished(let namespace):
                        if known.remove(namespace) != nil, follows { show(namespace, appeared: false) }
                    }
                }
            } catch {
                runner.fail(
                    .usage,
                    "\(connection.draft.map { "\($0)" } ?? "this draft") cannot ask for every namespace: give a --prefix"
                )
            }
        }
        guard connection != nil else { return .failed }
        runner.loop.schedule(afterMilliseconds: timeout) { [unowned runner] in
            if !isAccepted { runner.fail(.timedOut, "the relay has not answered in time") }
        }
        return runner.run()
    }

    private func show(_ namespace: TrackNamespace, appeared: Bool) {
        let text = NamespaceText.text(namespace)
        if options.isJSON {
            var line = JSONLine(event: appeared ? "appeared" : "vanished")
            line.add("namespace", text)
            StandardStream.write(line.text)
        } else {
            StandardStream.write(follows ? "\(appeared ? "+" : "-") \(text)\n" : "\(text)\n")
        }
    }
}
