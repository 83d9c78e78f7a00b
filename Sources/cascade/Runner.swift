import Containers
import Glibc
import MOQTClient
import QUICTransport
import Tooling

/// Runs one subcommand on this thread's event loop until it has an exit code.
final class Runner {
    let options: CommonOptions
    let loop: EventLoop
    let client: Client
    var log: Log { options.log }
    /// Called at the first SIGINT or SIGTERM; a second one ends the process at once.
    var onInterrupt: () -> Void

    /// Milliseconds of silence after which a relay counts as dead, where there is something to do about it.
    private static let idleTimeout: UInt64 = 8_000

    private var exitCode: ExitCode?
    private var isClosed = false

    init(_ options: CommonOptions) throws(TransportError) {
        self.options = options
        loop = try EventLoop()
        client = Client(loop: loop)
        onInterrupt = {}
        onInterrupt = { [unowned self] in finish(.failed) }
    }

    var now: Instant { loop.now }
    var milliseconds: UInt64 { loop.now.nanoseconds / 1_000_000 }

    /// Microseconds since 1970.
    static func wallClock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000_000 + UInt64(max(0, time.tv_nsec)) / 1000
    }

    /// Connects with failures turned into an exit code; nil when it could not even begin.
    /// `place`: elsewhere than the command line says.
    func connect(
        to place: ClientConfiguration? = nil, established: @escaping (ClientConnection) -> Void
    ) -> ClientConnection? {
        do throws(TransportError) {
            let connection = try client.connect(place ?? options.client)
            connection.onEstablished = { [unowned self, unowned connection] in
                let place = connection.configuration.authority
                log.info("connected to \(place) with \(connection.draft.map { "\($0)" } ?? "no draft")")
                established(connection)
            }
            connection.onClosed = { [unowned self] closure in closed(closure) }
            connection.onGoAway = { [log] uri in
                log.warning(
                    "the relay is going away\(uri.isEmpty ? "" : "; it names \(Printable.escaped(uri))")")
            }
            return connection
        } catch {
            log.error("cannot connect to \(options.url): \(error.message)")
            exitCode = .failed
            return nil
        }
    }

    /// Connects and stays connected: `established` is called for each connection that the command is to use
    /// from then on. nil when it could not even begin.
    func connectResiliently(
        established: @escaping (ClientConnection) -> Void
    ) -> ResilientConnection? {
        var configuration = options.client
        if options.reconnects {
            // A relay that was killed says nothing: its silence must be noticed while its successor is still wanted.
            configuration.idleTimeoutMilliseconds = Self.idleTimeout
            configuration.keepAliveMilliseconds = Self.idleTimeout / 4
        }
        let place = ResilientConnection(
            client: client, configuration: configuration,
            policy: options.reconnects ? ReconnectPolicy() : nil
        ) { [unowned self] event in
            switch event {
            case .established(let connection):
                let configuration = connection.configuration
                log.info(
                    "connected to \(configuration.authority) with "
                        + (connection.draft.map { "\($0)" } ?? "no draft"))
                established(connection)
            case .goingAway(_, let uri):
                log.warning(
                    "the relay is going away\(uri.isEmpty ? "" : "; it names \(Printable.escaped(uri))")")
            case .lost(let closure, let delay):
                log.warning(
                    "\(FailureText.closure(closure, options).text); the next attempt follows in \(delay) ms")
            case .failed(let closure): closed(closure)
            }
        }
        do throws(TransportError) { try place.start() } catch {
            log.error("cannot connect to \(options.url): \(error.message)")
            exitCode = .failed
            return nil
        }
        return place
    }

    func closed(_ closure: ClientClosure) {
        if exitCode != nil { return }
        let (text, code) = FailureText.closure(closure, options)
        fail(code, text)
    }

    func fail(_ code: ExitCode, _ text: String) {
        if exitCode == nil { log.error(text) }
        finish(code)
    }

    /// The command is over; the first code counts.
    func finish(_ code: ExitCode) {
        if exitCode == nil { exitCode = code }
    }

    var isFinished: Bool { exitCode != nil }

    /// Runs the loop until `finish`, then says goodbye to the peers.
    func run() -> ExitCode {
        watchSignals()
        while exitCode == nil { loop.run(forMilliseconds: 60_000) { self.exitCode != nil } }
        client.close { [self] in isClosed = true }
        loop.run(forMilliseconds: 1_000) { self.isClosed }
        return exitCode ?? .failed
    }

    private func watchSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let runner = LoopBound(self, on: loop)
        let mailbox = loop.mailbox
        let box = Unmanaged.passRetained(
            SignalWait(signals: signals) { mailbox.post { runner.value.onInterrupt() } })
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<SignalWait>.fromOpaque(argument).takeRetainedValue().wait()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}

/// Waits for signals on a thread of its own.
private final class SignalWait: Sendable {
    private let signals: sigset_t
    private let interrupted: @Sendable () -> Void

    init(signals: sigset_t, _ interrupted: @escaping @Sendable () -> Void) {
        self.signals = signals
        self.interrupted = interrupted
    }

    func wait() {
        var set = signals
        var number: Int32 = 0
        sigwait(&set, &number)
        interrupted()
        // A shell or `timeout` may signal both the process and its group: that is still the first time.
        var pause = timespec(tv_sec: 0, tv_nsec: 300_000_000)
        while sigtimedwait(&set, nil, &pause) > 0 {}
        sigwait(&set, &number)
        exit(ExitCode.failed.rawValue)
    }
}
