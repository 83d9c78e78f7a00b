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

    /// The groups that run now are the last ones; what has none running ends at once.
    func endAfterRunningGroups() {
        for (id, trackID) in downstream {
            guard let largest = shard.track(trackID)?.log.largest else {
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
