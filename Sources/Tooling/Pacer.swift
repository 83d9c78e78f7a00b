/// Says when the next object may leave so that the average keeps to a pace; a stall is not caught up with in
/// one burst. Pure: time is an argument, in nanoseconds.
public struct Pacer: Sendable {
    public let pace: Pace
    private var next: UInt64?
    /// Nanoseconds that may be caught up with: the head at first, then `burst`.
    private var allowance: UInt64

    /// Nanoseconds that may be caught up with after a stall.
    private static let burst: UInt64 = 20_000_000

    /// `headByteCount`: bytes that may leave at once in the beginning (for a pace in bytes).
    public init(_ pace: Pace, headByteCount: Int = 0) {
        self.pace = pace
        if case .bytesPerSecond(let rate) = pace, rate > 0 {
            allowance = max(Self.burst, UInt64(min(Double(max(headByteCount, 0)) / rate * 1e9, 1e15)))
        } else {
            allowance = Self.burst
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
        let earliest = now > allowance ? now - allowance : 0
        let step = min(max(seconds * 1e9, 0), 1e15)
        let after = max(next ?? 0, earliest) &+ UInt64(step)
        if after >= now { allowance = Self.burst }
        next = after
    }
}
