import MOQTModel

/// What the control plane wants done. Each is addressed to one shard (`shard`), and must be carried out there in
/// the order given.
///
/// Data plane contract: a track's log lives on its home shard. `openTrack` comes before anything else that
/// names the track there, `openReplica` before any subscriber is attached on another shard, `closeTrack` and
/// `closeReplica` last.
public enum RelayAction: Sendable {
    // Answers to a peer's request.
    /// REQUEST_OK (or what the draft calls it) without parameters, for PUBLISH_NAMESPACE, SUBSCRIBE_NAMESPACE
    /// and SUBSCRIBE_TRACKS.
    case acceptRequest(SessionKey, RequestID)
    /// REQUEST_ERROR: the request is over.
    case refuse(SessionKey, RequestID, RequestFailure)
    /// REQUEST_OK for the update `update` of the request `of`.
    case acceptUpdate(SessionKey, of: RequestID, update: RequestID)
    /// REQUEST_ERROR for the update; what else must end follows as an action of its own.
    case refuseUpdate(SessionKey, of: RequestID, update: RequestID, RequestFailure)

    // Publishers.
    /// Accept a PUBLISH: data on its alias belongs to `track`, whose log is on shard `home`.
    case acceptPublish(SessionKey, RequestID, track: TrackID, home: UInt16, forward: Bool)
    /// Send SUBSCRIBE; data on the alias of its SUBSCRIBE_OK belongs to `track`, whose log is on shard `home`.
    case subscribeUpstream(
        SessionKey, track: TrackID, name: FullTrackName, home: UInt16, parameters: MessageParameters)
    /// Cancel the SUBSCRIBE for `track`, answered or not. No answer is expected any more.
    case unsubscribeUpstream(SessionKey, track: TrackID)
    /// Cancel an accepted PUBLISH: the relay does not want it any more.
    case cancelPublish(SessionKey, RequestID, track: TrackID)
    /// Send REQUEST_UPDATE on the publisher's subscription (its PUBLISH or the relay's SUBSCRIBE).
    case updateUpstream(SessionKey, track: TrackID, parameters: MessageParameters)

    // Tracks, for the home shard.
    case openTrack(home: UInt16, track: TrackID, name: FullTrackName)
    /// What an established source says of the track; given again when another publisher takes over.
    case describeTrack(home: UInt16, track: TrackID, properties: TrackProperties)
    /// `source` feeds the track no more. `done` tells how many streams to wait for; nil: it broke off.
    case sourceGone(home: UInt16, track: TrackID, source: SessionKey, done: PublishDone?)
    /// No source will come any more: the log ends with `status` once the streams that are still owed have arrived
    /// or timed out, and every replica with it. The subscriptions' `endSubscription` follows.
    case endTrack(home: UInt16, track: TrackID, PublishDoneStatus)
    case closeTrack(home: UInt16, track: TrackID)
    /// Send everything of `track` to shard `to`, once, whatever number of subscribers is there.
    case feedReplica(home: UInt16, track: TrackID, to: UInt16)
    case stopReplica(home: UInt16, track: TrackID, to: UInt16)

    // Replicas, for the subscribers' shard.
    case openReplica(shard: UInt16, track: TrackID, home: UInt16, properties: TrackProperties)
    case closeReplica(shard: UInt16, track: TrackID)

    // Subscribers.
    /// Send SUBSCRIBE_OK (LARGEST_OBJECT from `base`) and start a cursor.
    case attachSubscriber(
        SessionKey, track: TrackID, home: UInt16, request: Subscribe, base: SubscriptionBase,
        properties: TrackProperties)
    /// Send PUBLISH (LARGEST_OBJECT from `base`) and start a cursor as `parameters` says. The answer comes back as
    /// an input.
    case publishDownstream(
        SessionKey, track: TrackID, home: UInt16, name: FullTrackName, parameters: MessageParameters,
        base: SubscriptionBase, properties: TrackProperties)
    /// Apply an update to the cursor, then answer it with REQUEST_OK (with LARGEST_OBJECT), or with
    /// REQUEST_ERROR and PUBLISH_DONE UPDATE_FAILED and report `deliveryEnded`.
    case updateSubscriber(SessionKey, SubscriptionReference, track: TrackID, RequestUpdate)
    /// The peer accepted a relayed PUBLISH with these parameters.
    case confirmSubscriber(SessionKey, SubscriptionReference, track: TrackID, MessageParameters)
    /// Drop the cursor and reset its streams: the peer wants no more. Nothing is sent on the request.
    case detachSubscriber(SessionKey, SubscriptionReference, track: TrackID)
    /// End the subscription with PUBLISH_DONE. The shard reports `deliveryEnded` when it is over.
    case endSubscription(
        SessionKey, SubscriptionReference, track: TrackID, PublishDoneStatus, reason: String,
        SubscriptionEnding)
    /// Answer TRACK_STATUS: the home shard adds LARGEST_OBJECT, the session's shard sends.
    case answerTrackStatus(
        SessionKey, RequestID, track: TrackID, home: UInt16, properties: TrackProperties)
    /// Answer FETCH from the log on the home shard or its replica, then report `deliveryEnded` with the
    /// reference `fetched`.
    case serveFetch(SessionKey, Fetch, track: TrackID, home: UInt16, properties: TrackProperties)

    /// The same for a track that is not known here: all of it comes from upstream. No `deliveryEnded` is wanted.
    case serveFetchUpstream(SessionKey, Fetch)
    /// Send FETCH, and what comes of it to the readers' shards.
    case fetchUpstream(SessionKey, UpstreamFetchID, UpstreamFetchKey, readers: [FetchReader])
    /// One more, or one less, wants what the FETCH brings. When the last one goes, the FETCH is cancelled.
    case addFetchReader(SessionKey, UpstreamFetchID, FetchReader, UpstreamFetchKey)
    case removeFetchReader(SessionKey, UpstreamFetchID, FetchReader)
    /// Cancel the FETCH without a word to its readers.
    case cancelFetchUpstream(SessionKey, UpstreamFetchID)
    /// Nobody brings what the reader waits for.
    case refuseFetchReader(FetchReader, RequestFailure)

    /// Tell a SUBSCRIBE_TRACKS that a track below its prefix is not pushed (PUBLISH_BLOCKED, PUBLISH_SKIPPED);
    /// nothing where the draft has no such message.
    case skipPublish(SessionKey, RequestID, suffix: TrackNamespace, name: [UInt8])

    // Namespaces, for a SUBSCRIBE_NAMESPACE.
    case announce(SessionKey, RequestID, prefix: TrackNamespace, suffix: TrackNamespace)
    case withdraw(SessionKey, RequestID, prefix: TrackNamespace, suffix: TrackNamespace)
}
