import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import TransportInterface

/// REQUEST_UPDATE and what else changes a request that stands, in both directions (draft-18 section 10.9).
extension RelaySession {
    // MARK: From the peer

    func updateReceived(_ existing: RequestID, _ update: RequestUpdate) {
        if update.parameters.hasInvalidFilter { return failUpdate(update, of: existing, .invalidFilter) }
        noteFill(of: update, to: existing)
        switch incoming[existing] {
        case .subscribe:
            tell(.subscriptionUpdated(key, .requested(existing), update))
        case .subscribeNamespace, .subscribeTracks:
            tell(.subscribeNamespaceUpdated(key, existing, update))
        case .fetch:
            updateFetch(existing, update)
        case .publish:
            tell(.publishUpdated(key, existing, update))
        case .publishNamespace:
            // Only a token can be in it.
            session.acceptRequest(update.requestID)
        default:
            if let track = downstream[existing]?.track {
                tell(.subscriptionUpdated(key, .published(track), update))
            } else {
                session.refuse(
                    update.requestID, RequestFailure(.notSupported, "this request cannot be updated"))
            }
        }
    }

    /// The request ends with an update that cannot be carried out (draft-18 section 10.9.1).
    func failUpdate(_ update: RequestUpdate, of id: RequestID, _ failure: RequestFailure) {
        switch incoming[id] {
        case .subscribeNamespace, .subscribeTracks, .publishNamespace:
            session.refuse(update.requestID, failure)
            requestCancelled(id)
        case .fetch:
            session.refuse(update.requestID, failure)
            breakFetch(id, failure)
        default:
            peer.failUpdate(update.requestID, of: id, failure)
            requestCancelled(id)
        }
    }

    /// What the answer to a PUBLISH of the relay's leaves out has its default, where it can say it.
    func publishAccepted(_ id: RequestID, _ parameters: MessageParameters) {
        guard let track = downstream[id]?.track, let rules = session.rules else { return }
        var parameters = parameters
        if rules.answersPublishWithForward { parameters.forward = parameters.forward ?? true }
        tell(.downstreamPublishAccepted(key, track, parameters))
    }

    /// Objects flow again; those up to the largest that is named now have not come this way.
    func updateAccepted(_ id: RequestID, _ answer: RequestOK) {
        guard let request = resumptions.removeValue(forKey: id), let feed = feeding[request], feed.forward,
            let largest = answer.parameters.largestObject
        else { return }
        shard.report(largest, of: feed.track, home: feed.home, afterPause: true)
    }

    /// PUBLISH_STATE_NOTIFY (draft-20 section 10.10): informs of the largest object and the Forward State.
    func stateNotified(_ id: RequestID, _ parameters: MessageParameters) {
        guard let feed = feeding[id] else { return }
        if let largest = parameters.largestObject {
            shard.report(largest, of: feed.track, home: feed.home, afterPause: !feed.forward)
        }
        if let forward = parameters.forward {
            feeding[id]?.forward = forward
            tell(.sourceForwardChanged(key, feed.track, forward))
        }
    }

    // MARK: From the control plane

    func updateUpstream(_ track: TrackID, _ parameters: MessageParameters) {
        let id = upstream[track] ?? feeding.first { $0.value.track == track }?.key
        guard let id, let update = try? session.update(id, parameters: parameters) else { return }
        guard let forward = parameters.forward else { return }
        feeding[id]?.forward = forward
        if forward { resumptions[update] = id }
    }

    func update(_ reference: SubscriptionReference, _ track: ShardTrack, _ update: RequestUpdate) {
        guard let id = request(of: reference) else { return }
        apply(update.parameters, to: id, track)
        var answer = MessageParameters()
        answer.largestObject = track.log.publishedLargest
        session.acceptRequest(update.requestID, parameters: answer)
        unsettledFills[update.requestID] = nil
        open(update.parameters.fill, update.requestID, of: id, largest: answer.largestObject, in: track.log)
    }

    func confirm(_ reference: SubscriptionReference, _ track: ShardTrack, _ parameters: MessageParameters) {
        if let id = request(of: reference) { apply(parameters, to: id, track) }
    }

    private func apply(_ parameters: MessageParameters, to id: RequestID, _ track: ShardTrack) {
        let range = parameters.filter == nil ? nil : range(of: parameters, .log, in: track.log)
        downstream[id]?.apply(parameters, largest: track.log.publishedLargest)
        if let priority = parameters.subscriberPriority {
            peer.prioritizeFills(of: id, subscriberPriority: priority)
        }
        peer.delivery.updateSubscription(id: id.value) { subscription in
            subscription.apply(parameters)
            if let range { subscription.range = range }
        }
        peer.transport.wantsToSend()
        requestNewGroup(parameters, of: track)
    }

    func requestNewGroup(_ parameters: MessageParameters, of track: ShardTrack) {
        guard let value = parameters.newGroupRequest else { return }
        tell(.newGroupRequested(track.id, value, largestGroup: track.log.publishedLargest?.group))
    }
}
