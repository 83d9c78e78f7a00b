import Containers
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Handshake and close") struct HandshakeTests {
    @Test("Both ends agree on the server's most wanted protocol", arguments: [false, true])
    func alpn(isIPv6: Bool) throws {
        let harness = try Harness(isIPv6: isIPv6, server: { $0.applicationProtocols = ["new", "old"] })
        let peer = try harness.connect { $0.applicationProtocols = ["old", "new"] }
        #expect(harness.turn { peer.isEstablished && !harness.accepted.isEmpty })
        #expect(peer.connection.negotiated?.name == "new")
        #expect(harness.accepted.first?.connection.negotiated?.name == "new")
        #expect(harness.accepted.first?.connection.serverName == "localhost")
    }

    @Test("A bidirectional stream is echoed to its end")
    func echo() throws {
        let harness = try Harness()
        harness.onAccept = { $0.echoes = true }
        let (client, _) = try harness.pair()
        let stream = try #require(client.connection.openStream(.bidirectional))
        client.connection.send(Payload(Array("hello".utf8)), fin: true, on: stream)
        #expect(harness.turn { client.finished.contains(stream) })
        #expect(client.received[stream] == Array("hello".utf8))
        #expect(harness.turn { client.closedStreams.contains(stream) })
    }
}
