import Testing

@testable import Bench

@Suite struct BenchResultTests {
    private func result() -> BenchResult {
        var result = BenchResult(
            scenario: Scenario(), target: BenchTarget(carrier: .quic, host: "localhost", port: 1))
        result.wallMicroseconds = 10_000_000
        result.ownMicroseconds = 1_000_000
        result.relayMicroseconds = 2_000_000
        result.expected = 10_000
        result.classes = ReaderClass.allCases.map { _ in Tally.Counts() }
        result.classes[ReaderClass.healthy.rawValue].delivered = 9_995
        result.classes[ReaderClass.healthy.rawValue].arrived = 10_000
        result.classes[ReaderClass.healthy.rawValue].arrivedByteCount = 1_000_000_000
        return result
    }

    @Test("the relay's cost is its CPU time by what arrived")
    func cost() {
        #expect(result().voidReason == nil)
        #expect(result().relayMicrosecondsPerObject == 200)
        #expect(result().relaySecondsPerGigabyte == 2)
        #expect(result().lost == 5)
    }

    @Test("a run is void when the generator was the bottleneck, or objects or connections were lost")
    func voids() {
        var busy = result()
        busy.ownMicroseconds = 7_100_000
        #expect(busy.voidReason != nil)
        var short = result()
        short.classes[ReaderClass.healthy.rawValue].delivered = 9_989
        #expect(short.voidReason != nil)
        var broken = result()
        broken.failedConnections = 1
        #expect(broken.voidReason != nil)
        var damaged = result()
        damaged.classes[ReaderClass.healthy.rawValue].damaged = 1
        #expect(damaged.voidReason != nil)
    }

    @Test("CPU time and memory are read behind a program name that may hold anything")
    func process() {
        let stat = "42 (a) b) R 1 42 42 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 1 0 1 2 3"
        let reading = ProcessMeter.parse(
            stat: stat, statm: "900 100 1 1 0 1 0", ticksPerSecond: 100, pageByteCount: 4096)
        #expect(reading == ProcessMeter.Reading(cpuMicroseconds: 3_000_000, residentByteCount: 409_600))
    }
}
