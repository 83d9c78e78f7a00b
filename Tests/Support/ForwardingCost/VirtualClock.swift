/// Time that moves only when it is told to, so that every run takes the same way.
final class VirtualClock {
    private(set) var nanoseconds: UInt64 = 1_000_000_000_000

    func advance(milliseconds: UInt64) { nanoseconds += milliseconds * 1_000_000 }
}
