import Containers
import Testing
import TransportInterface

@testable import QUICTransport

/// A server and a client endpoint on one loop that the test itself turns.
final class Harness: QUICEndpointDelegate {
    let loop: EventLoop
    let server: QUICEndpoint
    let client: QUICEndpoint
    var accepted: [Peer] = []
    /// Called with every accepted peer before it is told `transportEstablished`.
    var onAccept: ((Peer) -> Void)?

    let identity: TLSContext
    private let virtualTime: VirtualTime?

    /// `virtualTime`: the loop goes by it, and `turn(milliseconds:)` moves it.
    init(
        isIPv6: Bool = false, virtualTime: VirtualTime? = nil,
        server change: (inout QUICConfiguration) -> Void = { _ in },
        client changeClient: (inout QUICConfiguration) -> Void = { _ in }
    ) throws {
        self.virtualTime = virtualTime
        loop = try virtualTime.map { time in try EventLoop(clock: { time.nanoseconds }) } ?? EventLoop()
        var configuration = QUICConfiguration(applicationProtocols: ["test"])
        identity = try TLSContext(selfSignedFor: [])
        configuration.serverIdentity = identity
        change(&configuration)
        let any = SocketAddress.loopback(port: 0, isIPv6: isIPv6)
        server = try QUICEndpoint(loop: loop, bind: any, configuration: configuration)
        var clientConfiguration = QUICConfiguration()
        changeClient(&clientConfiguration)
        client = try QUICEndpoint(loop: loop, bind: any, configuration: clientConfiguration)
        server.delegate = self
    }

    deinit {
        server.abandon()
        client.abandon()
    }

    func connectionAccepted(_ connection: QUICConnection) {
        let peer = Peer(connection)
        accepted.append(peer)
        onAccept?(peer)
    }

    static func clientConfiguration(_ change: (inout QUICConfiguration) -> Void = { _ in })
        -> QUICConfiguration
    {
        var configuration = QUICConfiguration(applicationProtocols: ["test"])
        configuration.verification = .insecure
        change(&configuration)
        return configuration
    }

    func connect(_ change: (inout QUICConfiguration) -> Void = { _ in }) throws -> Peer {
        try connect(to: server.localAddress, change)
    }

    func connect(to address: SocketAddress, _ change: (inout QUICConfiguration) -> Void = { _ in }) throws
        -> Peer
    {
        Peer(
            try client.connect(
                to: address, serverName: "localhost", configuration: Self.clientConfiguration(change)))
    }

    /// Both ends of an established connection.
    func pair(_ change: (inout QUICConfiguration) -> Void = { _ in }) throws -> (client: Peer, server: Peer) {
        let peer = try connect(change)
        try #require(turn { peer.isEstablished && !self.accepted.isEmpty })
        return (peer, try #require(accepted.last))
    }

    /// Turns the loop once a millisecond of virtual time.
    func turn(milliseconds: Int, each: () -> Void = {}) {
        for _ in 0..<milliseconds {
            virtualTime?.nanoseconds += 1_000_000
            loop.run(forMilliseconds: 0)
            each()
        }
    }

    /// Both ends of an established connection, in virtual time.
    func virtualPair(_ change: (inout QUICConfiguration) -> Void = { _ in }) throws -> (
        client: Peer, server: Peer
    ) {
        let peer = try connect(change)
        for _ in 0..<200 where !peer.isEstablished || accepted.isEmpty { turn(milliseconds: 1) }
        // What follows a handshake is over.
        turn(milliseconds: 200)
        return (peer, try #require(accepted.last))
    }

    /// Turns the loop until `condition` holds, at most `seconds`.
    @discardableResult
    func turn(seconds: Double = 5, until condition: () -> Bool) -> Bool {
        loop.run(forMilliseconds: UInt64(seconds * 1000), until: condition)
    }
}

func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}
