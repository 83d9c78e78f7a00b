import Glibc
import QUICTransport
import RelayHost
import Tooling

/// Prints a sentence and ends the process.
func fail(_ code: ExitCode, _ sentence: String) -> Never {
    Log(program: "cascade-relay").error(sentence)
    exit(code.rawValue)
}

let arguments: Arguments
var configuration: RelayConfiguration
do throws(UsageError) {
    arguments = try Options.syntax.parse(Array(CommandLine.arguments.dropFirst()))
    if arguments.wantsHelp {
        StandardStream.write(Options.syntax.helpText(width: min(StandardStream.columns(1), 100)))
        exit(ExitCode.done.rawValue)
    }
    if arguments.has("version") {
        StandardStream.write("cascade-relay \(RelayServer.version)\n")
        exit(ExitCode.done.rawValue)
    }
    configuration = try Options.configuration(from: arguments)
} catch {
    fail(.usage, error.message)
}

let log = Log(program: "cascade-relay", level: [.warning, .info, .debug][min(arguments.count("verbose"), 2)])

configuration.note = { [log] in log.info($0) }

// Signals wait for `sigwait` below; threads that start later inherit the mask.
signal(SIGPIPE, SIG_IGN)
var signals = sigset_t()
sigemptyset(&signals)
sigaddset(&signals, SIGTERM)
sigaddset(&signals, SIGINT)
pthread_sigmask(SIG_BLOCK, &signals, nil)

let server: RelayServer
do throws(TransportError) {
    server = try RelayServer(configuration)
} catch {
    fail(.failed, error.message)
}

let addresses = server.listen.map { "listen=\($0)" }.joined(separator: " ")
StandardStream.write("cascade-relay ready \(addresses) sha256=\(server.certificateSHA256)\n")

var received: Int32 = 0
sigwait(&signals, &received)
log.info("draining; a second signal ends at once")
server.drain {
    exit(ExitCode.done.rawValue)
}
// A shell or `timeout` may signal both the process and its group: that is still the first time.
var pause = timespec(tv_sec: 0, tv_nsec: 300_000_000)
while sigtimedwait(&signals, nil, &pause) > 0 {}
sigwait(&signals, &received)
exit(ExitCode.done.rawValue)
