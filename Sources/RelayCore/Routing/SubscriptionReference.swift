import MOQTModel

/// Names one downstream subscription of a session: by the peer's request, or by the track that the relay pushed.
public enum SubscriptionReference: Hashable, Sendable, BitwiseCopyable {
    /// The peer's SUBSCRIBE.
    case requested(RequestID)
    /// The relay's PUBLISH; a session gets at most one per track.
    case published(TrackID)
    /// The peer's FETCH: it holds the track while it is served, and is no subscription otherwise.
    case fetched(RequestID)
}

extension SubscriptionReference {
    /// Puts the references of one session into an order of no meaning, for output that is the same every time.
    var rank: (UInt8, UInt64) {
        switch self {
        case .requested(let request): (0, request.value)
        case .published(let track): (1, UInt64(track.value))
        case .fetched(let request): (2, request.value)
        }
    }

    /// Counts among the subscriptions that a session has of a track.
    var isSubscription: Bool {
        if case .fetched = self { return false }
        return true
    }
}
