/// How fast a publisher may go.
public enum Pace: Equatable, Sendable {
    case unlimited
    case objectsPerSecond(Double)
    case bytesPerSecond(Double)
    /// As fast as the media's own clock.
    case realTime

    /// Reads `30` or `30/s` (objects), `5Mbit`, `800kbit` (bits per second), `2MB`, `64kB`, `1000B` (bytes per
    /// second), `realtime`, `max`.
    public init(_ text: String) throws(UsageError) {
        if text == "max" || text == "unlimited" {
            self = .unlimited
            return
        }
        if text == "realtime" || text == "real-time" {
            self = .realTime
            return
        }
        var word = text
        for ending in ["/s", "ps"] where word.hasSuffix(ending) && word.count > 2 { word.removeLast(2) }
        let (number, unit) = Quantity.split(word)
        let scale: [String: Double] = ["": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9]
        if let value = number, value > 0 {
            if unit.isEmpty {
                self = .objectsPerSecond(value)
                return
            }
            for (ending, bytes) in [("bit", 0.125), ("B", 1.0)] where unit.hasSuffix(ending) {
                guard let factor = scale[String(unit.dropLast(ending.count))] else { continue }
                self = .bytesPerSecond(value * factor * bytes)
                return
            }
        }
        throw UsageError(
            "--rate wants objects per second (30), bits (5Mbit), bytes (2MB), realtime or max, not "
                + "'\(Printable.escaped(text, limit: 100))'")
    }
}

/// Says when the next object may leave so that the average keeps to a pace; a stall is not caught up with in
/// one burst. Pure: time is an argument, in nanoseconds.
public struct Pacer: Sendable {
    public let pace: Pace
    private var next: UInt64?
    private let head: UInt64

    /// Nanoseconds that may be caught up with after a stall.
    private static let burst: UInt64 = 20_000_000

    /// `headByteCount`: bytes that may leave at once in the beginning (for a pace in bytes).
    public init(_ pace: Pace, headByteCount: Int = 0) {
        self.pace = pace
        if case .bytesPerSecond(let rate) = pace, rate > 0 {
            head = UInt64(min(Double(max(headByteCount, 0)) / rate * 1e9, 1e15))
        } else {
            head = 0
        }
    }

    /// Nanoseconds to wait before the next object; 0 = now.
    public func delay(now: UInt64) -> UInt64 {
        guard let next else { return 0 }
        return next > now ? next - now : 0
    }

    /// An object of `byteCount` left now.
    public mutating func sent(byteCount: Int, now: UInt64) {
        let seconds: Double
        switch pace {
        case .unlimited, .realTime: return
        case .objectsPerSecond(let rate): seconds = 1 / rate
        case .bytesPerSecond(let rate): seconds = Double(byteCount) / rate
        }
        let allowance = next == nil ? max(head, Self.burst) : Self.burst
        let earliest = now > allowance ? now - allowance : 0
        let start = max(next ?? 0, earliest)
        let step = min(max(seconds * 1e9, 0), 1e15)
        next = start &+ UInt64(step)
    }
}
