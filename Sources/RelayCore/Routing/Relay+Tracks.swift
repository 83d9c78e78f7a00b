import Containers
import MOQTModel

/// The life of a track.
extension Relay {
    /// The record that requests for `name` go to, made if there is none; nil when a limit forbids it. Whoever
    /// asks must give it a source or a subscriber, or settle it.
    func record(for name: FullTrackName) -> TrackRecord? {
        if let id = trackIDs[name], let track = tracks[id] { return track }
        guard tracks.count < limits.tracks else { return nil }
        let track = TrackRecord(id: nextTrackID(), name: name)
        guard track.byteCount <= limits.nameBytes - nameByteCount,
            namedTracks.insert(track.id, at: name.namespace)
        else { return nil }
        tracks[track.id] = track
        trackIDs[name] = track.id
        nameByteCount += track.byteCount
        return track
    }

    func openIfNeeded(_ track: TrackRecord, at shard: UInt16) -> UInt16 {
        if let home = track.home { return home }
        track.home = shard
        emit(.openTrack(home: shard, track: track.id, name: track.name))
        return shard
    }

    /// Brings a track from whatever state a change left it in to what the rules want: serve those who wait, ask
    /// publishers, keep or end those who lost theirs, or forget the track.
    func settle(_ track: TrackRecord, now: Instant) {
        guard tracks[track.id] === track else { return }
        guard track.isNamed else {
            if track.attached.isEmpty { destroy(track) }
            return
        }
        if let home = track.home, track.isEstablished {
            deadlines.remove(.takeover(track.id))
            attachWaiting(track, home: home, now: now)
            settleEstablished(track, now: now)
            return
        }
        deadlines.remove(.linger(track.id))
        if track.attached.isEmpty, track.waiting.isEmpty { return destroy(track) }
        // Who was asked no later than the one that ended the track has had its time: a dead session would hold
        // up the end.
        if let loss = track.loss, loss.status == .trackEnded, !track.attached.isEmpty,
            !track.awaitsSuccessor
        {
            return retire(track, status: loss.status, reason: loss.reason, .afterDelivery, now: now)
        }
        if track.sources.isEmpty || track.mayHaveUnasked { askPublishers(of: track, now: now) }
        if !track.sources.isEmpty { return }
        refuseOrHoldWaiting(track, now: now)
        if track.attached.isEmpty {
            if track.waiting.isEmpty { destroy(track) }
        } else if let loss = track.loss, !loss.mayRecover {
            retire(track, status: loss.status, reason: loss.reason, loss.ending, now: now)
        } else if !deadlines.contains(.takeover(track.id)) {
            deadlines.set(.takeover(track.id), at: now.advanced(byMilliseconds: limits.takeoverGrace))
        }
    }

    /// Nobody took the track over in time.
    func takeoverExpired(_ id: TrackID, now: Instant) {
        guard let track = tracks[id], track.isNamed, !track.isEstablished else { return }
        let loss = track.loss ?? TrackLoss(nil)
        retire(track, status: loss.status, reason: loss.reason, .afterDelivery, now: now)
    }

    func lingerExpired(_ id: TrackID) {
        guard let track = tracks[id], track.attached.isEmpty, track.waiting.isEmpty, !track.isPublished
        else { return }
        destroy(track)
    }

    /// Ends it at once for everybody, and at its publishers: who subscribes again gets another life of it.
    func trackMalformed(_ id: TrackID, _ fault: TrackFault, now: Instant) {
        guard let track = tracks[id], track.isNamed else { return }
        retire(track, status: .malformedTrack, reason: fault.rawValue, .immediately, now: now)
    }

    private func settleEstablished(_ track: TrackRecord, now: Instant) {
        if !track.attached.isEmpty || track.isPublished && !isDraining {
            deadlines.remove(.linger(track.id))
            if track.mayHaveUnasked, track.hasSubscriptions { askPublishers(of: track, now: now) }
            adjustForwarding(track)
        } else if limits.linger == 0 || isDraining {
            destroy(track)
        } else if !deadlines.contains(.linger(track.id)) {
            deadlines.set(.linger(track.id), at: now.advanced(byMilliseconds: limits.linger))
        }
    }

    /// Ends all subscriptions of a track. The name is free at once: those who still wait for it, and later
    /// requests, get a record of their own, and this one stays until its last delivery is over.
    private func retire(
        _ track: TrackRecord, status: PublishDoneStatus, reason: String, _ ending: SubscriptionEnding,
        now: Instant
    ) {
        releaseSources(of: track)
        unname(track)
        if let home = track.home { emit(.endTrack(home: home, track: track.id, status)) }
        let order = track.attached.sorted {
            ($0.session.serial, $0.session.shard, $0.reference.rank.0, $0.reference.rank.1)
                < ($1.session.serial, $1.session.shard, $1.reference.rank.0, $1.reference.rank.1)
        }
        for subscriber in order {
            emit(
                .endSubscription(
                    subscriber.session, subscriber.reference, track: track.id, status, reason: reason, ending)
            )
        }
        let waiting = track.takeWaiting()
        if !waiting.isEmpty { transfer(waiting, from: track, now: now) }
        settle(track, now: now)
    }

    private func transfer(
        _ waiting: [SubscriberKey: WaitingRequest], from old: TrackRecord, now: Instant
    ) {
        // The old record's place in the limits stands for the new one: it is counted beside it only while its
        // last deliveries run.
        let track = TrackRecord(id: nextTrackID(), name: old.name)
        tracks[track.id] = track
        trackIDs[track.name] = track.id
        _ = namedTracks.insert(track.id, at: track.name.namespace)
        nameByteCount += track.byteCount
        for (subscriber, request) in waiting {
            var request = request
            request.precedesTrack = true
            track.wait(subscriber, request)
        }
        for (subscriber, request) in waiting {
            guard let session = sessions[subscriber.session] else { continue }
            session.removeSubscription(subscriber.reference, counts: !request.isTrackStatus)
            session.addSubscription(subscriber.reference, to: track.id, counts: !request.isTrackStatus)
        }
        settle(track, now: now)
    }

    private func destroy(_ track: TrackRecord) {
        releaseSources(of: track)
        unname(track)
        tracks[track.id] = nil
        if let home = track.home { emit(.closeTrack(home: home, track: track.id)) }
    }

    private func releaseSources(of track: TrackRecord) {
        for (session, source) in track.sources.sorted(by: { $0.value.order < $1.value.order }) {
            switch source.kind {
            case .subscribed: emit(.unsubscribeUpstream(session, track: track.id))
            case .published(let request): emit(.cancelPublish(session, request, track: track.id))
            }
            forgetSource(session, of: track)
        }
    }

    private func unname(_ track: TrackRecord) {
        deadlines.remove(.takeover(track.id))
        deadlines.remove(.linger(track.id))
        guard track.isNamed else { return }
        track.isNamed = false
        trackIDs[track.name] = nil
        _ = namedTracks.remove(track.id, at: track.name.namespace)
        nameByteCount -= track.byteCount
    }
}
