import MOQTModel
import MOQTPeer
import MOQTSession
import RelayCore
import TransportInterface

/// What a subscriber changes of a subscription that it is sent.
extension RelaySession {
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
        joinable[id]?.apply(parameters, largest: track.log.publishedLargest)
        fillable[id]?.apply(parameters)
        if let priority = parameters.subscriberPriority {
            peer.prioritizeFills(of: id, subscriberPriority: priority)
        }
        peer.delivery.updateSubscription(id: id.value) { subscription in
            subscription.apply(parameters)
            if let range { subscription.range = range }
        }
        peer.transport.wantsToSend()
    }
}
