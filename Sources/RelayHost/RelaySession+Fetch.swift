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
        // The control plane knows our own PUBLISH by its track only.
        if let joined = fetch.range.joinedRequest, incoming[joined] != .subscribe,
            let id = downstream[joined]?.track, let track = shard.track(id)
        {
            return serve(fetch, of: track, track.properties)
        }
        tell(.fetchReceived(key, fetch))
    }

    /// What the control plane found for a FETCH.
    func serve(_ fetch: Fetch, trackID: TrackID, _ properties: TrackProperties) {
        guard incoming[fetch.requestID] == .fetch else {
            return tell(.deliveryEnded(key, .fetched(fetch.requestID)))
        }
        guard let joined = fetch.range.joinedRequest else {
            guard let track = shard.track(trackID) else {
                return breakFetch(fetch.requestID, RequestFailure(.doesNotExist, "the track has ended"))
            }
            return serve(fetch, of: track, properties)
        }
        if let id = downstream[joined]?.track, let track = shard.track(id) {
            serve(fetch, of: track, properties)
        } else if incoming[joined] == .subscribe, pendingJoinCount < Peer.maximumFetchCount {
            pendingJoins[joined, default: []].append(fetch)
        } else {
            breakFetch(fetch.requestID, RequestFailure(.invalidJoiningRequestID, "no such subscription"))
        }
    }

    /// Answers a FETCH from a log that can be read here.
    func serve(_ fetch: Fetch, of track: ShardTrack, _ properties: TrackProperties) {
        guard incoming[fetch.requestID] == .fetch else { return }
        do throws(RequestFailure) {
            let joined = fetch.range.joinedRequest.flatMap { downstream[$0]?.joinable }
            guard let range = try peer.range(of: fetch, joining: joined, in: track.log) else { return }
            // FILL_TIMEOUT 0: what is not here at once is unknown (draft-19 section 10.2.5).
            let waits = fetch.parameters.fillTimeout != 0
            try peer.serveFetch(
                fetch, try track.log.plan(range), properties: properties, from: track.log,
                upstream: waits ? .gaps : .none)
        } catch {
            breakFetch(fetch.requestID, error)
        }
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
        unknownTracks[id] = nil
        for joined in Array(pendingJoins.keys) { pendingJoins[joined]?.removeAll { $0.requestID == id } }
        tell(.subscriptionCancelled(key, .fetched(id)))
    }

    func peer(_ peer: Peer, fetchEnded request: RequestID) {
        incoming[request] = nil
        unknownTracks[request] = nil
        tell(.deliveryEnded(key, .fetched(request)))
    }

    /// Refuses a FETCH, or resets its stream when it has been accepted.
    func breakFetch(_ id: RequestID, _ failure: RequestFailure) {
        endsWaiting(.fetched(id))
        incoming[id] = nil
        unknownTracks[id] = nil
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
