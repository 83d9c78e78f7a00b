import Containers
import MOQTModel

/// What must hold between any two inputs; for tests.
extension Relay {
    /// One sentence per broken invariant; empty when all is well. Costs the size of everything the relay knows.
    public func brokenInvariants() -> [String] {
        var broken: [String] = []
        func require(_ holds: Bool, _ text: @autoclosure () -> String) {
            if !holds { broken.append(text()) }
        }
        var held = 0
        var expectedDeadlines: Set<RelayDeadline> = []
        for (id, track) in tracks {
            require(track.id == id, "track \(id.value) is filed under another id")
            require(
                track.isNamed == (trackIDs[track.name] == id), "track \(id.value): name and record disagree")
            require(
                track.isNamed == namedTracks.entries(at: track.name.namespace).contains(id),
                "track \(id.value): name and tree disagree")
            require(
                !track.sources.isEmpty || !track.waiting.isEmpty || !track.attached.isEmpty
                    || deadlines.contains(.linger(id)),
                "track \(id.value) has no reason to exist")
            require(
                track.isNamed || track.sources.isEmpty && track.waiting.isEmpty,
                "track \(id.value) was ended and still has sources or requests")
            require(
                track.sources.isEmpty && track.attached.isEmpty || track.home != nil,
                "track \(id.value) has no home")
            require(
                !track.isEstablished || track.waiting.isEmpty, "track \(id.value) lets requests wait in vain")
            require(
                track.sources.count <= max(limits.sourcesPerTrack, 1),
                "track \(id.value) has \(track.sources.count) sources")
            for (session, source) in track.sources {
                require(
                    sessions[session]?.sourceTracks.contains(id) == true,
                    "track \(id.value): source \(session) does not know of it")
                if case .published(let request) = source.kind {
                    require(
                        sessions[session]?.publishes[request] == id,
                        "track \(id.value): publish of \(session) is not filed")
                }
                if !source.isEstablished { expectedDeadlines.insert(.upstreamAnswer(id, session)) }
            }
            var replicas: [UInt16: Int] = [:]
            for subscriber in track.attached {
                if let home = track.home, subscriber.session.shard != home {
                    replicas[subscriber.session.shard, default: 0] += 1
                }
            }
            require(track.countsItsCursors, "track \(id.value) miscounts who wants objects")
            for (session, source) in track.sources
            where source.isEstablished && sessions[session]?.traits.changesForward == true {
                require(
                    source.forward || !track.wantsObjects, "track \(id.value) is wanted and does not flow")
            }
            require(replicas == track.replicas, "track \(id.value): replicas are miscounted")
            for subscriber in Array(track.attached) + Array(track.waiting.keys) {
                require(
                    sessions[subscriber.session]?.subscriptions[subscriber.reference] == id,
                    "track \(id.value): subscriber \(subscriber.session) does not know of it")
            }
            require(
                track.undecided == Set(track.waiting.filter { !$0.value.isHeld }.keys),
                "track \(id.value): who is undecided is misfiled")
            for (subscriber, waiting) in track.waiting where waiting.isHeld {
                held += 1
                expectedDeadlines.insert(.rendezvous(subscriber))
            }
            let isOrphaned = track.isNamed && !track.isEstablished && !track.attached.isEmpty
            require(
                !isOrphaned || !track.sources.isEmpty || deadlines.contains(.takeover(id)),
                "track \(id.value): subscribers wait for a publisher without end")
            if deadlines.contains(.takeover(id)) { expectedDeadlines.insert(.takeover(id)) }
            if deadlines.contains(.linger(id)) { expectedDeadlines.insert(.linger(id)) }
        }
        for (id, fetch) in upstreamFetches {
            require(!fetch.readers.isEmpty, "fetch \(id.value) has no reader")
            require(
                fetch.publisher.map { sessions[$0]?.servedFetches.contains(id) == true } ?? false,
                "fetch \(id.value): its publisher does not know of it")
            for reader in fetch.readers {
                require(
                    sessions[reader.session]?.fetchReads[reader.pipe] == id,
                    "fetch \(id.value): a reader does not know of it")
            }
            require(
                fetch.hasBegun != (sharedFetches[fetch.key] == id), "fetch \(id.value) is shared wrongly")
            if !fetch.hasBegun { expectedDeadlines.insert(.upstreamFetch(id)) }
        }
        require(
            sessions.values.reduce(0) { $0 + $1.fetchReads.count }
                == upstreamFetches.values.reduce(0) { $0 + $1.readers.count }, "a reader has no fetch")
        require(
            sessions.values.reduce(0) { $0 + $1.servedFetches.count } == upstreamFetches.count,
            "a publisher has a fetch that is over")
        require(held == heldRequestCount, "held requests are miscounted")
        require(Set(deadlines.keys) == expectedDeadlines, "a deadline has lost its reason, or the reverse")
        let named = tracks.values.filter { $0.isNamed }
        require(trackIDs.count == named.count, "a name has no track")
        require(namedTracks.count == named.count, "the tree of tracks is out of step")
        require(nameByteCount == named.reduce(0) { $0 + $1.byteCount }, "name bytes are miscounted")

        var namespaceCount = 0
        var interestCount = 0
        for (key, session) in sessions {
            namespaceCount += session.namespaces.count
            interestCount += session.interests.count
            for (request, published) in session.namespaces {
                require(
                    publishers.entries(at: published.namespace)
                        .contains(RequestKey(session: key, request: request)),
                    "session \(key): a namespace is not in the tree")
            }
            for (request, interest) in session.interests {
                require(
                    interests.entries(at: interest.prefix).contains(
                        RequestKey(session: key, request: request)),
                    "session \(key): a prefix is not in the tree")
            }
            for id in session.sourceTracks {
                require(
                    tracks[id]?.sources[key] != nil, "session \(key) feeds a track that does not know of it")
            }
            require(
                session.publishes.values.allSatisfy { session.sourceTracks.contains($0) },
                "session \(key): a PUBLISH without a track")
            var counted: [TrackID: Int] = [:]
            for (reference, id) in session.subscriptions {
                let subscriber = SubscriberKey(session: key, reference: reference)
                let waiting = tracks[id]?.waiting[subscriber]
                require(
                    waiting != nil || tracks[id]?.isAttached(subscriber) == true,
                    "session \(key) subscribes to a track that does not know of it")
                if waiting?.isTrackStatus != true, reference.isSubscription { counted[id, default: 0] += 1 }
            }
            require(counted == session.subscribedTracks, "session \(key): subscriptions are miscounted")
        }
        require(publishers.count == namespaceCount, "the tree of publishers is out of step")
        require(interests.count == interestCount, "the tree of prefixes is out of step")
        return broken
    }

    /// Nothing is left of anybody.
    public var isEmpty: Bool {
        sessions.isEmpty && tracks.isEmpty && trackIDs.isEmpty && namedTracks.nodeCount == 1
            && publishers.nodeCount == 1 && interests.nodeCount == 1 && deadlines.count == 0
            && heldRequestCount == 0 && nameByteCount == 0 && upstreamFetches.isEmpty
            && sharedFetches.isEmpty
    }
}
