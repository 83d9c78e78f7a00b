public import MOQTModel
import MOQTSession

/// Updates of subscriptions that cannot be carried out.
extension Peer {
    /// Refuses an update of a subscription that the peer receives, and ends the subscription with UPDATE_FAILED;
    /// one that had no answer yet is refused. The stream of a FETCH is reset (draft-18 section 10.9.1).
    public func failUpdate(_ update: RequestID, of request: RequestID, _ failure: RequestFailure) {
        session.refuse(update, failure)
        if isServingFetch(request) { return stopFetch(request, code: .internalError) }
        session.refuse(request, failure)
        let count = stopDelivering(request)
        session.publishDone(request, status: .updateFailed, streamCount: count, reason: failure.reason)
    }
}
