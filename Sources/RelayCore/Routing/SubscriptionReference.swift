import MOQTModel

/// Names one downstream subscription of a session: by the peer's request, or by the track that the relay pushed.
public enum SubscriptionReference: Hashable, Sendable, BitwiseCopyable {
    /// The peer's SUBSCRIBE.
    case requested(RequestID)
    /// The relay's PUBLISH; a session gets at most one per track.
    case published(TrackID)
}
