import Containers

/// What others on the same connection compare themselves with.
extension DeliveryScheduler {
    /// How urgent the next step of `next` is: subscriber priority times 256 plus publisher priority, lower
    /// first; 0 for what costs no bytes (resets, endings); nil when nothing is ready.
    public func urgency(now: Instant) -> UInt64? {
        self.now = now
        lookAtDirty()
        if !resets.isEmpty || !endings.isEmpty { return 0 }
        return ready.top?.first
    }
}
