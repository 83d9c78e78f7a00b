import Containers
import QUICTransport

/// Publishes on time, whatever the relay does: object `k` of the run is due at `start + k x step`, and its
/// stamp says so even when it leaves late.
final class BenchPulse {
    private let host: BenchHost
    private let scenario: Scenario
    private let publishers: [BenchPublisher]
    private let stepNanoseconds: Double
    private let trackCount: UInt64
    private var start = Instant.zero
    private var next: UInt64 = 0
    private var timer: TimerID?
    private var slab = SlabWriter(slabCapacity: 1 << 20)
    private var scratch: [UInt8]
    /// Per track: objects that were due in the measured window.
    private(set) var windowCounts: [UInt64]
    /// The most that publishing lagged behind in the window, nanoseconds: the generator's own lateness.
    private(set) var largestLag: UInt64 = 0

    init(host: BenchHost, scenario: Scenario, publishers: [BenchPublisher]) {
        self.host = host
        self.scenario = scenario
        self.publishers = publishers
        trackCount = UInt64(publishers.count * scenario.tracks)
        stepNanoseconds = 1_000_000_000 / max(scenario.objectsPerSecond, 1e-9) / Double(max(1, trackCount))
        scratch = Array(repeating: 0, count: scenario.objectByteCount)
        windowCounts = Array(repeating: 0, count: Int(trackCount))
    }

    func begin() {
        guard scenario.objectsPerSecond > 0, trackCount > 0 else { return }
        start = host.loop.now.advanced(byMilliseconds: 10)
        let timer = host.loop.addTimer { [weak self] in self?.beat() }
        host.loop.reschedule(timer, at: start)
        self.timer = timer
    }

    func end() {
        if let timer { host.loop.cancel(timer) }
        timer = nil
    }

    private func due(_ number: UInt64) -> Instant {
        start.advanced(byNanoseconds: UInt64(Double(number) * stepNanoseconds))
    }

    private func beat() {
        guard let timer else { return }
        let now = host.clock
        while due(next).nanoseconds <= now {
            publish(next, due: due(next).nanoseconds, now: now)
            next += 1
        }
        host.loop.reschedule(timer, at: due(next))
    }

    private func publish(_ number: UInt64, due: UInt64, now: UInt64) {
        let track = Int(number % trackCount)
        let sequence = number / trackCount
        if due >= host.tally.windowStart, due < host.tally.windowEnd {
            windowCounts[track] += 1
            largestLag = max(largestLag, now - due)
        }
        let stamp = ObjectStamp(
            sequence: sequence, due: due, objectByteCount: UInt32(scenario.objectByteCount))
        scratch.withUnsafeMutableBytes { raw in
            guard let base = raw.baseAddress else { return }
            stamp.write(to: base)
            host.tally.pattern.fill(
                base + ObjectStamp.byteCount, count: raw.count - ObjectStamp.byteCount,
                phase: stamp.patternStart)
        }
        publishers[track % publishers.count].publish(
            slab.copy(scratch), track: track / publishers.count, sequence: sequence)
    }
}
