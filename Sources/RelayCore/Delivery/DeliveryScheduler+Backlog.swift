/// How far a subscription is behind its log: for publishers that write no faster than their peers take.
extension DeliveryScheduler {
    /// Bytes in the log that the transport has not taken yet; nil when there is no such subscription. Cold
    /// path: it walks the subscription's streams.
    public func waitingByteCount(of id: UInt64) -> UInt64? {
        guard let slot = slotsByID[id] else { return nil }
        let cursor = subscriptions[slot]
        var waiting: UInt64 = 0
        var stream = cursor.pointee.firstStream
        while stream >= 0 {
            let state = streams[stream]
            if let image = state.pointee.image {
                waiting &+= image.byteCount &- min(state.pointee.position, image.byteCount)
            } else if let subgroup = state.pointee.subgroup {
                waiting &+= UInt64(subgroup.heldByteCount)
            }
            stream = state.pointee.nextStream
        }
        guard let log = cursor.pointee.log else { return waiting }
        for subgroup in log.subgroups.reversed() {
            guard subgroup.sequence > cursor.pointee.seenSequence else { break }
            waiting &+= UInt64(subgroup.heldByteCount)
        }
        return waiting
    }
}
