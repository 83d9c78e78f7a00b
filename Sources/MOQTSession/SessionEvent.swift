import Containers
import MOQTModel

/// What a session tells the layer above, draft-neutral and keyed by request. The cases of the data path hold
/// plain structs and shared bytes; the rare ones are boxed so that the common ones stay small.
public enum SessionEvent: Sendable {
    // The data path.

    /// A subgroup of a request's track begins; the request is ours (SUBSCRIBE) or the peer's (PUBLISH).
    case subgroupBegan(StreamID, request: RequestID, SubgroupHeader)
    case objectBegan(StreamID, ObjectHeader)
    /// More bytes of the object that began last on this stream.
    case objectPayload(StreamID, Payload)
    case objectEnded(StreamID)
    /// Nothing follows on this stream.
    case subgroupEnded(StreamID, SubgroupEnd)
    case datagram(request: RequestID, ObjectDatagram)

    /// The objects of a FETCH of ours begin, or those of a fill: then the request is the SUBSCRIBE or REQUEST_UPDATE
    /// that asked for it. `objectPayload` and `objectEnded` follow as on subgroups, and one `fetchStreamEnded` while
    /// the session lives.
    case fetchStreamBegan(StreamID, request: RequestID)
    case fetchObjectBegan(StreamID, FetchObjectHeader)
    /// Nothing after the last object up to this location, inclusive.
    case fetchGap(StreamID, FetchGap, through: Location)
    case fetchStreamEnded(StreamID, request: RequestID, SubgroupEnd)

    // The session.

    /// SETUP has been exchanged; requests may flow.
    indirect case established(peerSetup: Setup)
    /// The peer is leaving: the whole session, or one request (draft 18 on).
    indirect case goAwayReceived(GoAway, request: RequestID?)
    /// The session is over: a rule was broken (the close is among the actions) or the transport is gone.
    indirect case failed(SessionFailure)

    // Requests of the peer. Each wants one answer.

    indirect case subscribeReceived(Subscribe)
    indirect case trackStatusReceived(Subscribe)
    indirect case fetchReceived(Fetch)
    indirect case publishReceived(Publish)
    indirect case publishNamespaceReceived(PublishNamespace)
    /// `interest` is resolved, whatever messages the draft has for it.
    indirect case subscribeNamespaceReceived(SubscribeNamespace)
    /// The update has a request id of its own; answer that one.
    indirect case updateReceived(existing: RequestID, RequestUpdate)
    /// The peer withdrew its own request, or the stream of one that we made or accepted is gone.
    case requestCancelled(RequestID)

    /// The publisher changed a subscription of its own accord; nothing is to be answered (draft 20 on). The request is
    /// our SUBSCRIBE or the peer's PUBLISH.
    indirect case publishStateNotified(RequestID, MessageParameters)

    // Answers to our requests.

    indirect case subscribeAccepted(RequestID, SubscribeOK)
    indirect case publishAccepted(RequestID, MessageParameters)
    indirect case fetchAccepted(RequestID, FetchOK)
    indirect case requestAccepted(RequestID, RequestOK)
    indirect case requestRefused(RequestID, RequestFailure)
    /// The publisher ended the subscription (ours, or the peer's PUBLISH). Objects may still arrive.
    indirect case publishDoneReceived(RequestID, PublishDone)
    /// The peer revoked its acceptance of our PUBLISH_NAMESPACE.
    indirect case publishNamespaceCancelled(RequestID, RequestFailure)
    /// A namespace below the prefix of our SUBSCRIBE_NAMESPACE, in full.
    indirect case namespaceAppeared(RequestID, TrackNamespace)
    indirect case namespaceVanished(RequestID, TrackNamespace)
    /// No PUBLISH will follow for this track (PUBLISH_BLOCKED, PUBLISH_SKIPPED).
    indirect case publishSkipped(RequestID, FullTrackName)
}
