import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// A connection without a session, against a relay in this process.
@Suite(.serialized) struct RawConnectionTests {
    @Test(
        "SETUP is answered, and an unknown control message closes with PROTOCOL_VIOLATION (draft-18 section 10)",
        arguments: [ClientConfiguration.Carrier.quic, .webTransport])
    func brokenRule(carrier: ClientConfiguration.Carrier) throws {
        var relay = RelayConfiguration()
        relay.drafts = Draft.all
        relay.listen = [.loopback(port: 0)]
        let server = try RelayServer(relay)
        defer { server.stop() }
        let loop = try EventLoop()
        let client = Client(loop: loop)
        var configuration = ClientConfiguration(
            carrier: carrier, host: "127.0.0.1", port: server.listen[0].port)
        configuration.verification = .pinned(sha256: [server.certificateSHA256])
        let draft = try #require(Draft(number: 18))
        configuration.drafts = [draft]
        let raw = try client.connectRaw(configuration)
        #expect(loop.run(forMilliseconds: 5_000) { raw.isEstablished })
        #expect(raw.protocolName == draft.alpn)

        let control = try #require(raw.openStream(.unidirectional))
        raw.send(try ControlCodec(draft).encode(.setup(Setup(role: .client))), on: control)
        #expect(loop.run(forMilliseconds: 5_000) { !raw.received.isEmpty })
        #expect(raw.closure == nil)

        // Type 0x7F0 (two bytes), no body.
        raw.send([0x87, 0xF0, 0, 0], on: control)
        #expect(loop.run(forMilliseconds: 5_000) { raw.closure != nil })
        if case .closedByPeer(let code, _) = raw.closure {
            #expect(code == 3)
        } else {
            Issue.record("\(String(describing: raw.closure))")
        }
        var isClosed = false
        client.close { isClosed = true }
        loop.run(forMilliseconds: 1_000) { isClosed }
    }
}
