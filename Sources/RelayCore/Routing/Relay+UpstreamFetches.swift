import Containers
import MOQTModel

/// FETCH for what the relay does not hold: who is asked, for whom, and what if the answer is no.
///
/// Objects do not pass here. The publisher's shard sends them to the shards of the readers, and holds the publisher
/// back when a reader is slow.
extension Relay {
    /// Readers of one range share a FETCH as long as nothing of it has come.
    func upstreamFetchWanted(
        _ reader: FetchReader, _ target: FetchTarget, _ range: FetchRange, _ order: GroupOrder, now: Instant
    ) {
        guard let session = sessions[reader.session], session.fetchReads[reader.pipe] == nil else { return }
        let name: FullTrackName
        var groupCount: UInt64?
        switch target {
        case .name(let asked): name = asked
        case .tail(let asked, let count): (name, groupCount) = (asked, count)
        case .track(let id):
            guard let track = tracks[id] else {
                return emit(.refuseFetchReader(reader, RequestFailure(.doesNotExist, "the track is gone")))
            }
            name = track.name
        }
        guard session.fetchReads.count < limits.fetchReadsPerSession else {
            return emit(.refuseFetchReader(reader, .excessive("too many fetches in this session")))
        }
        let key = UpstreamFetchKey(name: name, range: range, order: order, groupCount: groupCount)
        if let id = sharedFetches[key], let publisher = upstreamFetches[id]?.publisher {
            upstreamFetches[id]?.readers.append(reader)
            session.fetchReads[reader.pipe] = id
            return emit(.addFetchReader(publisher, id, reader, key))
        }
        lastFetchID &+= 1
        let id = UpstreamFetchID(lastFetchID)
        upstreamFetches[id] = UpstreamFetch(key: key, readers: [reader])
        sharedFetches[key] = id
        session.fetchReads[reader.pipe] = id
        askNextPublisher(id, now: now)
    }

    func upstreamFetchUnwanted(_ reader: FetchReader) {
        guard let id = sessions[reader.session]?.fetchReads.removeValue(forKey: reader.pipe),
            let fetch = upstreamFetches[id]
        else { return }
        if let publisher = fetch.publisher { emit(.removeFetchReader(publisher, id, reader)) }
        upstreamFetches[id]?.readers.removeAll { $0 == reader }
        if fetch.readers.count == 1 { forgetFetch(id) }
    }

    /// nil: FETCH_OK, or objects before it.
    func upstreamFetchAnswered(
        _ key: SessionKey, _ id: UpstreamFetchID, _ failure: RequestFailure?, now: Instant
    ) {
        guard let fetch = upstreamFetches[id], fetch.publisher == key, !fetch.hasBegun else { return }
        if let failure { return publisherFailed(id, failure, now: now) }
        deadlines.remove(.upstreamFetch(id))
        upstreamFetches[id]?.hasBegun = true
        sharedFetches[fetch.key] = nil
    }

    func upstreamFetchEnded(_ key: SessionKey, _ id: UpstreamFetchID) {
        if upstreamFetches[id]?.publisher == key { forgetFetch(id) }
    }

    func upstreamFetchExpired(_ id: UpstreamFetchID, now: Instant) {
        guard let publisher = upstreamFetches[id]?.publisher else { return }
        emit(.cancelFetchUpstream(publisher, id))
        publisherFailed(id, RequestFailure(.timeout, "the publisher did not answer"), now: now)
    }

    /// A session has closed, as reader and as publisher. The shard has told the readers of what had begun.
    func closeFetches(of session: SessionRecord, now: Instant) {
        for (pipe, id) in session.fetchReads.sorted(by: { $0.value < $1.value }) {
            guard let fetch = upstreamFetches[id] else { continue }
            let reader = FetchReader(session: session.key, pipe: pipe)
            if let publisher = fetch.publisher, publisher != session.key {
                emit(.removeFetchReader(publisher, id, reader))
            }
            upstreamFetches[id]?.readers.removeAll { $0 == reader }
            if fetch.readers.count == 1 { forgetFetch(id) }
        }
        for id in session.servedFetches.sorted() {
            guard let fetch = upstreamFetches[id] else { continue }
            if fetch.hasBegun {
                forgetFetch(id)
            } else {
                publisherFailed(id, RequestFailure(.internalError, "the publisher is gone"), now: now)
            }
        }
    }

    private func publisherFailed(_ id: UpstreamFetchID, _ failure: RequestFailure, now: Instant) {
        guard let publisher = upstreamFetches[id]?.publisher else { return }
        deadlines.remove(.upstreamFetch(id))
        sessions[publisher]?.servedFetches.remove(id)
        upstreamFetches[id]?.publisher = nil
        upstreamFetches[id]?.failedPublishers.insert(publisher)
        upstreamFetches[id]?.failure = failure
        askNextPublisher(id, now: now)
    }

    /// When there is none left, the last one's answer goes to everybody who waits.
    private func askNextPublisher(_ id: UpstreamFetchID, now: Instant) {
        guard let fetch = upstreamFetches[id] else { return }
        guard let publisher = fetchSource(for: fetch) else {
            let failure = fetch.failure ?? RequestFailure(.doesNotExist, "nobody publishes this track")
            for reader in fetch.readers { emit(.refuseFetchReader(reader, failure)) }
            return forgetFetch(id)
        }
        publisher.servedFetches.insert(id)
        upstreamFetches[id]?.publisher = publisher.key
        emit(
            .fetchUpstream(publisher.key, id, fetch.key, readers: fetch.readers))
        deadlines.set(
            .upstreamFetch(id), at: now.advanced(byMilliseconds: limits.upstreamAnswerTimeout))
    }

    /// Who feeds the track now, newest first; then who has published its namespace. A session that wants the range
    /// itself comes last.
    private func fetchSource(for fetch: UpstreamFetch) -> SessionRecord? {
        let readers = Set(fetch.readers.map(\.session))
        let track = trackIDs[fetch.key.name].flatMap { tracks[$0] }
        func mayBeAsked(_ session: SessionRecord) -> Bool {
            !session.isGoingAway && !fetch.failedPublishers.contains(session.key)
                && session.servedFetches.count < limits.upstreamFetchesPerSession
        }
        let feeding = (track?.sources ?? [:]).filter { $0.value.isEstablished }
            .sorted { $0.value.order > $1.value.order }
        for (key, _) in feeding where !readers.contains(key) {
            if let session = sessions[key], mayBeAsked(session) { return session }
        }
        return bestPublisher(
            of: fetch.key.name.namespace, isOwn: { readers.contains($0.key) }, isCandidate: mayBeAsked)
    }

    private func forgetFetch(_ id: UpstreamFetchID) {
        guard let fetch = upstreamFetches.removeValue(forKey: id) else { return }
        deadlines.remove(.upstreamFetch(id))
        if sharedFetches[fetch.key] == id { sharedFetches[fetch.key] = nil }
        if let publisher = fetch.publisher { sessions[publisher]?.servedFetches.remove(id) }
        for reader in fetch.readers { sessions[reader.session]?.fetchReads[reader.pipe] = nil }
    }
}
