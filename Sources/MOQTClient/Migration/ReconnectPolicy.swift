/// How long to wait before the next attempt to connect: longer each time, and not in step with everybody else
/// whose relay has died. Pure: chance is an argument.
public struct ReconnectPolicy: Sendable, Equatable {
    /// Milliseconds before the first attempt.
    public var initialDelay: UInt64
    /// Milliseconds that no delay exceeds, chance aside.
    public var maximumDelay: UInt64
    /// Chance takes away up to this share of a delay, in percent.
    public var jitterPercent: UInt64
    /// Attempts since the last success.
    public private(set) var attemptCount = 0

    public init(initialDelay: UInt64 = 250, maximumDelay: UInt64 = 5_000, jitterPercent: UInt64 = 25) {
        self.initialDelay = max(initialDelay, 1)
        self.maximumDelay = max(maximumDelay, self.initialDelay)
        self.jitterPercent = min(jitterPercent, 100)
    }

    /// Milliseconds before the next attempt; it counts as failed until `succeeded`. `chance`: any number.
    public mutating func nextDelay(chance: UInt64) -> UInt64 {
        var delay = initialDelay
        for _ in 0..<min(attemptCount, 63) where delay < maximumDelay {
            delay = delay > maximumDelay / 2 ? maximumDelay : delay * 2
        }
        if attemptCount < Int.max { attemptCount += 1 }
        let (scaled, overflow) = delay.multipliedReportingOverflow(by: jitterPercent)
        let spread = overflow ? 0 : scaled / 100
        return delay - chance % (spread + 1)
    }

    /// Connected: the next delay is the first one again.
    public mutating func succeeded() { attemptCount = 0 }
}
