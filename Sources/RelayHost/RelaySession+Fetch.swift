import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore

/// FETCH from what the logs of this shard keep (draft-18 sections 10.12 and 10.13).
///
/// All FETCHes take the way over the control plane, so that updates of a joined subscription that came first
/// are carried out first.
extension RelaySession {
    func fetchReceived(_ fetch: Fetch) {
        incoming[fetch.requestID] = .fetch
        switch fetch.range {
        case .relativeJoining(let joined, _), .absoluteJoining(let joined, _):
            // The control plane knows our own PUBLISH by its track only.
            guard incoming[joined] != .subscribe, let id = downstream[joined], let track = shard.track(id)
            else { break }
            return serve(fetch, of: track, track.properties)
        case .standalone, .filtered: break
        }
        tell(.fetchReceived(key, fetch))
    }

    /// What the control plane found for a FETCH.
    func serve(_ fetch: Fetch, trackID: TrackID, _ properties: TrackProperties) {
        guard incoming[fetch.requestID] == .fetch else {
            return tell(.deliveryEnded(key, .fetched(fetch.requestID)))
        }
        switch fetch.range {
        case .standalone, .filtered:
            guard let track = shard.track(trackID) else {
                return breakFetch(fetch.requestID, RequestFailure(.doesNotExist, "the track has ended"))
            }
            serve(fetch, of: track, properties)
        case .relativeJoining(let joined, _), .absoluteJoining(let joined, _):
            if let id = downstream[joined], let track = shard.track(id) {
                serve(fetch, of: track, properties)
            } else if incoming[joined] == .subscribe, pendingJoinCount < Peer.maximumFetchCount {
                pendingJoins[joined, default: []].append(fetch)
            } else {
                breakFetch(
                    fetch.requestID, RequestFailure(.invalidJoiningRequestID, "no such subscription"))
            }
        }
    }

    /// Answers a FETCH from a log that can be read here.
    func serve(_ fetch: Fetch, of track: ShardTrack, _ properties: TrackProperties) {
        guard incoming[fetch.requestID] == .fetch, let rules = session.rules else { return }
        let ordered = rules.fetchOrderDefaultsToPublisher ? properties.groupOrder : nil
        do throws(RequestFailure) {
            guard let plan = try plan(fetch, track.log, rules) else { return }
            try peer.serveFetch(
                fetch.requestID, plan, order: fetch.parameters.groupOrder ?? ordered ?? .ascending,
                subscriberPriority: fetch.parameters.subscriberPriority ?? 128, properties: properties,
                from: track.log)
        } catch {
            breakFetch(fetch.requestID, error)
        }
    }

    /// nil when the FETCH broke the protocol and the session is over.
    private func plan(
        _ fetch: Fetch, _ log: TrackLog, _ rules: DraftRules
    ) throws(RequestFailure) -> FetchPlan? {
        let joined: RequestID
        switch fetch.range {
        case .standalone(_, let start, let endGroup, let endObject):
            return try log.plan(from: start, endGroup: endGroup, endObject: endObject)
        case .filtered(_, let filter):
            // Never beyond the largest object; without a filter from the very first.
            guard let largest = log.largest else {
                throw RequestFailure(.invalidRange, "nothing has been published")
            }
            let start = filter == .unfiltered ? .zero : log.range(for: filter).start
            return try log.plan(from: start, endGroup: largest.group, endObject: largest.object)
        case .relativeJoining(let request, _), .absoluteJoining(let request, _): joined = request
        }
        guard let subscription = joinable[joined] else {
            throw RequestFailure(.invalidJoiningRequestID, "no such subscription")
        }
        guard try mayJoin(subscription, rules) else { return nil }
        guard let largest = subscription.largest else {
            throw RequestFailure(.invalidRange, "nothing had been published when the subscription began")
        }
        let start: UInt64
        switch fetch.range {
        // The drafts do not say what is before group 0: nothing.
        case .relativeJoining(_, let back): start = largest.group > back ? largest.group - back : 0
        case .absoluteJoining(_, let group): start = group
        case .standalone, .filtered: return nil
        }
        return try log.plan(
            from: Location(group: start, object: 0), endGroup: largest.group, endObject: largest.object)
    }

    /// False when the session had to be closed.
    private func mayJoin(
        _ subscription: JoinableSubscription, _ rules: DraftRules
    ) throws(RequestFailure) -> Bool {
        switch rules.joiningFetchNeeds {
        case .largestObjectFilter:
            if subscription.beganAfterLargest { return true }
            session.close(.protocolViolation, reason: "FETCH joins a subscription with another filter")
        case .forwarding:
            if subscription.forward { return true }
            session.close(.protocolViolation, reason: "FETCH joins a subscription that is not forwarded")
        case .forwardingOrRefused:
            if subscription.forward { return true }
            throw RequestFailure(.invalidRange, "the subscription is not forwarded")
        }
        return false
    }

    // MARK: Changes and ends

    func updateFetch(_ id: RequestID, _ update: RequestUpdate) {
        if let priority = update.parameters.subscriberPriority {
            peer.prioritizeFetch(id, subscriberPriority: priority)
        }
        session.acceptRequest(update.requestID)
    }

    func fetchCancelled(_ id: RequestID) {
        endsWaiting(.fetched(id))
        peer.stopFetch(id)
        for joined in Array(pendingJoins.keys) { pendingJoins[joined]?.removeAll { $0.requestID == id } }
        tell(.subscriptionCancelled(key, .fetched(id)))
    }

    func peer(_ peer: Peer, fetchEnded request: RequestID) {
        incoming[request] = nil
        tell(.deliveryEnded(key, .fetched(request)))
    }

    /// Refuses a FETCH, or resets its stream when it has been accepted.
    func breakFetch(_ id: RequestID, _ failure: RequestFailure) {
        endsWaiting(.fetched(id))
        incoming[id] = nil
        session.refuse(id, failure)
        peer.stopFetch(id, code: failure.code == .malformedTrack ? .malformedTrack : .internalError)
        tell(.deliveryEnded(key, .fetched(id)))
    }

    /// The SUBSCRIBE that FETCHes wanted to join has no future.
    func dropJoins(of id: RequestID) {
        for fetch in pendingJoins.removeValue(forKey: id) ?? [] {
            breakFetch(
                fetch.requestID, RequestFailure(.invalidJoiningRequestID, "the subscription has ended"))
        }
    }

    private var pendingJoinCount: Int { pendingJoins.values.reduce(0) { $0 + $1.count } }

    // MARK: TRACK_STATUS

    /// Answers TRACK_STATUS with what the track's home knows.
    func answerTrackStatus(_ id: RequestID, largest: Location?, _ properties: TrackProperties) {
        guard incoming.removeValue(forKey: id) == .trackStatus else { return }
        var answer = MessageParameters()
        answer.largestObject = largest
        session.acceptRequest(id, parameters: answer, properties: properties)
    }
}
