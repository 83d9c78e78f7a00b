import MOQTModel

/// What happened on some session, as told to the control plane by the shard that owns the session.
///
/// Every `SessionKey` must have been announced by `sessionOpened`; inputs of sessions that are not (or no longer)
/// open are ignored, so a shard need not order its last messages with care.
public enum RelayInput: Sendable {
    case sessionOpened(SessionKey, SessionTraits)
    /// Ends everything the session had. No action names it afterwards.
    case sessionClosed(SessionKey)

    /// The relay winds up: a track that nobody reads any more is let go, whoever publishes it.
    case drainBegan

    // As subscriber.
    case subscribeReceived(SessionKey, Subscribe)
    /// UNSUBSCRIBE, or the request stream was cancelled. Also ends a relayed PUBLISH that had been accepted.
    case subscriptionCancelled(SessionKey, SubscriptionReference)
    case subscriptionUpdated(SessionKey, SubscriptionReference, RequestUpdate)
    /// The shard ended the subscription by itself: all was delivered after `endSubscription`, the filter's end
    /// was reached, or the subscriber was too slow.
    case deliveryEnded(SessionKey, SubscriptionReference)
    case trackStatusReceived(SessionKey, Subscribe)
    case fetchReceived(SessionKey, Fetch)
    /// The shard answers a FETCH and lacks a part of it. One of `fetchUpstream` with this reader and
    /// `refuseFetchReader` follows.
    case upstreamFetchWanted(FetchReader, FetchTarget, FetchRange, GroupOrder)
    /// Nobody waits for that part any more.
    case upstreamFetchUnwanted(FetchReader)
    case subscribeNamespaceReceived(SessionKey, SubscribeNamespace)
    case subscribeNamespaceUpdated(SessionKey, RequestID, RequestUpdate)
    case subscribeNamespaceEnded(SessionKey, RequestID)
    /// The peer's answer to `publishDownstream`.
    case downstreamPublishAccepted(SessionKey, TrackID, MessageParameters)
    case downstreamPublishRefused(SessionKey, TrackID, RequestFailure)
    /// `publishDownstream` could not be carried out: nothing was sent.
    case downstreamPublishImpossible(SessionKey, TrackID)
    /// A subscription asked for a new group. `largestGroup`: of the track, as far as its shard knows.
    case newGroupRequested(TrackID, UInt64, largestGroup: UInt64?)

    // As publisher.
    case publishNamespaceReceived(SessionKey, PublishNamespace)
    case publishNamespaceEnded(SessionKey, RequestID)
    case publishReceived(SessionKey, Publish)
    case publishUpdated(SessionKey, RequestID, RequestUpdate)
    /// A publisher said, unasked, what the Forward State of the relay's subscription is (PUBLISH_STATE_NOTIFY).
    case sourceForwardChanged(SessionKey, TrackID, Bool)
    /// nil: the request stream broke off without PUBLISH_DONE.
    case publishEnded(SessionKey, RequestID, PublishDone?)
    /// The answers to `subscribeUpstream`. A session has at most one such subscription per track.
    case upstreamAccepted(SessionKey, TrackID, SubscribeOK)
    case upstreamRefused(SessionKey, TrackID, RequestFailure)
    /// nil: the request stream broke off without PUBLISH_DONE.
    case upstreamDone(SessionKey, TrackID, PublishDone?)
    /// The publisher wants the relay's SUBSCRIBE made anew; it stands until then.
    case upstreamSentAway(SessionKey, TrackID)
    /// The answer to `fetchUpstream`, or its first object; nil: yes.
    case upstreamFetchAnswered(SessionKey, UpstreamFetchID, RequestFailure?)
    /// All of it has come, or it broke off: the readers have been told.
    case upstreamFetchEnded(SessionKey, UpstreamFetchID)
    /// The data plane found that the track breaks the object model (draft-19 section 2.4.2).
    case trackMalformed(TrackID, TrackFault)
    /// The peer sent GOAWAY: its requests stand, but no new one goes there.
    case goAwayReceived(SessionKey)
}
