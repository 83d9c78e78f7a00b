import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// A relay on a free loopback port and the clients of one test, all in this process; the clients' loop runs on
/// the test's thread.
final class RelayHarness {
    let server: RelayServer
    let loop: EventLoop
    let client: Client
    private(set) var connections: [ClientConnection] = []

    init(_ adjust: (inout RelayConfiguration) -> Void = { _ in }) throws {
        var configuration = Self.configuration
        adjust(&configuration)
        server = try RelayServer(configuration)
        loop = try EventLoop()
        client = Client(loop: loop)
    }

    /// A relay on a free loopback port, all drafts.
    static var configuration: RelayConfiguration {
        var configuration = RelayConfiguration()
        configuration.drafts = Draft.all
        configuration.listen = [.loopback(port: 0)]
        return configuration
    }

    deinit { server.stop() }

    /// Where clients connect to.
    var port: UInt16 { server.listen[0].port }
    var host: String { server.listen[0].host }

    /// Connects and waits for SETUP. `port` goes through a proxy instead.
    func connect(
        _ carrier: ClientConfiguration.Carrier, _ draft: Draft, port proxied: UInt16? = nil,
        idleTimeoutMilliseconds: UInt64 = 30_000
    ) throws -> ClientConnection {
        var configuration = ClientConfiguration(carrier: carrier, host: host, port: proxied ?? port)
        configuration.drafts = [draft]
        configuration.verification = .pinned(sha256: [server.certificateSHA256])
        configuration.idleTimeoutMilliseconds = idleTimeoutMilliseconds
        let connection = try client.connect(configuration)
        connections.append(connection)
        var closure: ClientClosure?
        connection.onClosed = { closure = $0 }
        let stands = loop.run(forMilliseconds: 10_000) { connection.isEstablished || closure != nil }
        try #require(stands && closure == nil, "\(carrier) \(draft.number): \(String(describing: closure))")
        try #require(connection.draft == draft)
        return connection
    }

    /// Announces a namespace and waits for the answer.
    func announce(_ namespace: TrackNamespace, on connection: ClientConnection) throws -> Announcement {
        var answer: RequestFailure??
        let announcement = try connection.announce(namespace) { answer = .some($0) }
        try #require(loop.run(forMilliseconds: 5_000) { answer != nil })
        try #require(answer == .some(nil))
        return announcement
    }

    func run(milliseconds: UInt64, until condition: () -> Bool = { false }) -> Bool {
        loop.run(forMilliseconds: milliseconds, until: condition)
    }
}
