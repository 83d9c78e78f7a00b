import Containers
import MOQTPeer
import QUICTransport
import RelayCore
import TransportInterface
import WebTransport

/// The loop, the sockets and the connections of one run. Many connections share a socket.
final class BenchHost {
    let loop: EventLoop
    let shard = LogShard()
    let encoder = WireObjectEncoder()
    let target: BenchTarget
    let tally = Tally()
    /// Connections that were opened and have not failed.
    private(set) var connections: [BenchConnection] = []
    private(set) var failedCount = 0
    /// Connections that were closed here before the end of the run.
    private(set) var leftCount = 0
    /// Why the first of them failed.
    private(set) var firstFailure: String?
    /// Called when a connection is ready for its work or has failed.
    var onChange: () -> Void = {}

    private var endpoints: [QUICEndpoint] = []
    private let socketCount: Int
    private var isClosing = false

    /// Enough for a burst of every connection on it to fit the socket's buffer.
    private static let connectionsPerSocket = 25
    private static let maximumSocketCount = 32
    private static let tickMilliseconds: UInt64 = 50

    init(loop: EventLoop, target: BenchTarget, connectionCount: Int) {
        self.loop = loop
        self.target = target
        socketCount = min(
            max(1, connectionCount / Self.connectionsPerSocket), Self.maximumSocketCount)
        shard.now = loop.now
        loop.turnBegan = { [unowned self] in shard.now = self.loop.now }
        _ = loop.addTurnHook { [unowned self] in shard.wakeReaders() }
        tick()
    }

    /// The clock itself, not the turn's time: latencies are read from it.
    var clock: UInt64 { MonotonicClock.nanoseconds }

    /// Opens the transport of `connection`; failures are told to it.
    func open(_ connection: BenchConnection) {
        connections.append(connection)
        do throws(TransportError) {
            let endpoint = try endpoint(for: connections.count - 1)
            var configuration = QUICConfiguration(
                applicationProtocols: target.carrier == .webTransport ? ["h3"] : target.protocolNames)
            configuration.verification = target.verification
            configuration.keepAliveMilliseconds = 10_000
            configuration.idleTimeoutMilliseconds = 60_000
            configuration.handshakeTimeoutMilliseconds = 20_000
            configuration.connectionWindow = connection.windowByteCount
            configuration.streamWindow = connection.windowByteCount
            let quic = try endpoint.connect(
                toHost: target.host, port: target.port, configuration: configuration)
            var transport: any TransportSession = quic
            if target.carrier == .webTransport {
                transport = WebTransportSession.connect(
                    over: quic, authority: target.authority, path: target.path,
                    configuration: WebTransportConfiguration(protocols: target.protocolNames))
            }
            connection.start(on: transport)
        } catch {
            connection.failed(error.message)
        }
    }

    func connectionLeft() { leftCount += 1 }

    func connectionFailed(_ reason: String) {
        if isClosing { return }
        failedCount += 1
        if firstFailure == nil { firstFailure = reason }
        onChange()
    }

    /// Says goodbye everywhere; `completion` when the sockets may go.
    func close(_ completion: @escaping () -> Void) {
        isClosing = true
        var left = endpoints.count
        if left == 0 { return completion() }
        for endpoint in endpoints {
            endpoint.close {
                left -= 1
                if left == 0 { completion() }
            }
        }
    }

    /// Forgets everything at once.
    func abandon() {
        isClosing = true
        for endpoint in endpoints { endpoint.abandon() }
    }

    private func endpoint(for index: Int) throws(TransportError) -> QUICEndpoint {
        if endpoints.count < socketCount {
            guard let anywhere = SocketAddress("0.0.0.0", port: 0) else {
                throw TransportError(.socket, "no address to bind")
            }
            let isIPv6 = target.host.contains(":")
            endpoints.append(
                try QUICEndpoint(
                    loop: loop, bind: isIPv6 ? .any(port: 0) : anywhere, configuration: QUICConfiguration()))
        }
        return endpoints[index % endpoints.count]
    }

    private func tick() {
        loop.schedule(afterMilliseconds: Self.tickMilliseconds) { [weak self] in
            guard let self else { return }
            for connection in connections { connection.tick(now: loop.now) }
            tick()
        }
    }
}
