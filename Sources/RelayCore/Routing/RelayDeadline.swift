/// What the control plane waits for.
enum RelayDeadline: Hashable, Sendable {
    /// A request that waits for a publisher gives up.
    case rendezvous(SubscriberKey)
    /// A publisher owes an answer to the relay's SUBSCRIBE.
    case upstreamAnswer(TrackID, SessionKey)
    /// Subscribers whose publisher vanished are ended.
    case takeover(TrackID)
    /// An upstream subscription that nobody uses is ended.
    case linger(TrackID)
    /// A publisher owes an answer to a FETCH of the relay's.
    case upstreamFetch(UpstreamFetchID)
}
