import Containers

/// One end's view of a stream.
struct SimulatedStream {
    var isOurs: Bool
    // Our sending half.
    /// Bytes queued by `send`, ahead of the source.
    var queue: [Payload] = []
    var queuedFin = false
    var sent = 0
    /// Bytes that the peer allows in all.
    var allowance: Int
    /// The source was told that the stream is blocked.
    var isBlocked = false
    /// FIN or RESET has left.
    var sendingEnded: Bool
    var sendingAcknowledged: Bool
    /// Nothing arrives at the peer before this: streams are ordered.
    var deliveryFloor: Instant = .zero
    // Our receiving half.
    var receivingEnded: Bool
}
