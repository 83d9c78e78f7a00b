import MOQTModel

/// What a peer's connection should do next.
public enum DeliveryStep: Equatable, Sendable {
    /// Open a stream and call `streamOpened` with its header's bytes, or `noStreamCredit`.
    case open(DeliveryStreamToken, SubgroupOpening)
    /// The payloads are the next bytes of this stream; report with `accepted` what the transport took.
    case bytes(DeliveryStreamToken, fin: Bool)
    /// Reset the stream; its token is dead.
    case reset(DeliveryStreamToken, StreamResetCode)
    /// Send the object (its alias is the subscription's context); it counts as sent or dropped at once.
    case datagram(subscription: UInt64, ObjectDatagram)
    /// Everything was handed out (or the subscription fell): send PUBLISH_DONE with the stream count. The
    /// subscription is gone.
    case subscriptionEnded(id: UInt64, PublishDoneStatus, streamCount: UInt64)
    case nothing
}
