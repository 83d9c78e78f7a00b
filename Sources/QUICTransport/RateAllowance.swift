import Containers

/// A token bucket.
struct RateAllowance {
    private let nanosecondsPerToken: UInt64
    private let burst: UInt64
    /// The bucket is full at this time, empty `burst` tokens before it.
    private var fullAt: UInt64 = 0

    init(perSecond: UInt64, burst: UInt64) {
        nanosecondsPerToken = 1_000_000_000 / max(1, perSecond)
        self.burst = burst
    }

    /// Takes one token; false when there is none.
    mutating func take(_ now: Instant) -> Bool {
        let base = max(fullAt, now.nanoseconds)
        guard base - now.nanoseconds <= (burst - 1) * nanosecondsPerToken else { return false }
        fullAt = base + nanosecondsPerToken
        return true
    }
}
