import Containers
import MOQTModel

/// PUBLISH_NAMESPACE: who serves what.
extension Relay {
    /// Any number of sessions may publish one namespace (draft-18 section 9.3): a publisher that left without a word
    /// must not lock out its successor.
    func publishNamespaceReceived(_ key: SessionKey, _ request: PublishNamespace, now: Instant) {
        guard let session = sessions[key] else { return }
        let namespace = request.namespace
        if let failure = objection(to: namespace) { return emit(.refuse(key, request.requestID, failure)) }
        let entry = RequestKey(session: key, request: request.requestID)
        guard session.namespaces[request.requestID] == nil,
            session.namespaces.count < limits.namespacesPerSession
        else {
            return emit(.refuse(key, request.requestID, .excessive("too many namespaces in this session")))
        }
        let isNew = publishers.entries(at: namespace).isEmpty
        guard publishers.insert(entry, at: namespace) else {
            return emit(.refuse(key, request.requestID, .excessive("too many namespaces")))
        }
        session.namespaces[request.requestID] = PublishedNamespace(namespace: namespace, order: nextOrder())
        emit(.acceptRequest(key, request.requestID))
        if isNew {
            forEachNameInterest(in: namespace) { session, request, prefix, suffix in
                emit(.announce(session, request, prefix: prefix, suffix: suffix))
            }
        }
        offerPublisher(session, of: namespace, now: now)
    }

    /// Ends new routing to the publisher; subscriptions that stand are not affected (draft-18 section 6.2).
    func publishNamespaceEnded(_ key: SessionKey, _ request: RequestID) {
        guard let published = sessions[key]?.namespaces.removeValue(forKey: request) else { return }
        withdrawNamespace(published.namespace, RequestKey(session: key, request: request))
    }

    func withdrawNamespace(_ namespace: TrackNamespace, _ entry: RequestKey) {
        guard publishers.remove(entry, at: namespace), publishers.entries(at: namespace).isEmpty else {
            return
        }
        forEachNameInterest(in: namespace) { session, request, prefix, suffix in
            emit(.withdraw(session, request, prefix: prefix, suffix: suffix))
        }
    }

    /// Asks everybody for `track` who has published its namespace or a prefix of it, has not failed and is not asked
    /// already (draft-19 section 9.5), the newest first, as many as `sourcesPerTrack` allows. One that subscribes to
    /// the track itself is asked alone: a peer that publishes and subscribes on one session is its own source only
    /// when there is no other.
    func askPublishers(of track: TrackRecord, now: Instant) {
        func isCandidate(_ session: SessionRecord) -> Bool {
            !session.isGoingAway && !track.failedPublishers.contains(session.key)
                && track.sources[session.key] == nil
        }
        func isOwn(_ session: SessionRecord) -> Bool { session.subscribedTracks[track.id] != nil }
        track.mayHaveUnasked = false
        var newest: [SessionKey: UInt64] = [:]
        publishers.forEachPrefix(of: track.name.namespace) { _, entries in
            for entry in entries {
                guard let session = sessions[entry.session],
                    let published = session.namespaces[entry.request], isCandidate(session), !isOwn(session)
                else { continue }
                newest[session.key] = max(newest[session.key] ?? 0, published.order)
            }
        }
        for (key, _) in newest.sorted(by: { $0.value > $1.value }) {
            guard track.sources.count < limits.sourcesPerTrack else {
                track.mayHaveUnasked = true
                return
            }
            if let session = sessions[key] { subscribeUpstream(session, track, now: now) }
        }
        guard track.sources.isEmpty else { return }
        if let own = bestPublisher(of: track.name.namespace, isOwn: isOwn, isCandidate: isCandidate) {
            subscribeUpstream(own, track, now: now)
        }
    }

    /// The candidate with the longest prefix of `namespace`, then the newest; `isOwn` ones come last.
    func bestPublisher(
        of namespace: TrackNamespace, isOwn: (SessionRecord) -> Bool, isCandidate: (SessionRecord) -> Bool
    ) -> SessionRecord? {
        var best: (session: SessionRecord, rank: (Int, Int, UInt64))?
        publishers.forEachPrefix(of: namespace) { depth, entries in
            for entry in entries {
                guard let session = sessions[entry.session],
                    let published = session.namespaces[entry.request], isCandidate(session)
                else { continue }
                let rank = (isOwn(session) ? 0 : 1, depth, published.order)
                if let best, best.rank >= rank { continue }
                best = (session, rank)
            }
        }
        return best?.session
    }

    /// A publisher has come: requests that wait are sent to it, and tracks that others feed are subscribed to here
    /// as well, so that nothing is missed when one of them leaves (draft-19 sections 9.5 and 9.5.1).
    private func offerPublisher(_ session: SessionRecord, of namespace: TrackNamespace, now: Instant) {
        var matching: [TrackID] = []
        namedTracks.forEachBelow(namespace) { _, ids in matching.append(contentsOf: ids.sorted()) }
        for id in matching {
            guard let track = tracks[id] else { continue }
            track.failedPublishers.remove(session.key)
            if track.sources.isEmpty {
                settle(track, now: now)
            } else if !session.isGoingAway, track.sources[session.key] == nil,
                session.subscribedTracks[id] == nil, !track.attached.isEmpty || !track.waiting.isEmpty,
                makePlaceForSource(of: track)
            {
                subscribeUpstream(session, track, now: now)
            } else {
                track.mayHaveUnasked = true
            }
        }
    }

    private func forEachNameInterest(
        in namespace: TrackNamespace,
        _ body: (SessionKey, RequestID, TrackNamespace, TrackNamespace) -> Void
    ) {
        for (entry, interest) in interestsAbove(namespace) where interest.wantsNames {
            guard let suffix = namespace.suffix(after: interest.prefix) else { continue }
            body(entry.session, entry.request, interest.prefix, suffix)
        }
    }
}
