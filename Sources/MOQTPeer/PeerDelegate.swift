import MOQTModel
import MOQTSession
import RelayCore
import TransportInterface

/// What a peer tells its owner, on the owner's loop. The owner may call commands of `peer.session` from here;
/// they are carried out when the call returns.
public protocol PeerDelegate: AnyObject {
    /// Everything the session says, data path included, in order.
    func peer(_ peer: Peer, received event: SessionEvent)
    /// PUBLISH_DONE has been queued for a subscription: all of it was handed to the transport, or it fell.
    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus)
    /// The log of a FETCH that is answered with help from upstream does not hold `range`. What comes of the pipe is
    /// told by `pipesChanged`; nil: nobody can be asked.
    func peer(
        _ peer: Peer, fetch request: RequestID, lacks range: FetchRange, of log: TrackLog, order: GroupOrder
    ) -> FetchPipe?
    /// A FETCH of the peer has been answered to its end, or its stream broke off.
    func peer(_ peer: Peer, fetchEnded request: RequestID)
    /// `nextDeadline` may have changed.
    func peerDeadlineChanged(_ peer: Peer)
    /// The transport is gone; nothing follows.
    func peer(_ peer: Peer, closed reason: TransportCloseReason)
}
