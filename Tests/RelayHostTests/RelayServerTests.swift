import MOQTClient
import MOQTWire
import QUICTransport
import RelayHost
import Testing

@Suite("A relay from start to stop") struct RelayServerTests {
    @Test("stop gives the port back at once, sessions or not", arguments: [1, 2])
    func stopFreesThePort(workers: Int) throws {
        let harness = try RelayHarness { $0.workers = workers }
        let connection = try harness.connect(.quic, .draft18)
        harness.server.stop()
        var again = RelayConfiguration()
        again.listen = harness.server.listen
        // One worker does not share its port: it gets it only when nobody has it any more.
        again.workers = 1
        let successor = try RelayServer(again)
        #expect(successor.listen == harness.server.listen)
        successor.stop()
        #expect(!connection.isClosed)
    }
}
