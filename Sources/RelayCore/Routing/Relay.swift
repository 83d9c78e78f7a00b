import Containers
import MOQTModel

/// The relay's control plane: who publishes what, who wants it, and what therefore has to happen.
///
/// One instance serves all shards; it lives on one loop and is fed the control events of every session. It
/// performs nothing itself: `handle` and `timeout` append actions, which the host takes with `drainActions` and
/// carries to the shards they name, in order.
public final class Relay {
    public let limits: RelayLimits
    var actions: [RelayAction] = []

    public init(limits: RelayLimits = RelayLimits()) { self.limits = limits }

    /// When `timeout` must be called at the latest; nil = nothing waits.
    public var nextDeadline: Instant? { nil }

    /// Takes one event into account. Never fails: what cannot be granted is refused by an action.
    public func handle(_ input: RelayInput, now: Instant) {}

    /// Acts on every deadline that has passed.
    public func timeout(now: Instant) {}

    /// Hands over the actions that accumulated, oldest first, and forgets them.
    public func drainActions(_ body: (RelayAction) -> Void) {
        let taken = actions
        actions.removeAll(keepingCapacity: true)
        for action in taken { body(action) }
    }
}
