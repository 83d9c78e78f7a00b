import Containers
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Several sockets on one port") struct ShardTests {
    private final class Acceptor: QUICEndpointDelegate {
        var peers: [Peer] = []
        func connectionAccepted(_ connection: QUICConnection) {
            let peer = Peer(connection)
            peer.echoes = true
            peers.append(peer)
        }
    }

    @Test("The kernel steers by connection ID, also after the client's port has changed")
    func steering() throws {
        let loop = try EventLoop()
        var configuration = QUICConfiguration(applicationProtocols: ["test"])
        configuration.serverIdentity = try TLSContext(selfSignedFor: [])
        configuration.reusesPort = true
        configuration.shardCount = 3
        configuration.staticSecret = Array(1...32)
        var port: UInt16 = 0
        var servers: [QUICEndpoint] = []
        let acceptors = (0..<3).map { _ in Acceptor() }
        for shard in 0..<3 {
            configuration.shard = UInt8(shard)
            let server = try QUICEndpoint(
                loop: loop, bind: .loopback(port: port), configuration: configuration)
            server.delegate = acceptors[shard]
            port = server.localAddress.port
            servers.append(server)
        }
        let client = try QUICEndpoint(
            loop: loop, bind: .loopback(port: 0), configuration: QUICConfiguration())
        defer {
            client.abandon()
            for server in servers { server.abandon() }
        }
        let peers = try (0..<24).map { _ in
            Peer(
                try client.connect(
                    to: .loopback(port: port), serverName: "localhost",
                    configuration: Harness.clientConfiguration()))
        }
        #expect(loop.run(forMilliseconds: 5000) { peers.allSatisfy(\.isEstablished) })
        for round in 0..<3 {
            let streams = try peers.map { peer in
                let stream = try #require(peer.connection.openStream(.bidirectional))
                peer.connection.send(Payload([UInt8(round)]), fin: true, on: stream)
                return stream
            }
            #expect(
                loop.run(forMilliseconds: 5000) {
                    zip(peers, streams).allSatisfy { $0.finished.contains($1) }
                })
            try client.replaceSocket()
        }
        // 24 random IDs miss one of three shards once in 17 000 runs; two of three practically never.
        #expect(acceptors.filter { !$0.peers.isEmpty }.count >= 2)
        #expect(peers.allSatisfy { $0.closeReason == nil })
    }

    @Test("A server on the wildcard address answers IPv4 and IPv6 clients from the address they asked")
    func wildcard() throws {
        let loop = try EventLoop()
        var configuration = QUICConfiguration(applicationProtocols: ["test"])
        configuration.serverIdentity = try TLSContext(selfSignedFor: [])
        let server = try QUICEndpoint(loop: loop, bind: .any(port: 0), configuration: configuration)
        let acceptor = Acceptor()
        server.delegate = acceptor
        defer { server.abandon() }
        for isIPv6 in [false, true] {
            let client = try QUICEndpoint(
                loop: loop, bind: .loopback(port: 0, isIPv6: isIPv6), configuration: QUICConfiguration())
            let target = SocketAddress.loopback(port: server.localAddress.port, isIPv6: isIPv6)
            let peer = Peer(
                try client.connect(
                    to: target, serverName: "localhost", configuration: Harness.clientConfiguration()))
            let before = acceptor.peers.count
            #expect(loop.run(forMilliseconds: 3000) { peer.isEstablished && acceptor.peers.count > before })
            let address = try #require(acceptor.peers.last).connection.localAddress
            #expect(address.host == target.host)
            client.abandon()
        }
    }
}
