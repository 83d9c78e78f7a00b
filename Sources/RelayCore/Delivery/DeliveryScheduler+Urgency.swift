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

    /// The subscription that `next` would serve, and the group of its next object; nil in place of the group for a
    /// datagram. As of the last `urgency`.
    public var mostUrgent: (subscription: UInt64, group: UInt64?)? {
        guard let slot = ready.top?.slot else { return nil }
        let cursor = subscriptions[slot]
        let group = cursor.pointee.ready.top.flatMap { streams[$0.slot].pointee.subgroup?.group }
        return (cursor.pointee.wants.id, group)
    }
}
