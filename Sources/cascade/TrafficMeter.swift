/// Bits per second over the last second or so.
struct TrafficMeter {
    private var samples: [(milliseconds: UInt64, byteCount: UInt64)] = []
    private(set) var bitsPerSecond = 0.0

    mutating func update(byteCount: UInt64, atMilliseconds now: UInt64) {
        samples.append((now, byteCount))
        while samples.count > 2, now - samples[1].milliseconds >= 1000 { samples.removeFirst() }
        guard let first = samples.first, now > first.milliseconds else { return }
        bitsPerSecond = Double(byteCount - first.byteCount) * 8000 / Double(now - first.milliseconds)
    }
}
