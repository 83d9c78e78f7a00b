/// How a subscription that the relay ends leaves the wire.
public enum SubscriptionEnding: Hashable, Sendable {
    /// After the track's log has ended (every stream that its sources announced has arrived or timed out) and
    /// everything retained for this subscriber is delivered; then PUBLISH_DONE.
    case afterDelivery
    /// Open streams are reset and PUBLISH_DONE follows at once.
    case immediately
}
