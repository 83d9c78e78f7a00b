import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore

/// Fills: what a subscriber wants of the past, from what the logs of this shard keep and from upstream (draft-20
/// section 5.1.3).
extension RelaySession {
    /// The subscription `id` is sent a track now; remembers what its fills will want to know, or the FETCHes that join
    /// it where the draft has those. `filter` nil: it named none.
    func began(
        _ id: RequestID, _ track: ShardTrack, largest: Location?, filter: LocationFilter?, forward: Bool
    ) {
        let past =
            session.rules?.hasFills == true
            ? Downstream.past(filter: filter)
            : .joinable(JoinableSubscription(largest: largest, filter: filter, forward: forward))
        downstream[id] = Downstream(track: track.id, past: past)
    }

    /// Where the subscription begins. With a fill that is after the largest object, whatever its filter says, so that
    /// each object comes once: the fill brings the past.
    func range(of asked: MessageParameters, _ base: SubscriptionBase, in log: TrackLog) -> LogRange {
        let filter = asked.filter ?? .unfiltered
        guard asked.fill != nil, asked.forward ?? true else { return log.range(for: filter, base) }
        return log.range(for: filter, behind: log.largest(base))
    }

    /// Opens the fill that `message`, a SUBSCRIBE or a REQUEST_UPDATE, asked for; `largest` is what its answer names.
    ///
    /// None while nothing is forwarded, and none for a range without locations.
    func open(
        _ fill: FillParameters?, _ message: RequestID, of id: RequestID, largest: Location?, in log: TrackLog
    ) {
        guard let fill, let largest, let filter = downstream[id]?.filter,
            let subscription = peer.delivery.subscription(id: id.value), subscription.forward,
            let plan = log.fillPlan(for: fill.filter ?? filter, largest: largest)
        else { return }
        peer.serveFill(
            fill, message, of: id, plan, subscriberPriority: subscription.subscriberPriority,
            order: subscription.groupOrder, filters: subscription.filters, from: log, upstream: .gaps)
    }

    /// What the updates of a SUBSCRIBE asked for while that waited for its track.
    func openWaitingFills(of id: RequestID, largest: Location?, in log: TrackLog) {
        for (message, fill) in waitingFills.removeValue(forKey: id) ?? [] {
            open(fill, message, of: id, largest: largest, in: log)
        }
    }

    /// The subscription is over, or none came of it.
    func forgetFills(of id: RequestID) {
        waitingFills[id] = nil
        if !unsettledFills.isEmpty { unsettledFills = unsettledFills.filter { $0.value.of != id } }
    }

    // MARK: Updates

    /// Keeps the fill of an update until the control plane says where the subscription is.
    func noteFill(of update: RequestUpdate, to id: RequestID) {
        guard let fill = update.parameters.fill, unsettledFills.count < Peer.maximumFetchCount else { return }
        unsettledFills[update.requestID] = (id, fill)
    }

    /// The control plane applied an update to a SUBSCRIBE that waits for its track.
    func acceptUpdate(_ update: RequestID, of id: RequestID) {
        if let (_, fill) = unsettledFills.removeValue(forKey: update), incoming[id] == .subscribe,
            waitingFills[id, default: []].count < Peer.maximumFetchCount
        {
            waitingFills[id, default: []].append((update, fill))
        }
        session.acceptRequest(update)
    }

    func refuseUpdate(_ update: RequestID, _ failure: RequestFailure) {
        unsettledFills[update] = nil
        session.refuse(update, failure)
    }
}
