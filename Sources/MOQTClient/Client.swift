import Containers
import MOQTModel
import MOQTPeer
import QUICTransport
import RelayCore
import TransportInterface
import WebTransport

/// The client side of MoQT on one event loop: opens connections and drives them.
///
/// Everything that comes from it (connections, publishers, subscribers) is confined to the loop's thread; its
/// closures are called there. One client per loop.
public final class Client {
    public let loop: EventLoop
    let shard = LogShard()
    let encoder = WireObjectEncoder()
    private var endpoint: QUICEndpoint?
    private var connections: [UInt64: ClientConnection] = [:]
    private var lastSerial: UInt64 = 0

    /// Milliseconds between looks at delivery deadlines.
    private static let tickInterval: UInt64 = 100

    public init(loop: EventLoop) {
        self.loop = loop
        shard.now = loop.now
        // Before the endpoint's hooks, which send what this one makes ready.
        loop.turnBegan = { [unowned self] in shard.now = self.loop.now }
        _ = loop.addTurnHook { [weak self] in self?.shard.wakeReaders() }
        tick()
    }

    /// Time of the current loop turn.
    public var now: Instant { shard.now }

    /// Starts a connection; what becomes of it arrives at its closures, which the caller sets at once.
    /// Throws when there is no socket to be had or the host's name cannot be looked up.
    public func connect(_ configuration: ClientConfiguration) throws(TransportError) -> ClientConnection {
        let (transport, quicConnection) = try open(configuration)
        lastSerial += 1
        let connection = ClientConnection(
            client: self, serial: lastSerial, configuration: configuration, transport: transport,
            quic: quicConnection)
        connections[lastSerial] = connection
        connection.start()
        return connection
    }

    /// The same without a MoQT session on it.
    public func connectRaw(_ configuration: ClientConfiguration) throws(TransportError) -> RawConnection {
        let (transport, quicConnection) = try open(configuration)
        return RawConnection(configuration, transport: transport, quic: quicConnection)
    }

    private func open(
        _ configuration: ClientConfiguration
    ) throws(TransportError) -> (any TransportSession, QUICConnection) {
        let endpoint: QUICEndpoint
        if let existing = self.endpoint { endpoint = existing } else { endpoint = try makeEndpoint() }
        self.endpoint = endpoint
        let isWebTransport = configuration.carrier == .webTransport
        var quic = QUICConfiguration(
            applicationProtocols: isWebTransport ? ["h3"] : configuration.protocolNames)
        quic.verification = configuration.verification
        quic.handshakeTimeoutMilliseconds = configuration.handshakeTimeoutMilliseconds
        quic.idleTimeoutMilliseconds = configuration.idleTimeoutMilliseconds
        quic.keepAliveMilliseconds = configuration.keepAliveMilliseconds
        if let window = configuration.receiveWindow { quic.connectionWindow = window }
        let quicConnection = try endpoint.connect(
            toHost: configuration.host, port: configuration.port, configuration: quic)
        var transport: any TransportSession = quicConnection
        if isWebTransport {
            transport = WebTransportSession.connect(
                over: quicConnection, authority: configuration.authority, path: configuration.path,
                configuration: WebTransportConfiguration(protocols: configuration.protocolNames))
        }
        return (transport, quicConnection)
    }

    /// Sends what is queued as far as it can leave now, says goodbye on every connection, and calls
    /// `completion` when the sockets may go.
    public func close(_ completion: @escaping () -> Void) {
        for connection in connections.values { connection.close() }
        guard let endpoint else { return completion() }
        endpoint.close(completion: completion)
    }

    func forget(_ connection: ClientConnection) { connections[connection.serial] = nil }

    private func makeEndpoint() throws(TransportError) -> QUICEndpoint {
        do throws(TransportError) {
            return try QUICEndpoint(loop: loop, bind: .any(port: 0), configuration: QUICConfiguration())
        } catch {
            // No IPv6 on this machine.
            guard let anywhere = SocketAddress("0.0.0.0", port: 0) else { throw error }
            return try QUICEndpoint(loop: loop, bind: anywhere, configuration: QUICConfiguration())
        }
    }

    private func tick() {
        loop.schedule(afterMilliseconds: Self.tickInterval) { [weak self] in
            guard let self else { return }
            for connection in connections.values { connection.tick() }
            tick()
        }
    }
}
