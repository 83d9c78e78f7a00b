import Containers
import MOQTModel

/// SUBSCRIBE_NAMESPACE and SUBSCRIBE_TRACKS: who wants to hear of what.
extension Relay {
    func subscribeNamespaceReceived(_ key: SessionKey, _ request: SubscribeNamespace) {
        guard let session = sessions[key] else { return }
        let interest = NamespaceInterest(request)
        if let failure = objection(to: request.prefix)
            ?? objection(to: interest, in: session, replacing: nil)
        {
            return emit(.refuse(key, request.requestID, failure))
        }
        guard session.interests[request.requestID] == nil,
            session.interests.count < limits.prefixesPerSession,
            interests.insert(RequestKey(session: key, request: request.requestID), at: interest.prefix)
        else {
            return emit(.refuse(key, request.requestID, .excessive("too many prefixes")))
        }
        session.interests[request.requestID] = interest
        emit(.acceptRequest(key, request.requestID))
        serveInterest(interest, request.requestID, of: session)
    }

    /// Subscriptions that came from it stay (draft-18 section 6.1).
    func subscribeNamespaceEnded(_ key: SessionKey, _ request: RequestID) {
        guard let interest = sessions[key]?.interests.removeValue(forKey: request) else { return }
        _ = interests.remove(RequestKey(session: key, request: request), at: interest.prefix)
    }

    /// A new prefix, or other parameters for later PUBLISHes (draft-18 section 10.9.2). Names that were announced
    /// below the old prefix are withdrawn before the answer, because suffixes mean the new prefix after it.
    func subscribeNamespaceUpdated(_ key: SessionKey, _ request: RequestID, _ update: RequestUpdate) {
        guard let session = sessions[key], var interest = session.interests[request] else { return }
        interest.parameters.apply(update.parameters)
        let old = interest.prefix
        interest.prefix = update.parameters.namespacePrefix ?? old
        let entry = RequestKey(session: key, request: request)
        if interest.prefix != old {
            var failure =
                objection(to: interest.prefix) ?? objection(to: interest, in: session, replacing: request)
            if failure == nil {
                _ = interests.remove(entry, at: old)
                if !interests.insert(entry, at: interest.prefix) { failure = .excessive("too many prefixes") }
            }
            if let failure {
                // The answer closes the request: draft-18 section 10.9.1.
                subscribeNamespaceEnded(key, request)
                return emit(.refuseUpdate(key, of: request, update: update.requestID, failure))
            }
            if interest.wantsNames {
                publishers.forEachBelow(old) { namespace, _ in
                    guard let suffix = namespace.suffix(after: old) else { return }
                    emit(.withdraw(key, request, prefix: old, suffix: suffix))
                }
            }
        }
        session.interests[request] = interest
        emit(.acceptUpdate(key, of: request, update: update.requestID))
        if interest.prefix != old { serveInterest(interest, request, of: session) }
    }

    /// Pushes a published track to every session that asked for tracks of its namespace, the publishers and those
    /// who subscribe already apart.
    func offerTrack(_ track: TrackRecord) {
        // Objects of a track that has just come may already be in the log: they belong to the subscription.
        let base = track.sources.count == 1 ? SubscriptionBase.publisher(track.firstLargest) : .log
        for (entry, interest) in interestsAbove(track.name.namespace) where interest.wantsTracks {
            guard let session = sessions[entry.session] else { continue }
            publishDownstream(track, to: session, interest, entry.request, base: base)
        }
    }

    /// The interests in `namespace` and in prefixes of it, oldest session first.
    func interestsAbove(_ namespace: TrackNamespace) -> [(RequestKey, NamespaceInterest)] {
        var found: [(RequestKey, NamespaceInterest)] = []
        interests.forEachPrefix(of: namespace) { _, entries in
            for entry in entries {
                guard let interest = sessions[entry.session]?.interests[entry.request] else { continue }
                found.append((entry, interest))
            }
        }
        return found.sorted {
            ($0.0.session.serial, $0.0.session.shard, $0.0.request.value)
                < ($1.0.session.serial, $1.0.session.shard, $1.0.request.value)
        }
    }

    private func objection(
        to interest: NamespaceInterest, in session: SessionRecord, replacing request: RequestID?
    ) -> RequestFailure? {
        let overlaps = session.interests.contains { $0.key != request && $0.value.overlaps(interest) }
        return overlaps
            ? RequestFailure(.prefixOverlap, "the prefix overlaps another one of this session") : nil
    }

    /// What exists already: names with the subscriber's own among them, tracks without (draft-18 section 6.1).
    private func serveInterest(_ interest: NamespaceInterest, _ request: RequestID, of session: SessionRecord)
    {
        if interest.wantsNames {
            publishers.forEachBelow(interest.prefix) { namespace, _ in
                guard let suffix = namespace.suffix(after: interest.prefix) else { return }
                emit(.announce(session.key, request, prefix: interest.prefix, suffix: suffix))
            }
        }
        if interest.wantsTracks {
            var matching: [TrackID] = []
            namedTracks.forEachBelow(interest.prefix) { _, ids in matching.append(contentsOf: ids.sorted()) }
            for id in matching {
                guard let track = tracks[id], track.isPublished else { continue }
                publishDownstream(track, to: session, interest, request, base: .log)
            }
        }
    }

    /// A PUBLISH could not be sent: whoever asked for the track is told that none will come.
    func downstreamPublishImpossible(_ key: SessionKey, _ id: TrackID, now: Instant) {
        if let session = sessions[key], let track = tracks[id],
            let request = session.interests.filter({
                $0.value.wantsTracks && track.name.namespace.hasPrefix($0.value.prefix)
            }).keys.min(by: { $0.value < $1.value })
        {
            skip(track, for: session, request)
        }
        subscriptionCancelled(key, .published(id), now: now)
    }

    private func skip(_ track: TrackRecord, for session: SessionRecord, _ request: RequestID) {
        guard let interest = session.interests[request],
            let suffix = track.name.namespace.suffix(after: interest.prefix)
        else { return }
        if !session.traits.skipsOnePublication {
            session.interests[request]?.skip(track.name, atMost: limits.subscriptionsPerSession)
        }
        emit(.skipPublish(session.key, request, suffix: suffix, name: track.name.name))
    }

    private func publishDownstream(
        _ track: TrackRecord, to session: SessionRecord, _ interest: NamespaceInterest, _ request: RequestID,
        base: SubscriptionBase
    ) {
        guard session.traits.acceptsPublish, !session.isGoingAway, track.sources[session.key] == nil,
            session.subscribedTracks[track.id] == nil, let home = track.home,
            let filters = interest.parameters.rangeFilters.remaining(for: track.properties)
        else { return }
        guard !interest.skipped.contains(track.name), !interest.skipsAll else { return }
        guard session.subscriptions.count < limits.subscriptionsPerSession else {
            return skip(track, for: session, request)
        }
        let reference = SubscriptionReference.published(track.id)
        session.addSubscription(reference, to: track.id, counts: true)
        let subscriber = SubscriberKey(session: session.key, reference: reference)
        addCursor(subscriber, to: track, home: home)
        track.setForward(interest.parameters.forward ?? true, of: subscriber)
        defer { adjustForwarding(track) }
        var parameters = interest.parameters
        parameters.rangeFilters = filters
        emit(
            .publishDownstream(
                session.key, track: track.id, home: home, name: track.name, parameters: parameters,
                base: base, properties: track.properties))
    }
}
