import Containers

/// Something with timers that lives on the simulated network's one loop: usually whoever owns a session.
public protocol SimulatedActor: AnyObject {
    /// When `timeout(now:)` must be called next; `.distantFuture` for never.
    var nextDeadline: Instant { get }
    func timeout(now: Instant)
    /// After every delivered event and timeout, before the transports write: the end of a loop turn.
    func turnEnded(now: Instant)
}
