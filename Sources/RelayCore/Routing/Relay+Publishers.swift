import Containers
import MOQTModel

/// PUBLISH, and the relay's own SUBSCRIBE to publishers of namespaces.
extension Relay {
    func publishReceived(_ key: SessionKey, _ publish: Publish, now: Instant) {
        guard let session = sessions[key] else { return }
        let request = publish.requestID
        if let failure = objection(to: publish.track.namespace) ?? objection(to: publish, in: session) {
            return emit(.refuse(key, request, failure))
        }
        guard let track = record(for: publish.track) else {
            return emit(.refuse(key, request, .excessive("too many tracks")))
        }
        if track.sources[key] != nil {
            // The relay's SUBSCRIBE has no answer yet and must be over before the PUBLISH is accepted
            // (draft-18 section 5.1).
            emit(.unsubscribeUpstream(key, track: track.id))
            forgetSource(key, of: track)
        }
        guard makePlaceForSource(of: track) else {
            return emit(.refuse(key, request, .excessive("too many publishers of this track")))
        }
        let isTakeover = !track.isEstablished
        let home = openIfNeeded(track, at: key.shard)
        let forward =
            !session.traits.changesForward || track.wantsObjects
            || limits.forwardsIdlePublishes && !track.hasSubscriptions
        // What the answer cannot say an update does, when the track settles.
        let agreed =
            session.traits.answersPublishWithForward ? forward : publish.parameters.forward ?? true
        track.sources[key] = TrackSource(
            kind: .published(request), order: nextOrder(), isEstablished: true, forward: agreed)
        session.sourceTracks.insert(track.id)
        session.publishes[request] = track.id
        establish(
            track, home: home, properties: isTakeover ? publish.properties : nil,
            largest: publish.parameters.largestObject)
        emit(.acceptPublish(key, request, track: track.id, home: home, forward: agreed))
        settle(track, now: now)
        offerTrack(track)
    }

    /// The publisher of a PUBLISH changes it. Of what it may name, only the Forward State means something here.
    func publishUpdated(_ key: SessionKey, _ request: RequestID, _ update: RequestUpdate) {
        guard let id = sessions[key]?.publishes[request], let track = tracks[id] else { return }
        emit(.acceptUpdate(key, of: request, update: update.requestID))
        if let forward = update.parameters.forward { sourceForwardChanged(key, track.id, forward) }
    }

    /// A source forwards or pauses of its own accord; the relay asks for what it wants once more if that differs.
    func sourceForwardChanged(_ key: SessionKey, _ id: TrackID, _ forward: Bool) {
        guard let track = tracks[id], track.sources[key] != nil else { return }
        track.sources[key]?.forward = forward
        adjustForwarding(track)
    }

    func publishEnded(_ key: SessionKey, _ request: RequestID, _ done: PublishDone?, now: Instant) {
        guard let id = sessions[key]?.publishes[request], let track = tracks[id] else { return }
        loseSource(key, of: track, done: done, now: now)
    }

    /// Asks `session` for `track`. Hop by hop parameters are the relay's own: Forward 1 when some subscriber says so
    /// (draft-18 section 9.2), and the Largest Object filter, which serves whoever comes later.
    func subscribeUpstream(_ session: SessionRecord, _ track: TrackRecord, now: Instant) {
        let home = openIfNeeded(track, at: session.key.shard)
        let forward = track.wantsObjects || !session.traits.changesForward
        track.sources[session.key] = TrackSource(
            kind: .subscribed, order: nextOrder(), isEstablished: false, forward: forward)
        session.sourceTracks.insert(track.id)
        var parameters = MessageParameters()
        parameters.forward = forward
        parameters.filter = .nextObject
        parameters.newGroupRequest = track.waiting.values.compactMap(\.request.parameters.newGroupRequest)
            .max()
        if let value = parameters.newGroupRequest { track.newGroupRequest = (value, nil) }
        emit(
            .subscribeUpstream(
                session.key, track: track.id, name: track.name, home: home, parameters: parameters))
        deadlines.set(
            .upstreamAnswer(track.id, session.key),
            at: now.advanced(byMilliseconds: limits.upstreamAnswerTimeout))
    }

    /// Whether one more source may be added. Where there are as many as may be, the one that owes its answer longest
    /// is left: a newcomer is there, and that one perhaps not.
    func makePlaceForSource(of track: TrackRecord) -> Bool {
        guard track.sources.count >= max(limits.sourcesPerTrack, 1) else { return true }
        let silent = track.sources.filter { !$0.value.isEstablished }
        guard let (key, _) = silent.min(by: { $0.value.order < $1.value.order }) else { return false }
        emit(.unsubscribeUpstream(key, track: track.id))
        forgetSource(key, of: track)
        track.failedPublishers.insert(key)
        return true
    }

    func upstreamAccepted(_ key: SessionKey, _ id: TrackID, _ ok: SubscribeOK, now: Instant) {
        guard let track = tracks[id], let source = track.sources[key], source.isSubscribed,
            !source.isEstablished, let home = track.home
        else { return }
        let isTakeover = !track.isEstablished
        deadlines.remove(.upstreamAnswer(id, key))
        track.sources[key]?.isEstablished = true
        // A NEW_GROUP_REQUEST that went with the SUBSCRIBE counts from here.
        if let largest = ok.parameters.largestObject, track.newGroupRequest?.largestGroup == nil {
            track.newGroupRequest?.largestGroup = largest.group
        }
        establish(
            track, home: home, properties: isTakeover ? ok.properties : nil,
            largest: ok.parameters.largestObject)
        settle(track, now: now)
    }

    /// When nobody is left who may still say yes, the error goes to those who wait.
    func upstreamRefused(_ key: SessionKey, _ id: TrackID, _ failure: RequestFailure, now: Instant) {
        guard let track = tracks[id], let source = track.sources[key], source.isSubscribed else { return }
        if source.isEstablished { return loseSource(key, of: track, done: nil, now: now) }
        forgetSource(key, of: track)
        track.failedPublishers.insert(key)
        if !track.isEstablished {
            var failure = failure
            failure.code = failure.code.understood
            track.failure = failure
        }
        settle(track, now: now)
    }

    func upstreamDone(_ key: SessionKey, _ id: TrackID, _ done: PublishDone?, now: Instant) {
        guard let track = tracks[id], track.sources[key]?.isSubscribed == true else { return }
        loseSource(key, of: track, done: done, now: now)
    }

    /// The subscription is given up and asked for again (a session has one subscription to a track, so the old one
    /// goes first).
    func upstreamSentAway(_ key: SessionKey, _ id: TrackID, now: Instant) {
        guard let track = tracks[id], let source = track.sources[key], source.isSubscribed,
            source.isEstablished
        else { return }
        emit(.unsubscribeUpstream(key, track: id))
        removeSource(key, from: track, done: PublishDone(status: .goingAway, streamCount: nil))
        settle(track, now: now)
    }

    func upstreamAnswerExpired(_ key: SessionKey, _ id: TrackID, now: Instant) {
        guard let track = tracks[id], let source = track.sources[key], !source.isEstablished else { return }
        emit(.unsubscribeUpstream(key, track: id))
        forgetSource(key, of: track)
        track.failedPublishers.insert(key)
        if !track.isEstablished, track.failure == nil {
            track.failure = RequestFailure(.timeout, "the publisher did not answer")
        }
        settle(track, now: now)
    }

    /// Passes NEW_GROUP_REQUEST on when it is 0 or above the largest group, the track has dynamic groups, and no
    /// request for as much is outstanding, which one is until the largest group grows (draft-18 section 10.2.14).
    func newGroupRequested(_ id: TrackID, _ value: UInt64, largestGroup: UInt64?) {
        guard let track = tracks[id], track.properties.dynamicGroups == true,
            value == 0 || largestGroup.map({ value > $0 }) ?? true
        else { return }
        if let outstanding = track.newGroupRequest, outstanding.value >= value {
            guard let largestGroup, outstanding.largestGroup.map({ largestGroup > $0 }) ?? true else {
                return
            }
        }
        track.newGroupRequest = (value, largestGroup)
        var update = MessageParameters()
        update.newGroupRequest = value
        for (session, source) in track.sources.sorted(by: { $0.value.order < $1.value.order })
        where source.isEstablished {
            emit(.updateUpstream(session, track: track.id, parameters: update))
        }
    }

    /// Raises the Forward State of every source when some subscriber wants objects, and lowers it when there are
    /// subscribers and none does (draft-18 sections 9.2 and 9.5). Without subscribers a PUBLISH is paused where the
    /// limits say so, and the relay's own subscription stays as it is.
    func adjustForwarding(_ track: TrackRecord) {
        let isWanted = track.wantsObjects
        let isIdle = !isWanted && !track.hasSubscriptions
        for (session, source) in track.sources.sorted(by: { $0.value.order < $1.value.order })
        where source.isEstablished {
            if isIdle, source.isSubscribed { continue }
            let wanted = isWanted || isIdle && limits.forwardsIdlePublishes
            guard source.forward != wanted, sessions[session]?.traits.changesForward == true else { continue }
            track.sources[session]?.forward = wanted
            var update = MessageParameters()
            update.forward = wanted
            emit(.updateUpstream(session, track: track.id, parameters: update))
        }
    }

    /// Takes an established source away and remembers why. The caller settles the track.
    func removeSource(_ key: SessionKey, from track: TrackRecord, done: PublishDone?) {
        guard let source = track.sources[key] else { return }
        forgetSource(key, of: track)
        guard source.isEstablished, let home = track.home else { return }
        track.mayHaveUnasked = true
        emit(.sourceGone(home: home, track: track.id, source: key, done: done))
        if done?.status == .trackEnded { track.hasEnded = true }
        track.loss = track.hasEnded ? .trackEnded : TrackLoss(done)
    }

    /// Removes every trace of a source, without an action.
    func forgetSource(_ key: SessionKey, of track: TrackRecord) {
        guard let source = track.sources.removeValue(forKey: key) else { return }
        deadlines.remove(.upstreamAnswer(track.id, key))
        guard let session = sessions[key] else { return }
        session.sourceTracks.remove(track.id)
        if case .published(let request) = source.kind { session.publishes[request] = nil }
    }

    /// The publisher said, or showed, that it is done. It is not asked again at once.
    private func loseSource(_ key: SessionKey, of track: TrackRecord, done: PublishDone?, now: Instant) {
        removeSource(key, from: track, done: done)
        track.failedPublishers.insert(key)
        settle(track, now: now)
    }

    private func establish(
        _ track: TrackRecord, home: UInt16, properties: TrackProperties?, largest: Location?
    ) {
        track.firstEstablished(largest: largest)
        track.failedPublishers = []
        track.failure = nil
        track.loss = nil
        track.hasEnded = false
        track.establishedOrder = nextOrder()
        guard let properties else { return }
        track.properties = properties
        emit(.describeTrack(home: home, track: track.id, properties: properties))
    }

    private func objection(to publish: Publish, in session: SessionRecord) -> RequestFailure? {
        guard session.publishes[publish.requestID] == nil,
            session.publishes.count < limits.publishesPerSession
        else { return .excessive("too many published tracks in this session") }
        guard let track = trackIDs[publish.track].flatMap({ tracks[$0] }) else { return nil }
        if let source = track.sources[session.key] {
            return source.isEstablished
                ? RequestFailure(.duplicateSubscription, "this session publishes the track already") : nil
        }
        return nil
    }
}
