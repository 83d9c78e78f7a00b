import Containers
import MOQTClient
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import Testing
import TransportInterface

/// A server that accepts one raw QUIC connection on the test's loop, and asks what the test wants it to ask: the
/// other end of a client, without a relay.
final class AskingServer: QUICEndpointDelegate, PeerDelegate {
    let loop: EventLoop
    let client: Client
    private let endpoint: QUICEndpoint
    private let certificate: TLSContext
    private let logs = LogShard()
    private(set) var peer: Peer?
    private(set) var events: [SessionEvent] = []
    /// Reacts to requests of the client.
    var onEvent: (Peer, SessionEvent) -> Void = { _, _ in }
    private let draft: Draft

    /// `harness`: shares the loop and the client with a relay's harness.
    init(_ draft: Draft, beside harness: RelayHarness? = nil) throws {
        self.draft = draft
        let loop = try harness?.loop ?? EventLoop()
        self.loop = loop
        client = harness?.client ?? Client(loop: loop)
        certificate = try TLSContext(selfSignedFor: [])
        var quic = QUICConfiguration(applicationProtocols: [draft.alpn])
        quic.serverIdentity = certificate
        endpoint = try QUICEndpoint(loop: loop, bind: .loopback(port: 0), configuration: quic)
        logs.now = loop.now
        let clientTurnBegan = loop.turnBegan
        loop.turnBegan = { [unowned self] in
            clientTurnBegan?()
            logs.now = self.loop.now
        }
        endpoint.delegate = self
    }

    /// How to connect to it; `pins`: certificates of others that are trusted, too.
    func configuration(alsoTrusting pins: [String] = []) -> ClientConfiguration {
        var configuration = ClientConfiguration(
            carrier: .quic, host: endpoint.localAddress.host, port: endpoint.localAddress.port)
        configuration.drafts = [draft]
        configuration.verification = .pinned(sha256: [certificate.sha256] + pins)
        return configuration
    }

    /// A client's connection to it, with SETUP done.
    func connect() throws -> ClientConnection {
        let connection = try client.connect(configuration())
        try #require(run { connection.isEstablished && self.peer?.session.isEstablished == true })
        return connection
    }

    func run(milliseconds: UInt64 = 5_000, until condition: () -> Bool) -> Bool {
        loop.run(forMilliseconds: milliseconds, until: condition)
    }

    /// Runs a command of the session and sends what it leads to.
    func command<Result>(_ body: (Session) throws -> Result) throws -> Result {
        let peer = try #require(peer)
        defer { peer.pump() }
        return try body(peer.session)
    }

    /// Objects of FETCHes and what was said about them, in order: `3.1 (40 bytes)`, `ok 4.* end`, `finished`.
    var fetchLog: [String] {
        var byteCount = 0
        var location = Location.zero
        var lines: [String] = []
        for event in events {
            switch event {
            case .fetchAccepted(_, let ok):
                let object = ok.endObject.map(String.init) ?? "*"
                lines.append("ok \(ok.endGroup).\(object)\(ok.endOfTrack ? " end" : "")")
            case .requestRefused(_, let failure): lines.append("refused \(failure.code)")
            case .fetchObjectBegan(_, let header):
                location = header.location
                byteCount = 0
            case .objectPayload(_, let bytes): byteCount += bytes.count
            case .objectEnded: lines.append("\(location.group).\(location.object) (\(byteCount) bytes)")
            case .fetchGap(_, let gap, let through): lines.append("\(gap) \(through.group)")
            case .fetchStreamEnded(_, _, let end): lines.append(end == .finished ? "finished" : "reset")
            default: break
            }
        }
        return lines
    }

    func connectionAccepted(_ connection: QUICConnection) {
        let peer = Peer(
            transport: connection,
            configuration: SessionConfiguration(role: .server, drafts: [draft], isWebTransport: false),
            shard: logs)
        peer.delegate = self
        self.peer = peer
        peer.start()
    }

    func peer(_ peer: Peer, received event: SessionEvent) {
        events.append(event)
        onEvent(peer, event)
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {}
    func peerDeadlineChanged(_ peer: Peer) {}
    func peer(_ peer: Peer, closed reason: TransportCloseReason) {}
}
