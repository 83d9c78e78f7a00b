import MOQTWire
import QUICTransport
import RelayHost
import Testing

@testable import Bench

/// Whole runs against a relay in this process. Nothing here asserts a time.
@Suite(.serialized) struct BenchRunTests {
    private func run(
        _ carrier: BenchTarget.Carrier = .quic, drafts: [Draft] = Draft.all,
        _ adjust: (inout Scenario) -> Void
    ) throws -> BenchResult {
        var configuration = RelayConfiguration()
        configuration.drafts = Draft.all
        configuration.listen = [.loopback(port: 0)]
        let server = try RelayServer(configuration)
        defer { server.stop() }
        var target = BenchTarget(carrier: carrier, host: server.listen[0].host, port: server.listen[0].port)
        target.authority = "localhost"
        target.drafts = drafts
        target.verification = .pinned(sha256: [server.certificateSHA256])
        var scenario = Scenario()
        scenario.subscribers = 5
        scenario.objectByteCount = 3_000
        scenario.objectsPerSecond = 50
        scenario.objectsPerGroup = 20
        scenario.joinSeconds = 0.1
        scenario.warmUpSeconds = 0.2
        scenario.seconds = 1
        adjust(&scenario)
        return try BenchRun(scenario, target: target, relayProcess: nil).run()
    }

    /// Debug builds on a busy machine may be void for their own slowness, and only for that.
    private func expectSound(_ result: BenchResult) {
        #expect(result.problem == nil && result.failedConnections == 0 && result.firstFailure == nil)
        let faults = result.classes.map { [$0.duplicates, $0.reordered, $0.damaged] }
        #expect(faults.allSatisfy { $0 == [0, 0, 0] })
    }

    @Test(
        "every object that was due comes to every subscriber once",
        arguments: [(BenchTarget.Carrier.quic, Draft.draft14), (.webTransport, .draft18), (.quic, .draft21)])
    func delivery(carrier: BenchTarget.Carrier, draft: Draft) throws {
        let result = try run(carrier, drafts: [draft]) { $0.subgroups = 2 }
        expectSound(result)
        #expect(result.draft == draft.number)
        #expect(result.offered == 50)
        #expect(result.expected == 250 && result.healthy.delivered == 250)
        #expect(result.arrivedAsDatagrams == 0)
        #expect(result.healthy.latency.count == 250 && result.joinTime.count == 5)
    }

    @Test("what is published as datagrams arrives as datagrams")
    func datagrams() throws {
        let result = try run {
            $0.usesDatagrams = true
            $0.objectByteCount = 160
            $0.objectsPerGroup = 1
        }
        expectSound(result)
        #expect(result.healthy.delivered == result.expected)
        #expect(result.arrived > 0 && result.arrivedAsDatagrams == result.arrived)
    }

    @Test("latecomers come, read, and leave when their time is over; nobody else notices")
    func comingAndGoing() throws {
        let result = try run {
            $0.lateJoiners = 4
            $0.lateJoinSeconds = 0.2
            $0.lateStaySeconds = 0.2
        }
        expectSound(result)
        #expect(result.leftConnections == 4)
        #expect(result.healthy.delivered == result.expected)
        #expect(result[.late].arrived > 0 && result[.late].arrived < 4 * 50)
    }

    @Test("SUBSCRIBEs that are cancelled again, slow and stalled readers: the healthy ones get everything")
    func disturbances() throws {
        let result = try run {
            $0.churnPerSecond = 100
            $0.churnHoldMilliseconds = 20
            $0.slowReaders = 1
            $0.slowBytesPerSecond = 10_000
            $0.stalledReaders = 1
        }
        expectSound(result)
        #expect(result.healthy.delivered == result.expected)
        #expect((result.churnAccepted ?? 0) > 50)
    }

    @Test("namespaces are announced and told")
    func namespaces() throws {
        let result = try run {
            $0.publishers = 0
            $0.objectsPerSecond = 0
            $0.subscribers = 0
            $0.subscriptions = 0
            $0.namespaces = 40
            $0.announcers = 4
            $0.watchers = 4
        }
        expectSound(result)
        #expect(result.namespacesAccepted == 40 && result.notifyTime.count == 40)
    }

    @Test("a relay that is not there makes the run void, with the reason")
    func nobody() throws {
        var scenario = Scenario()
        scenario.subscribers = 1
        var configuration = RelayConfiguration()
        configuration.listen = [.loopback(port: 0)]
        let server = try RelayServer(configuration)
        let port = server.listen[0].port
        server.stop()
        let target = BenchTarget(carrier: .quic, host: server.listen[0].host, port: port)
        let result = try BenchRun(scenario, target: target, relayProcess: nil).run()
        #expect(result.voidReason != nil && result.voidReason != "")
    }
}
