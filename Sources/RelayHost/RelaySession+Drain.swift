import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import RelayCore
import TransportInterface
import WebTransport

/// What winding up means for one peer.
extension RelaySession {
    /// Sends GOAWAY; the session refuses new requests from here on. Requests that still wait for their track
    /// are refused, too.
    func beginDraining(_ schedule: DrainSchedule, to uri: String) {
        let timeout = schedule.goAwayDeadline.milliseconds(since: shard.now)
        session.goAway(GoAway(newSessionURI: uri, timeout: timeout), now: shard.now)
        (peer.transport as? WebTransportSession)?.drain()
        for (id, kind) in incoming where kind == .subscribe && downstream[id] == nil {
            refuse(id, RequestFailure(.goingAway, "the relay is going away"))
            tell(.subscriptionCancelled(key, .requested(id)))
        }
    }

    /// Sends requests that concern `prefix` elsewhere, one by one (GOAWAY on their streams, draft 18 on); returns
    /// those that were told.
    func sendAway(_ prefix: TrackNamespace, _ message: GoAway) -> [RequestID] {
        var told: [RequestID] = []
        for id in Set(downstream.keys).union(incoming.keys).sorted(by: { $0.value < $1.value }) {
            let subject = session.subject(of: id)
            guard let namespace = subject.track?.namespace ?? subject.namespace, namespace.hasPrefix(prefix),
                session.goAway(message, request: id)
            else { continue }
            told.append(id)
        }
        peer.pump()
        return told
    }

    /// Ends what is left of requests that were sent elsewhere.
    func endSentAway(_ ids: [RequestID]) {
        let failure = RequestFailure(.goingAway, "the request was sent elsewhere")
        for id in ids {
            if downstream[id] != nil {
                endNow(id)
            } else if incoming[id] == .publish {
                cancelPublish(id)
                tell(.publishEnded(key, id, PublishDone(status: .goingAway, streamCount: nil)))
            } else if incoming.removeValue(forKey: id) == .publishNamespace {
                session.refuse(id, failure)
                tell(.publishNamespaceEnded(key, id))
            }
        }
        peer.pump()
    }

    /// The groups that run now are the last ones; what has none running ends at once. `only`: of these requests.
    func endAfterRunningGroups(only ids: [RequestID]? = nil) {
        for (id, sent) in downstream where ids?.contains(id) ?? true {
            guard let largest = shard.track(sent.track)?.log.largest else {
                endNow(id)
                continue
            }
            var isAhead = false
            peer.delivery.updateSubscription(id: id.value) { subscription in
                isAhead = subscription.range.start.group > largest.group
                subscription.rangeEndStatus = .goingAway
                if subscription.range.endGroup.map({ $0 > largest.group }) ?? true {
                    subscription.range.endGroup = largest.group
                    subscription.range.endObject = nil
                }
            }
            if isAhead { endNow(id) }
        }
        peer.transport.wantsToSend()
        peer.pump()
    }

    /// Ends every subscription where it is.
    func endSubscriptionsNow() {
        for id in Array(downstream.keys) { endNow(id) }
        peer.pump()
    }

    private func endNow(_ id: RequestID) {
        let count = peer.stopDelivering(id)
        session.publishDone(
            id, status: .goingAway, streamCount: count, reason: "the relay is going away")
        peer(peer, deliveryEnded: id, status: .goingAway)
    }
}
