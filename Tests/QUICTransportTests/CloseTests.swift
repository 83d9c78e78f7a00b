import Containers
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Ends of connections") struct CloseTests {
    @Test("A close carries its code and reason to the other end", arguments: [false, true])
    func close(byServer: Bool) throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let (closer, other) = byServer ? (server, client) : (client, server)
        closer.connection.close(code: 0x77, reason: "enough")
        #expect(harness.turn { closer.closeReason != nil && other.closeReason != nil })
        #expect(closer.closeReason == .application(code: 0x77, reason: "enough", byPeer: false))
        #expect(other.closeReason == .application(code: 0x77, reason: "enough", byPeer: true))
        #expect(harness.turn { harness.server.connectionCount == 0 && harness.client.connectionCount == 0 })
    }

    @Test("What was pushed before the close still arrives")
    func pushThenClose() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.connection.send(Payload([1, 2, 3]), fin: true, on: stream)
        client.connection.close(code: 0, reason: "")
        #expect(harness.turn { server.closeReason != nil })
        #expect(server.received[stream] == [1, 2, 3])
    }

    @Test("A peer that grants no credit for the answers that it asks for is closed (RFC 9000 section 10.2)")
    func answersThatNobodyTakes() throws {
        let harness = try Harness(server: { $0.maximumBacklogByteCount = 100_000 })
        let (client, server) = try harness.pair { $0.streamWindow = 1_000 }
        client.consumes = false
        let stream = try #require(client.connection.openStream(.bidirectional))
        client.connection.send(Payload([1]), fin: false, on: stream)
        #expect(harness.turn { server.received[stream] == [1] })
        let answer = Payload([UInt8](repeating: 2, count: 1_000))
        for _ in 0..<80 { server.connection.send(answer, fin: false, on: stream) }
        harness.turn(seconds: 0.1) { false }
        #expect(server.closeReason == nil)
        for _ in 0..<20 { server.connection.send(answer, fin: false, on: stream) }
        #expect(harness.turn { server.closeReason != nil && client.closeReason != nil })
        let sentence = "the peer does not take the answers that it asks for"
        #expect(server.closeReason == .transport(code: 1, reason: sentence, byPeer: false))
        #expect(client.closeReason == .transport(code: 1, reason: sentence, byPeer: true))
    }

    @Test("Answers that are taken, reset or stopped do not count against a peer")
    func answersThatAreTaken() throws {
        let harness = try Harness(server: { $0.maximumBacklogByteCount = 100_000 })
        let (client, server) = try harness.pair()
        let answer = Payload([UInt8](repeating: 2, count: 1_000))
        for round in 1...20 {
            let stream = try #require(client.connection.openStream(.bidirectional))
            client.connection.send(Payload([1]), fin: false, on: stream)
            #expect(harness.turn { server.received[stream] == [1] })
            for _ in 0..<80 { server.connection.send(answer, fin: false, on: stream) }
            if round % 2 == 0 { server.connection.resetStream(stream, code: 5) }
            #expect(
                harness.turn { client.received[stream]?.count == 80_000 || client.resets[stream] != nil })
            #expect(server.connection.backlog.byteCount == 0)
        }
        #expect(server.closeReason == nil)
    }

    @Test("A reason is cut to 1024 bytes at a character's edge")
    func longReason() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        client.connection.close(code: 1, reason: String(repeating: "é", count: 600))
        #expect(harness.turn { server.closeReason != nil })
        #expect(
            server.closeReason
                == .application(code: 1, reason: String(repeating: "é", count: 512), byPeer: true))
    }

    @Test("Silence ends a connection after the idle timeout, unless it is kept alive")
    func idle() throws {
        let harness = try Harness(server: { $0.idleTimeoutMilliseconds = 400 })
        let (quiet, _) = try harness.pair()
        let (kept, _) = try harness.pair { $0.keepAliveMilliseconds = 100 }
        #expect(harness.turn(seconds: 3) { quiet.closeReason != nil })
        #expect(quiet.closeReason == .idleTimeout)
        harness.turn(seconds: 0.5) { false }
        #expect(kept.closeReason == nil)
        #expect(harness.accepted.first?.closeReason == .idleTimeout)
    }

    @Test("A session survives its client's change of port (RFC 9000 section 9.3)")
    func rebinding() throws {
        let harness = try Harness()
        harness.onAccept = { $0.checksPattern = true }
        let (client, server) = try harness.pair()
        let before = server.connection.remoteAddress
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(3 << 20, on: stream)
        #expect(harness.turn { server.receivedByteCount > 500_000 })
        try harness.client.replaceSocket()
        #expect(harness.turn(seconds: 8) { server.finished.contains(stream) })
        #expect(server.receivedByteCount == 3 << 20 && server.corruptByteCount == 0)
        #expect(server.connection.remoteAddress != before)
        #expect(server.connection.remoteAddress.port == harness.client.localAddress.port)
    }

    @Test("A server that has forgotten a connection resets it (RFC 9000 section 10.3)")
    func statelessReset() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        harness.turn(seconds: 0.1) { false }
        server.connection.end(.idleTimeout)
        #expect(harness.server.connectionCount == 0)
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.connection.send(Payload(bytes(100)), fin: true, on: stream)
        #expect(harness.turn { client.closeReason != nil })
        #expect(client.closeReason == .statelessReset)
    }

    @Test("Closing the endpoint closes every connection and says when it is done")
    func closeEndpoint() throws {
        let harness = try Harness()
        let (client, _) = try harness.pair()
        let (second, _) = try harness.pair()
        var isDone = false
        harness.server.close(code: 3, reason: "bye") { isDone = true }
        #expect(harness.turn { isDone && client.closeReason != nil && second.closeReason != nil })
        #expect(client.closeReason == .application(code: 3, reason: "bye", byPeer: true))
        #expect(harness.server.connectionCount == 0)
    }

    @Test("A connection beyond the limit is refused, not left hanging")
    func limit() throws {
        let harness = try Harness(server: { $0.maximumConnections = 1 })
        let (_, _) = try harness.pair()
        let second = try harness.connect()
        #expect(harness.turn { second.closeReason != nil })
        #expect(second.closeReason == .transport(code: 2, reason: "", byPeer: true))
    }

    @Test("Noise and mangled packets neither stop the server nor disturb a connection")
    func noise() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("noise seed \(seed)")
        var state = seed
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let probe = try UDPSocket(bind: .loopback(port: 0), configuration: QUICConfiguration())
        var remote = harness.server.localAddress.raw
        for round in 0..<500 {
            var packet = (0..<Int(random() % 1400 + 1)).map { _ in UInt8(truncatingIfNeeded: random()) }
            if round % 3 == 0, packet.count > 30 {
                packet.replaceSubrange(0..<6, with: [0xc0 | UInt8(random() & 0x3f), 0, 0, 0, 1, 8])
            }
            var offset = 0
            _ = probe.send(
                packet, count: packet.count, segment: packet.count, to: &remote, from: nil, ecn: 0,
                offset: &offset)
            harness.loop.run(forMilliseconds: 0)
        }
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.connection.send(Payload([1]), fin: true, on: stream)
        #expect(harness.turn { server.finished.contains(stream) })
    }
}
