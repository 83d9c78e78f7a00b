import Containers
import MOQTModel

/// SUBSCRIBE, TRACK_STATUS and FETCH, and what becomes of a subscription.
extension Relay {
    func subscribeReceived(_ key: SessionKey, _ request: Subscribe, isTrackStatus: Bool, now: Instant) {
        guard let session = sessions[key] else { return }
        let reference = SubscriptionReference.requested(request.requestID)
        if let failure = objection(to: request.track.namespace)
            ?? objection(to: request, isTrackStatus: isTrackStatus, in: session)
        {
            return emit(.refuse(key, request.requestID, failure))
        }
        guard let track = record(for: request.track) else {
            return emit(.refuse(key, request.requestID, .excessive("too many tracks")))
        }
        if track.sources.isEmpty {
            // A new request is a new reason to ask everybody.
            track.failedPublishers = []
            track.failure = nil
        }
        let patience = min(request.parameters.rendezvousTimeout ?? 0, limits.rendezvousTimeout)
        let waiting = WaitingRequest(
            request: request, isTrackStatus: isTrackStatus, order: nextOrder(),
            rendezvous: patience > 0 ? now.advanced(byMilliseconds: patience) : nil,
            precedesTrack: !track.wasEstablished)
        track.wait(SubscriberKey(session: key, reference: reference), waiting)
        session.addSubscription(reference, to: track.id, counts: !isTrackStatus)
        settle(track, now: now)
    }

    /// Treated like a SUBSCRIBE that is over once it is answered (draft-18 section 10.14).
    func trackStatusReceived(_ key: SessionKey, _ request: Subscribe, now: Instant) {
        guard limits.answersTrackStatus else {
            if sessions[key] != nil { emit(.refuse(key, request.requestID, RequestFailure(.notSupported))) }
            return
        }
        subscribeReceived(key, request, isTrackStatus: true, now: now)
    }

    /// The FETCH holds its track until the shard reports `deliveryEnded`.
    ///
    /// One that joins a SUBSCRIBE without an answer is handed to the shard all the same: it waits there for
    /// the answer (draft-18 section 10.12.2).
    func fetchReceived(_ key: SessionKey, _ fetch: Fetch, now: Instant) {
        guard let session = sessions[key] else { return }
        guard limits.servesFetch else {
            return emit(.refuse(key, fetch.requestID, RequestFailure(.notSupported)))
        }
        let reference = SubscriptionReference.fetched(fetch.requestID)
        guard session.subscriptions[reference] == nil,
            session.subscriptions.count < limits.subscriptionsPerSession
        else { return emit(.refuse(key, fetch.requestID, .excessive("too many requests in this session"))) }
        let id: TrackID?
        var isReadable = true
        switch fetch.range {
        case .standalone(let name, _, _, _), .filtered(let name, _):
            id = trackIDs[name]
            // One whose publisher has not answered yet knows nothing.
            guard let id, tracks[id]?.home != nil, tracks[id]?.wasEstablished == true else {
                return fetchReceived(key, fetch, ofUnknown: name)
            }
        case .relativeJoining(let request, _), .absoluteJoining(let request, _):
            let joined = SubscriptionReference.requested(request)
            id = session.subscriptions[joined]
            let subscriber = SubscriberKey(session: key, reference: joined)
            guard let id, let track = tracks[id], track.waiting[subscriber]?.isTrackStatus != true else {
                return emit(
                    .refuse(
                        key, fetch.requestID,
                        RequestFailure(.invalidJoiningRequestID, "no such subscription")))
            }
            isReadable = track.isAttached(subscriber)
        }
        guard let id, let track = tracks[id] else { return }
        let home = track.home ?? key.shard
        if isReadable {
            session.addSubscription(reference, to: id, counts: false)
            addCursor(SubscriberKey(session: key, reference: reference), to: track, home: home)
        }
        emit(.serveFetch(key, fetch, track: id, home: home, properties: track.properties))
        if isReadable { settle(track, now: now) }
    }

    /// Nobody has asked for the track: whoever publishes its namespace may have it.
    private func fetchReceived(_ key: SessionKey, _ fetch: Fetch, ofUnknown name: FullTrackName) {
        let isPublished =
            bestPublisher(of: name.namespace, isOwn: { $0.key == key }, isCandidate: { !$0.isGoingAway })
            != nil
        if let failure = objection(to: name.namespace)
            ?? (isPublished ? nil : RequestFailure(.doesNotExist, "nobody publishes this track"))
        {
            return emit(.refuse(key, fetch.requestID, failure))
        }
        emit(.serveFetchUpstream(key, fetch))
    }

    func subscriptionCancelled(_ key: SessionKey, _ reference: SubscriptionReference, now: Instant) {
        guard let track = track(of: reference, in: key) else { return }
        let subscriber = SubscriberKey(session: key, reference: reference)
        if track.isAttached(subscriber) {
            emit(.detachSubscriber(key, reference, track: track.id))
        }
        removeSubscriber(subscriber, from: track)
        settle(track, now: now)
    }

    func deliveryEnded(_ key: SessionKey, _ reference: SubscriptionReference, now: Instant) {
        guard let track = track(of: reference, in: key) else { return }
        removeSubscriber(SubscriberKey(session: key, reference: reference), from: track)
        settle(track, now: now)
    }

    func subscriptionUpdated(
        _ key: SessionKey, _ reference: SubscriptionReference, _ update: RequestUpdate, now: Instant
    ) {
        guard let track = track(of: reference, in: key) else { return }
        let subscriber = SubscriberKey(session: key, reference: reference)
        if track.isAttached(subscriber) {
            emit(.updateSubscriber(key, reference, track: track.id, update))
            setForward(update.parameters.forward, of: subscriber, in: track)
        } else if var waiting = track.waiting[subscriber] {
            waiting.request.parameters.apply(update.parameters)
            track.wait(subscriber, waiting)
            adjustForwarding(track)
            emit(.acceptUpdate(key, of: waiting.request.requestID, update: update.requestID))
        }
    }

    func downstreamPublishAccepted(
        _ key: SessionKey, _ id: TrackID, _ parameters: MessageParameters, now: Instant
    ) {
        guard let track = track(of: .published(id), in: key) else { return }
        emit(.confirmSubscriber(key, .published(id), track: id, parameters))
        setForward(parameters.forward, of: SubscriberKey(session: key, reference: .published(id)), in: track)
    }

    /// nil: it stays as it is.
    private func setForward(_ forward: Bool?, of subscriber: SubscriberKey, in track: TrackRecord) {
        guard let forward, track.isAttached(subscriber) else { return }
        track.setForward(forward, of: subscriber)
        adjustForwarding(track)
    }

    /// A publisher did not appear in time. If one is being asked, its answer decides.
    func rendezvousExpired(_ subscriber: SubscriberKey, now: Instant) {
        guard let track = track(of: subscriber.reference, in: subscriber.session) else { return }
        release(subscriber, in: track)
        settle(track, now: now)
    }

    /// Answers those who wait for an established track.
    func attachWaiting(_ track: TrackRecord, home: UInt16, now: Instant) {
        for (subscriber, waiting) in track.waitingInOrder(all: true) {
            release(subscriber, in: track)
            track.stopWaiting(subscriber)
            if waiting.isTrackStatus {
                sessions[subscriber.session]?.removeSubscription(subscriber.reference, counts: false)
                emit(
                    .answerTrackStatus(
                        subscriber.session, waiting.request.requestID, track: track.id, home: home,
                        properties: waiting.request.parameters.includeProperties == false
                            ? TrackProperties() : track.properties))
                continue
            }
            addCursor(subscriber, to: track, home: home)
            track.setForward(waiting.request.parameters.forward ?? true, of: subscriber)
            emit(
                .attachSubscriber(
                    subscriber.session, track: track.id, home: home, request: waiting.request,
                    base: waiting.precedesTrack ? .publisher(track.firstLargest) : .log,
                    properties: track.properties))
        }
    }

    /// Nobody can be asked: those who may wait for a publisher are held, the others refused.
    func refuseOrHoldWaiting(_ track: TrackRecord, now: Instant) {
        for (subscriber, waiting) in track.waitingInOrder(all: track.failure != nil) {
            let failure: RequestFailure
            if let refusal = track.failure {
                failure = refusal
            } else if let rendezvous = waiting.rendezvous {
                if rendezvous > now, heldRequestCount < limits.heldRequests {
                    track.setHeld(subscriber, true)
                    heldRequestCount += 1
                    deadlines.set(.rendezvous(subscriber), at: rendezvous)
                    continue
                }
                failure =
                    rendezvous > now
                    ? .excessive("too many requests wait for a publisher")
                    : RequestFailure(.timeout, "no publisher appeared in time")
            } else {
                failure = RequestFailure(.doesNotExist, "nobody publishes this track")
            }
            removeSubscriber(subscriber, from: track)
            if case .requested(let request) = subscriber.reference {
                emit(.refuse(subscriber.session, request, failure))
            }
        }
    }

    /// Counts a subscriber in and opens the replica on its shard when it is the first there.
    func addCursor(_ subscriber: SubscriberKey, to track: TrackRecord, home: UInt16) {
        track.attach(subscriber)
        let shard = subscriber.session.shard
        guard shard != home else { return }
        track.replicas[shard, default: 0] += 1
        if track.replicas[shard] == 1 {
            emit(.openReplica(shard: shard, track: track.id, home: home, properties: track.properties))
            emit(.feedReplica(home: home, track: track.id, to: shard))
        }
    }

    /// Forgets a subscriber, attached or waiting, and closes the replica on its shard when it was the last there.
    func removeSubscriber(_ subscriber: SubscriberKey, from track: TrackRecord) {
        release(subscriber, in: track)
        let waiting = track.stopWaiting(subscriber)
        sessions[subscriber.session]?.removeSubscription(
            subscriber.reference,
            counts: waiting?.isTrackStatus != true && subscriber.reference.isSubscription)
        guard track.detach(subscriber), let home = track.home else { return }
        let shard = subscriber.session.shard
        guard shard != home, let count = track.replicas[shard] else { return }
        track.replicas[shard] = count > 1 ? count - 1 : nil
        if count == 1 {
            emit(.stopReplica(home: home, track: track.id, to: shard))
            emit(.closeReplica(shard: shard, track: track.id))
        }
    }

    private func track(of reference: SubscriptionReference, in key: SessionKey) -> TrackRecord? {
        sessions[key]?.subscriptions[reference].flatMap { tracks[$0] }
    }

    /// Stops counting a request as held.
    private func release(_ subscriber: SubscriberKey, in track: TrackRecord) {
        guard track.waiting[subscriber]?.isHeld == true else { return }
        track.setHeld(subscriber, false)
        heldRequestCount -= 1
        deadlines.remove(.rendezvous(subscriber))
    }

    private func objection(
        to request: Subscribe, isTrackStatus: Bool, in session: SessionRecord
    ) -> RequestFailure? {
        guard session.subscriptions[.requested(request.requestID)] == nil,
            session.subscriptions.count < limits.subscriptionsPerSession
        else { return .excessive("too many subscriptions in this session") }
        guard !isTrackStatus, !session.traits.mayRepeatSubscriptions, let id = trackIDs[request.track],
            session.subscribedTracks[id] != nil
        else { return nil }
        return RequestFailure(.duplicateSubscription, "this session subscribes to the track already")
    }
}
