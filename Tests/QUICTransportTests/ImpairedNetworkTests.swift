import Containers
import Glibc
import NetworkSupport
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Imperfect networks") struct ImpairedNetworkTests {
    @Test("Loss, delay, reordering and duplicates delay bytes and change none")
    func lossy() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("proxy seed \(seed)")
        let harness = try Harness()
        harness.onAccept = {
            $0.echoes = true
            $0.keepsBytes = false
        }
        let proxy = try UDPProxy(
            targetPort: harness.server.localAddress.port,
            bothWays: NetworkConditions(
                lossPercent: 3, duplicatePercent: 1, delayMilliseconds: 5, jitterMilliseconds: 3,
                reorderPercent: 2), seed: seed)
        defer { proxy.stop() }
        let client = try harness.connect(to: .loopback(port: proxy.port))
        client.keepsBytes = false
        client.checksPattern = true
        try #require(harness.turn { client.isEstablished })
        let stream = try #require(client.connection.openStream(.bidirectional))
        client.pullPattern(1 << 20, on: stream)
        #expect(harness.turn(seconds: 15) { client.finished.contains(stream) })
        #expect(client.receivedByteCount == 1 << 20 && client.corruptByteCount == 0)
        #expect(client.connection.statistics.packetsLost > 0)
    }

    @Test("A small path MTU is found and respected (RFC 9000 section 14)")
    func smallPath() throws {
        let harness = try Harness()
        var conditions = NetworkConditions.perfect
        conditions.maximumDatagramByteCount = 1250
        let proxy = try UDPProxy(targetPort: harness.server.localAddress.port, bothWays: conditions)
        defer { proxy.stop() }
        let client = try harness.connect(to: .loopback(port: proxy.port))
        try #require(harness.turn { client.isEstablished && !harness.accepted.isEmpty })
        let server = try #require(harness.accepted.first)
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(1 << 20, on: stream)
        #expect(harness.turn(seconds: 10) { server.finished.contains(stream) })
        #expect(client.connection.maximumDatagramByteCount < 1250)
    }

    @Test("A NAT that forgets its mapping costs no byte")
    func rebinding() throws {
        let harness = try Harness()
        harness.onAccept = { $0.checksPattern = true }
        let proxy = try UDPProxy(targetPort: harness.server.localAddress.port)
        defer { proxy.stop() }
        let client = try harness.connect(to: .loopback(port: proxy.port))
        try #require(harness.turn { client.isEstablished && !harness.accepted.isEmpty })
        let server = try #require(harness.accepted.first)
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(2 << 20, on: stream)
        #expect(harness.turn { server.receivedByteCount > 300_000 })
        proxy.rebind()
        #expect(harness.turn(seconds: 10) { server.finished.contains(stream) })
        #expect(server.corruptByteCount == 0)
    }
}
