/// A control message in the newest draft's vocabulary. Request ids are filled where the draft writes them;
/// from draft 17 on answers carry none and `requestID` is nil there (the stream says which request it is).
public enum ControlMessage: Hashable, Sendable {
    case setup(Setup)
    case goAway(GoAway)
    case maxRequestID(UInt64)
    case requestsBlocked(UInt64)
    case subscribe(Subscribe)
    case subscribeOK(SubscribeOK)
    /// Also draft 14's PUBLISH_NAMESPACE_OK and SUBSCRIBE_NAMESPACE_OK, and TRACK_STATUS_OK.
    case requestOK(RequestOK)
    /// Also draft 14's six *_ERROR messages; `kind` says which.
    case requestError(RequestError)
    /// Also SUBSCRIBE_UPDATE of 14 and 15.
    case requestUpdate(RequestUpdate)
    /// Up to draft 16.
    case unsubscribe(RequestID)
    case publish(Publish)
    /// Up to draft 17; later drafts answer a PUBLISH with REQUEST_OK.
    case publishOK(PublishOK)
    case publishDone(PublishDone)
    case fetch(Fetch)
    case fetchOK(FetchOK)
    /// Up to draft 16.
    case fetchCancel(RequestID)
    /// The same fields as a SUBSCRIBE.
    case trackStatus(Subscribe)
    case publishNamespace(PublishNamespace)
    /// Up to draft 16. By namespace in 14 and 15, by request in 16.
    case publishNamespaceDone(NamespaceReference)
    /// Up to draft 16.
    case publishNamespaceCancel(NamespaceReference, RequestFailure)
    case subscribeNamespace(SubscribeNamespace)
    /// The publisher changed the subscription on its own (draft 20 on); no answer.
    case publishStateNotify(MessageParameters)
    /// From draft 18 on.
    case subscribeTracks(SubscribeNamespace)
    /// 14 (by prefix) and 15 (by request) only.
    case unsubscribeNamespace(NamespaceReference)
    /// A namespace below the prefix appeared; the value is the suffix. From draft 16 on.
    case namespace(TrackNamespace)
    case namespaceDone(TrackNamespace)
    /// PUBLISH_BLOCKED (17, 18), PUBLISH_SKIPPED (19 on): suffix and name.
    case publishSkipped(suffix: TrackNamespace, name: [UInt8])
}

/// Which namespace an end-of-announcement message means: drafts differ in what they write.
public enum NamespaceReference: Hashable, Sendable {
    case namespace(TrackNamespace)
    case request(RequestID)
}
