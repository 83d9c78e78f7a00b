import MOQTModel

/// What the control plane holds for one open session: the keys to everything that must go when it closes.
final class SessionRecord {
    let key: SessionKey
    let traits: SessionTraits
    /// Sent GOAWAY: asked for nothing new.
    var isGoingAway = false

    /// By its PUBLISH_NAMESPACE.
    var namespaces: [RequestID: PublishedNamespace] = [:]
    /// By its SUBSCRIBE_NAMESPACE or SUBSCRIBE_TRACKS.
    var interests: [RequestID: NamespaceInterest] = [:]
    /// By its PUBLISH.
    var publishes: [RequestID: TrackID] = [:]
    /// Tracks that it feeds, or was asked to feed.
    var sourceTracks: Set<TrackID> = []
    var subscriptions: [SubscriptionReference: TrackID] = [:]
    /// How many of `subscriptions` (TRACK_STATUS apart) a track has: 1, or more where the draft allows it.
    var subscribedTracks: [TrackID: Int] = [:]
    /// What it waits for from upstream, by its own numbers.
    var fetchReads: [UInt64: UpstreamFetchID] = [:]
    /// FETCHes of the relay that it was sent.
    var servedFetches: Set<UpstreamFetchID> = []

    init(key: SessionKey, traits: SessionTraits) {
        self.key = key
        self.traits = traits
    }

    func addSubscription(_ reference: SubscriptionReference, to track: TrackID, counts: Bool) {
        subscriptions[reference] = track
        if counts { subscribedTracks[track, default: 0] += 1 }
    }

    func removeSubscription(_ reference: SubscriptionReference, counts: Bool) {
        guard let track = subscriptions.removeValue(forKey: reference), counts else { return }
        let left = (subscribedTracks[track] ?? 0) - 1
        subscribedTracks[track] = left > 0 ? left : nil
    }
}
