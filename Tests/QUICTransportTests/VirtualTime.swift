/// A clock that stands still unless a test moves it.
final class VirtualTime {
    var nanoseconds: UInt64 = 1_000_000_000
}
