/// A point on the monotonic clock, in nanoseconds.
///
/// Pure code never reads a clock: whoever drives it passes the time in, so tests run on virtual time.
public struct Instant: Comparable, Hashable, Sendable, BitwiseCopyable {
    /// Nanoseconds since an arbitrary epoch that stays fixed while the process lives.
    public var nanoseconds: UInt64

    @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static let zero = Instant(nanoseconds: 0)
    /// Later than any moment that can be reached: "no deadline".
    public static let distantFuture = Instant(nanoseconds: .max)

    @inlinable public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// The instant `milliseconds` later, saturating at `distantFuture`.
    @inlinable public func advanced(byMilliseconds milliseconds: UInt64) -> Instant {
        let (delta, tooLong) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return tooLong ? .distantFuture : advanced(byNanoseconds: delta)
    }

    /// The instant `nanoseconds` later, saturating at `distantFuture`.
    @inlinable public func advanced(byNanoseconds delta: UInt64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }

    /// Milliseconds since `earlier`; zero when `earlier` is not earlier.
    @inlinable public func milliseconds(since earlier: Instant) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? (nanoseconds - earlier.nanoseconds) / 1_000_000 : 0
    }
}
