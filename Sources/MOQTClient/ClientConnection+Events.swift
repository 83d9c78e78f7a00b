import Containers
import MOQTModel
import MOQTPeer
import MOQTSession

/// What the session says, handed to whom it concerns.
extension ClientConnection {
    func received(_ event: SessionEvent) {
        switch event {
        case .objectPayload(let stream, let bytes):
            if let subscriber = streams[stream] {
                subscriber.payloadArrived(stream, bytes)
            } else {
                fetchStreams[stream]?.payloadArrived(bytes)
            }
        case .objectBegan(let stream, let header): streams[stream]?.objectBegan(stream, header)
        case .objectEnded(let stream):
            if let subscriber = streams[stream] {
                subscriber.objectEnded(stream)
            } else {
                fetchStreams[stream]?.objectEnded()
            }
        case .subgroupBegan(let stream, let request, let header):
            guard let subscriber = subscribers[request] else { return }
            streams[stream] = subscriber
            subscriber.subgroupBegan(stream, header)
        case .subgroupEnded(let stream, let end):
            streams.removeValue(forKey: stream)?.subgroupEnded(stream, end)
        case .datagram(let request, let object): subscribers[request]?.datagramArrived(object)
        case .fetchStreamBegan(let stream, let request): fetchStreams[stream] = fetches[request]
        case .fetchObjectBegan(let stream, let header): fetchStreams[stream]?.objectBegan(header)
        case .fetchGap(let stream, let gap, let through): fetchStreams[stream]?.gap(gap, through: through)
        case .fetchStreamEnded(let stream, let request, let end):
            fetchStreams[stream] = nil
            fetches[request]?.streamEnded(end)
        default: receivedRequestEvent(event)
        }
    }

    private func receivedRequestEvent(_ event: SessionEvent) {
        switch event {
        case .established:
            isEstablished = true
            onEstablished()
        case .failed(let failure): fail(failure)
        case .goAwayReceived(let message, let request):
            guard let request else { return onGoAway(message.newSessionURI) }
            requestSentAway(request, message.newSessionURI)

        case .subscribeReceived(let request): subscribeReceived(request)
        case .updateReceived(let existing, let update): updateReceived(existing, update)
        case .requestCancelled(let id): requestCancelled(id)
        case .trackStatusReceived(let request): trackStatusReceived(request)
        case .publishNamespaceReceived(let request): session.acceptRequest(request.requestID)
        case .fetchReceived(let request): fetchReceived(request)
        case .publishReceived(let request): publishReceived(request)
        case .subscribeNamespaceReceived(let request):
            session.refuse(request.requestID, RequestFailure(.notSupported, "this client is not a relay"))

        case .subscribeAccepted(let id, let answer): subscribers[id]?.accepted(answer)
        case .publishAccepted(let id, let parameters): publishAccepted(id, parameters)
        case .fetchAccepted(let id, let answer): fetches[id]?.accepted(answer)
        case .requestAccepted(let id, let answer):
            statusAnswers.removeValue(forKey: id)?(
                .success(
                    TrackStatus(largest: answer.parameters.largestObject, properties: answer.properties)))
            updateAnswers.removeValue(forKey: id)?(.success(answer))
            announcements[id]?.answered(nil)
            watches[id]?.answered(nil)
        case .requestRefused(let id, let failure): requestRefused(id, failure)
        case .publishDoneReceived(let id, let done): subscribers[id]?.publishDone(done)
        case .publishNamespaceCancelled(let id, let failure):
            announcements.removeValue(forKey: id)?.revoked(failure)
        case .namespaceAppeared(let id, let namespace): watches[id]?.appeared(namespace)
        case .namespaceVanished(let id, let namespace): watches[id]?.vanished(namespace)
        default: break
        }
    }

    /// The peer asks for one request to be made elsewhere.
    private func requestSentAway(_ id: RequestID, _ uri: String) {
        if let subscriber = subscribers[id] {
            subscriber.onGoAway(uri)
        } else if announcements[id] != nil || deliveries[id] != nil || pushes[id] != nil {
            onPublishingSentAway(uri)
        }
    }

    private func requestRefused(_ id: RequestID, _ failure: RequestFailure) {
        announcements.removeValue(forKey: id)?.answered(failure)
        watches.removeValue(forKey: id)?.answered(failure)
        subscribers.removeValue(forKey: id)?.refused(failure)
        fetches[id]?.refused(failure)
        updateAnswers.removeValue(forKey: id)?(.failure(failure))
        statusAnswers.removeValue(forKey: id)?(.failure(failure))
        joinable[id] = nil
        if let publisher = deliveries.removeValue(forKey: id) {
            peer.stopDelivering(id)
            pushes.removeValue(forKey: id)?.answer(failure)
            publisher.deliveryEnded(self, id)
        }
    }

    private func requestCancelled(_ id: RequestID) {
        joinable[id] = nil
        peer.stopFetch(id)
        if let publisher = deliveries.removeValue(forKey: id) {
            peer.stopDelivering(id)
            pushes[id] = nil
            publisher.deliveryEnded(self, id)
        }
        subscribers.removeValue(forKey: id)?.abandoned()
        fetches[id]?.abandoned()
        announcements.removeValue(forKey: id)?.revoked(
            RequestFailure(.internalError, "the request's stream ended"))
    }
}
