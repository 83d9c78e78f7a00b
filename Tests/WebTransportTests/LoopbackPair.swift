import Containers
import QUICTransport
import Testing
import TransportInterface

@testable import WebTransport

/// A WebTransport server and a client on real sockets, on one loop that the test itself turns.
final class LoopbackPair: QUICEndpointDelegate {
    let loop: EventLoop
    private let serverEndpoint: QUICEndpoint
    private let clientEndpoint: QUICEndpoint
    private let configuration: WebTransportConfiguration
    private static let identity: TLSContext? = try? TLSContext(selfSignedFor: [])

    let serverSide = Recorder()
    let clientSide = Recorder()
    private(set) var server: WebTransportSession?
    private(set) var client: WebTransportSession?
    private(set) var clientConnection: QUICConnection?
    private(set) var serverConnection: QUICConnection?

    init(isIPv6: Bool = false, supported: [String] = ["moqt-18", "moqt-16"]) throws {
        loop = try EventLoop()
        configuration = WebTransportConfiguration(protocols: supported)
        var quic = QUICConfiguration(applicationProtocols: ["h3"])
        quic.serverIdentity = try #require(Self.identity)
        let address = SocketAddress.loopback(port: 0, isIPv6: isIPv6)
        serverEndpoint = try QUICEndpoint(loop: loop, bind: address, configuration: quic)
        clientEndpoint = try QUICEndpoint(loop: loop, bind: address, configuration: QUICConfiguration())
        serverEndpoint.delegate = self
    }

    func connectionAccepted(_ connection: QUICConnection) {
        serverConnection = connection
        let session = WebTransportServer.accept(on: connection, configuration: configuration)
        session.delegate = serverSide
        server = session
    }

    /// Begins to connect.
    func connect(offering protocols: [String] = ["moqt-16", "moqt-18"], path: String = "/relay") throws {
        var quic = QUICConfiguration(applicationProtocols: ["h3"])
        quic.verification = .insecure
        let connection = try clientEndpoint.connect(
            to: serverEndpoint.localAddress, serverName: "localhost", configuration: quic)
        clientConnection = connection
        let session = WebTransportSession.connect(
            over: connection, authority: "localhost", path: path,
            configuration: WebTransportConfiguration(protocols: protocols))
        session.delegate = clientSide
        client = session
    }

    /// Both sessions, established.
    func establish() throws -> (client: WebTransportSession, server: WebTransportSession) {
        try connect()
        try #require(
            turn {
                self.clientSide.facts.contains(.established) && self.serverSide.facts.contains(.established)
            })
        return (try #require(client), try #require(server))
    }

    /// Turns the loop until `condition` holds, at most five seconds.
    func turn(until condition: () -> Bool) -> Bool { loop.run(forMilliseconds: 5000, until: condition) }
}
