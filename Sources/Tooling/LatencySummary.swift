/// Latencies of many objects in little memory: the newest ones exactly, for percentiles.
public struct LatencySummary: Sendable {
    private var samples: [Double] = []
    private var position = 0
    public private(set) var count = 0

    /// Samples kept.
    public static let capacity = 4096

    /// What lies further apart than this many microseconds was not read from the same clock.
    public static let plausible: UInt64 = 24 * 3600 * 1_000_000

    public init() {}

    /// Counts an object that left at one time of day and came at another, both in microseconds since 1970. A
    /// sender's clock that is a little ahead makes it 0; one that shows another day altogether says nothing.
    public mutating func add(from sent: UInt64, to received: UInt64) {
        let distance = received > sent ? received - sent : sent - received
        guard distance <= Self.plausible else { return }
        add(milliseconds: received > sent ? Double(distance) / 1000 : 0)
    }

    public mutating func add(milliseconds: Double) {
        count += 1
        if samples.count < Self.capacity {
            samples.append(milliseconds)
        } else {
            samples[position] = milliseconds
            position = (position + 1) % Self.capacity
        }
    }

    public var isEmpty: Bool { samples.isEmpty }

    /// The value that `share` (0...1) of the newest samples do not exceed; nil without samples.
    public func percentile(_ share: Double) -> Double? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        let index = Int((Double(sorted.count - 1) * min(max(share, 0), 1)).rounded())
        return sorted[index]
    }

    /// The median of the last few samples, for a progress line.
    public var recent: Double? {
        guard !samples.isEmpty else { return nil }
        let newest = samples.count < Self.capacity ? samples.count : position
        let first = max(0, newest - 30)
        let tail = first < newest ? samples[first..<newest].sorted() : samples.suffix(30).sorted()
        return tail[tail.count / 2]
    }
}
