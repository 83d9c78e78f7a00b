import Testing
import Tooling

@Suite struct PacingTests {
    @Test(
        arguments: [
            ("30", .objectsPerSecond(30)), ("30/s", .objectsPerSecond(30)),
            ("5Mbit", .bytesPerSecond(625_000)),
            ("800kbit/s", .bytesPerSecond(100_000)), ("2MB", .bytesPerSecond(2_000_000)),
            ("1000B", .bytesPerSecond(1000)),
            ("2.5Mbps", nil), ("realtime", .realTime), ("max", .unlimited), ("0", nil), ("fast", nil),
            ("", nil),
            ("-3", nil),
        ] as [(String, Pace?)])
    func paces(text: String, pace: Pace?) { #expect((try? Pace(text)) == pace) }

    @Test func theAverageKeepsToThePace() {
        var pacer = Pacer(.objectsPerSecond(100))
        var now: UInt64 = 1_000_000_000
        let start = now
        for _ in 0..<200 {
            now += pacer.delay(now: now)
            pacer.sent(byteCount: 1, now: now)
        }
        // 200 objects at 100 per second, less the burst that is allowed at the start.
        #expect((now - start) / 1_000_000 >= 1950 && (now - start) / 1_000_000 <= 2000)
    }

    @Test func aStallIsNotCaughtUpWithInOneBurst() {
        var pacer = Pacer(.bytesPerSecond(1000))
        pacer.sent(byteCount: 10, now: 0)
        #expect(pacer.delay(now: 0) == 10_000_000)
        let later: UInt64 = 10_000_000_000
        var burst = 0
        while pacer.delay(now: later) == 0 {
            pacer.sent(byteCount: 10, now: later)
            burst += 1
        }
        #expect(burst <= 3)
    }

    @Test func theHeadOfAFileMayLeaveAtOnce() {
        var pacer = Pacer(.bytesPerSecond(1_000_000), headByteCount: 500_000)
        let now: UInt64 = 5_000_000_000
        var byteCount = 0
        while pacer.delay(now: now) == 0 {
            pacer.sent(byteCount: 1000, now: now)
            byteCount += 1000
        }
        #expect(byteCount >= 500_000 && byteCount <= 502_000)
    }

    @Test func percentilesComeFromTheNewestSamples() {
        var summary = LatencySummary()
        #expect(summary.percentile(0.5) == nil)
        for value in 1...100 { summary.add(milliseconds: Double(value)) }
        #expect(summary.percentile(0) == 1)
        #expect(summary.percentile(1) == 100)
        #expect(summary.recent == 86)
        for _ in 0..<10_000 { summary.add(milliseconds: 7) }
        #expect(summary.percentile(0.99) == 7)
        #expect(summary.count == 10_100)
    }

    @Test func clocksThatShowAnotherDayGiveNoLatency() {
        let now: UInt64 = 1_795_000_000_000_000
        var summary = LatencySummary()
        // Media time, another epoch, a clock in the far future.
        for sent in [0, now - 1_577_836_800_000_000, now + 2 * LatencySummary.plausible] {
            summary.add(from: sent, to: now)
        }
        #expect(summary.isEmpty)
        summary.add(from: now - 1500, to: now)
        summary.add(from: now + 1500, to: now)
        #expect(summary.percentile(1) == 1.5)
        #expect(summary.percentile(0) == 0)
    }

    @Test func jsonLinesAreOneLine() {
        var line = JSONLine(event: "done")
        line.add("name", "a\"\\\n\u{1B}")
        line.add("count", 3)
        line.add("rate", 1.5)
        line.add("absent", nil as String?)
        line.add("ok", true)
        #expect(
            line.text == #"{"event":"done","name":"a\"\\\n\u001b","count":3,"rate":1.500,"ok":true}"# + "\n")
    }
}
