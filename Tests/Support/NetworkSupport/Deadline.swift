import Glibc

/// A moment of the monotonic clock after which a test gives up waiting.
public struct Deadline: Sendable {
    private let nanoseconds: Int64

    public init(after duration: Duration) {
        let (seconds, attoseconds) = duration.components
        nanoseconds = Self.now + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    public var hasPassed: Bool { remaining <= .zero }
    public var remaining: Duration { .nanoseconds(nanoseconds - Self.now) }

    /// Nanoseconds of the monotonic clock.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Asks `condition` again and again, blocking the thread for a millisecond in between, until it holds or
/// `duration` is over; returns whether it held.
public func wait(
    upTo duration: Duration, until condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = Deadline(after: duration)
    while true {
        if try condition() { return true }
        if deadline.hasPassed { return false }
        usleep(1000)
    }
}

/// The same for asynchronous tests: gives the thread back in between.
public func wait(
    upTo duration: Duration, until condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = Deadline(after: duration)
    while true {
        if try await condition() { return true }
        if deadline.hasPassed { return false }
        try? await Task.sleep(for: .milliseconds(1))
    }
}
