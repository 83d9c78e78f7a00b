import Testing

@testable import Bench

@Suite struct TallyTests {
    private func object(
        _ sequence: UInt64, due: UInt64, pattern: ObjectPattern, size: Int = 700, pieces: Int = 100,
        damage: Int? = nil
    ) -> ObjectProgress {
        var bytes = [UInt8](repeating: 0, count: size)
        let stamp = ObjectStamp(sequence: sequence, due: due, objectByteCount: UInt32(size))
        bytes.withUnsafeMutableBytes { raw in
            guard let base = raw.baseAddress else { return }
            stamp.write(to: base)
            pattern.fill(
                base + ObjectStamp.byteCount, count: size - ObjectStamp.byteCount, phase: stamp.patternStart)
        }
        if let damage { bytes[damage] ^= 1 }
        var progress = ObjectProgress()
        var offset = 0
        while offset < size {
            let part = min(pieces, size - offset)
            bytes.withUnsafeBytes {
                progress.feed(
                    UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + part)]), pattern: pattern)
            }
            offset += part
        }
        return progress
    }

    @Test("an object is whole however its bytes are cut", arguments: [1, 7, 23, 24, 25, 251, 700])
    func cutting(pieces: Int) {
        let progress = object(5, due: 9, pattern: ObjectPattern(), pieces: pieces)
        #expect(progress.isWhole)
        #expect(progress.stamp == ObjectStamp(sequence: 5, due: 9, objectByteCount: 700))
    }

    @Test("one wrong bit is damage, in the stamp or behind it", arguments: [0, 8, 16, 20, 24, 699])
    func damage(at place: Int) {
        #expect(!object(5, due: 9, pattern: ObjectPattern(), damage: place).isWhole)
    }

    @Test("an object counts by when it was due, once, with its latency")
    func window() {
        let tally = Tally()
        tally.windowStart = 1000
        tally.windowEnd = 2000
        var window = SequenceWindow()
        func arrive(_ sequence: UInt64, due: UInt64, asDatagram: Bool = false, at now: UInt64) {
            tally.objectEnded(
                object(sequence, due: due, pattern: tally.pattern), of: .healthy, in: &window,
                asDatagram: asDatagram, at: now)
        }
        arrive(0, due: 900, at: 1100)
        arrive(2, due: 1500, asDatagram: true, at: 1600)
        arrive(1, due: 1200, at: 1700)
        arrive(2, due: 1500, asDatagram: true, at: 1800)
        arrive(3, due: 1900, asDatagram: true, at: 2500)
        arrive(4, due: 2100, at: 2600)
        let counts = tally.classes[ReaderClass.healthy.rawValue]
        #expect(counts.delivered == 3)
        #expect(counts.arrived == 3)
        #expect(counts.arrivedAsDatagrams == 1, "neither the duplicate nor what came after the window")
        #expect(counts.duplicates == 1)
        #expect(counts.reordered == 1)
        #expect(counts.damaged == 0)
        #expect(counts.latency.percentile(1) == 600)
        #expect(tally.totalCount == 6)
    }

    @Test("the sequence window remembers 1024 numbers and forgets what it passes")
    func sequences() {
        var window = SequenceWindow()
        #expect(window.add(10) == .new)
        #expect(window.add(12) == .new)
        #expect(window.add(11) == .reordered)
        #expect(window.add(11) == .duplicate)
        #expect(window.add(10 + 1024) == .new)
        #expect(window.add(10) == .tooOld)
        #expect(window.add(13) == .reordered)
        #expect(window.add(5000) == .new)
        #expect(window.add(4999) == .reordered)
        #expect(window.add(5000) == .duplicate)
    }
}
