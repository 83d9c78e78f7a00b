import Bench
import Glibc
import MOQTClient
import QUICTransport
import Tooling

/// `cascade bench`: load on a relay, and what it costs.
struct BenchCommand {
    static let syntax = CommandSyntax(
        name: "cascade bench", summary: "Puts load on a relay and measures what it delivers.",
        details: [
            "Publishes and subscribes at a fixed rate whatever the relay does (open loop). Latencies count from the "
                + "moment at which an object was due. A run is void when this program was itself the bottleneck "
                + "(above 70 % of a core) or less than 99.9 % of the objects came; the exit code is then 1.",
            "With --relay-pid or --spawn the relay's own CPU time and memory are read from /proc.",
        ],
        operands: [CommonOptions.operand],
        options: [
            .value("scenario", "FILE", "What to do; Interop/scenarios has some. Flags override it."),
            .value("relay-pid", "N", "The relay's process, on this machine.", section: "Relay"),
            .value(
                "spawn", "CMD", "Start the relay with this shell command and end it afterwards.",
                section: "Relay"),
            .flag(
                "floor", "Not a relay but Interop/floor, which sends objects without MoQT.", section: "Relay"),
            .value("publishers", "N", "Connections that publish.", section: "Load"),
            .value("tracks", "N", "Tracks of each publisher.", section: "Load"),
            .value("subscribers", "N", "Connections that read at full speed.", section: "Load"),
            .value("subscriptions", "N", "Tracks that each of them subscribes to.", section: "Load"),
            .value("object-size", "SIZE", "Bytes of an object.", section: "Load"),
            .value("rate", "N", "Objects per second and track.", section: "Load"),
            .value("group", "N", "Objects per group.", section: "Load"),
            .value("subgroups", "N", "Streams per group.", section: "Load"),
            .flag("datagrams", "Objects as datagrams.", section: "Load"),
            .value("join-time", "TIME", "Time over which the connections are made.", section: "Load"),
            .value("late", "N", "Connections that come at the start of the measurement.", section: "Load"),
            .value("late-time", "TIME", "Time over which those come.", section: "Load"),
            .value(
                "late-stay", "TIME", "How long each of those stays. Default: to the end.", section: "Load"),
            .value("slow", "N", "Connections that read slowly.", section: "Load"),
            .value("slow-rate", "SIZE", "Bytes per second that a slow one reads.", section: "Load"),
            .value("stalled", "N", "Connections that stop reading.", section: "Load"),
            .value("idle", "N", "Connections that do nothing.", section: "Load"),
            .value("churn", "N", "SUBSCRIBEs per second that are cancelled again.", section: "Load"),
            .value("churn-hold", "TIME", "Time until such a SUBSCRIBE is cancelled.", section: "Load"),
            .value(
                "namespaces", "N", "Namespaces announced during the measurement.",
                section: "Load"),
            .value("announcers", "N", "Connections that announce them. Default: 50.", section: "Load"),
            .value(
                "watchers", "N", "Connections that are told of them, each of its share.", section: "Load"),
            .value("warm-up", "TIME", "Time between the last join and the measurement.", section: "Load"),
            .value("duration", "TIME", "Length of the measurement.", section: "Load"),
        ] + CommonOptions.syntax,
        examples: [
            (
                comment: "100 subscribers on one 5 Mbit/s track, and what each object costs the relay:",
                command:
                    "cascade bench moqt://127.0.0.1:4443/ --insecure --scenario Interop/scenarios/P1.json "
                    + "--spawn 'taskset -c 0 cascade-relay --listen 127.0.0.1:4443'"
            )
        ])

    private let options: CommonOptions
    private let scenario: Scenario
    private let target: BenchTarget
    private let relayProcess: Int32?
    private let spawn: String?

    init(_ arguments: Arguments) throws(UsageError) {
        options = try CommonOptions(arguments, url: arguments.operands[0])
        let client = options.client
        let carrier: BenchTarget.Carrier = client.carrier == .webTransport ? .webTransport : .quic
        var target = BenchTarget(
            carrier: arguments.has("floor") ? .floor : carrier, host: client.host, port: client.port)
        target.path = client.path
        target.authority = client.authority
        target.drafts = client.drafts
        target.verification = client.verification
        target.implementation = client.implementation
        self.target = target
        relayProcess = try arguments.integer("relay-pid", in: 1...Int32.max)
        spawn = arguments.string("spawn")
        if spawn != nil, relayProcess != nil {
            throw UsageError("--spawn and --relay-pid exclude each other")
        }
        scenario = try Self.scenario(arguments)
    }

    func run() throws(UsageError) -> ExitCode {
        signal(SIGPIPE, SIG_IGN)
        var relay: SpawnedRelay?
        if let spawn {
            relay = SpawnedRelay(spawn)
            guard relay != nil else {
                options.log.error("cannot start '\(spawn)'")
                return .failed
            }
            // Until it listens; a handshake that finds nobody is refused at once.
            usleep(700_000)
        }
        defer { relay?.end() }
        let showsJSON = options.isJSON || !StandardStream.isTerminal(1)
        var progress = ProgressLine.standardError()
        var meter = TrafficMeter()
        var tickCount = 0
        let show: (BenchRun.Progress) -> Void = { state in
            meter.update(byteCount: state.byteCount, atMilliseconds: state.milliseconds)
            progress.update(Self.text(state, meter), atMilliseconds: state.milliseconds)
            tickCount += 1
            if showsJSON, tickCount % 4 == 0 { StandardStream.write(BenchReport.json(state)) }
        }
        let result: BenchResult
        do throws(TransportError) {
            result = try BenchRun(
                scenario, target: target, relayProcess: relay?.processID ?? relayProcess, onProgress: show
            ).run()
        } catch {
            throw UsageError(error.message)
        }
        progress.clear()
        if showsJSON {
            StandardStream.write(BenchReport.json(result, versions: [("cascade", Program.version)]))
        }
        if !options.isJSON { StandardStream.write(BenchReport.table(result), to: 2) }
        return result.voidReason == nil ? .done : .failed
    }

    private static func text(_ state: BenchRun.Progress, _ meter: TrafficMeter) -> String {
        "\(state.phase)  \(state.readyConnections)/\(state.plannedConnections) connections  "
            + "\(state.objectCount) objects  \(Quantity.bitRate(bitsPerSecond: meter.bitsPerSecond))"
    }

    // MARK: The scenario

    private static func scenario(_ arguments: Arguments) throws(UsageError) -> Scenario {
        var scenario = Scenario()
        if let file = arguments.string("scenario") {
            let json = try contents(file)
            do throws(ScenarioFailure) {
                scenario = try Scenario(json: json)
            } catch {
                throw UsageError("scenario '\(Printable.escaped(file, limit: 200))': \(error.reason)")
            }
        }
        func count(_ name: String, _ path: WritableKeyPath<Scenario, Int>) throws(UsageError) {
            if let value: Int = try arguments.integer(name, in: 0...100_000) {
                scenario[keyPath: path] = value
            }
        }
        func seconds(_ name: String, _ path: WritableKeyPath<Scenario, Double>) throws(UsageError) {
            if let value = try arguments.milliseconds(name) { scenario[keyPath: path] = Double(value) / 1000 }
        }
        try count("publishers", \.publishers)
        try count("tracks", \.tracks)
        try count("subscribers", \.subscribers)
        try count("subscriptions", \.subscriptions)
        try count("late", \.lateJoiners)
        try count("slow", \.slowReaders)
        try count("stalled", \.stalledReaders)
        try count("idle", \.idleConnections)
        try count("namespaces", \.namespaces)
        try count("announcers", \.announcers)
        try count("watchers", \.watchers)
        try seconds("join-time", \.joinSeconds)
        try seconds("late-time", \.lateJoinSeconds)
        try seconds("late-stay", \.lateStaySeconds)
        if let hold = try arguments.milliseconds("churn-hold") {
            scenario.churnHoldMilliseconds = Double(hold)
        }
        try seconds("warm-up", \.warmUpSeconds)
        try seconds("duration", \.seconds)
        if let size = try arguments.byteCount("object-size") { scenario.objectByteCount = size }
        if let rate = try arguments.byteCount("slow-rate") { scenario.slowBytesPerSecond = Double(rate) }
        if let text = arguments.string("rate") {
            guard let rate = Double(text) else { throw UsageError("--rate wants a number") }
            scenario.objectsPerSecond = rate
        }
        if let group: UInt64 = try arguments.integer("group", in: 1...1_000_000) {
            scenario.objectsPerGroup = group
        }
        if let subgroups: UInt64 = try arguments.integer("subgroups", in: 1...64) {
            scenario.subgroups = subgroups
        }
        if let churn: Int = try arguments.integer("churn", in: 0...100_000) {
            scenario.churnPerSecond = Double(churn)
        }
        if arguments.has("datagrams") { scenario.usesDatagrams = true }
        if let objection = scenario.objection { throw UsageError(objection) }
        return scenario
    }

    private static func contents(_ path: String) throws(UsageError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw UsageError(
                "cannot read '\(Printable.escaped(path, limit: 200))': \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes[0..<count]) : []
    }
}
