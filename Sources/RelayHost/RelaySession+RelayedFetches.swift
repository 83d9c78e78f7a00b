import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore

/// The publisher's side of a FETCH that goes upstream: asks, passes on what comes as it comes, and holds the publisher
/// back when a reader is slow.
extension RelaySession {
    func fetchUpstream(_ id: UpstreamFetchID, _ wanted: UpstreamFetchKey, _ readers: [FetchReader]) {
        let fetch = RelayedFetch(id: id, readers: readers.map { RelayedFetch.Reader(id: $0) })
        guard let groupCount = wanted.groupCount else { return ask(wanted.range, wanted, for: fetch) }
        if session.rules?.fetchRangeTravelsIn == .locationFilter {
            ask(.filtered(track: wanted.name, .relative(groupCount: groupCount)), wanted.order, for: fetch)
        } else {
            locate(wanted, for: fetch)
        }
    }

    private func ask(_ range: FetchRange, _ wanted: UpstreamFetchKey, for fetch: RelayedFetch) {
        let limit = session.rules?.varint.maximum ?? 0
        let asked = Fetch.Range.standalone(
            track: wanted.name, start: range.start, endGroup: min(range.endGroup, limit),
            endObject: range.endObject.flatMap { $0 < limit ? $0 : nil })
        ask(asked, wanted.order, for: fetch)
    }

    private func ask(_ range: Fetch.Range, _ order: GroupOrder, for fetch: RelayedFetch) {
        var parameters = MessageParameters()
        parameters.groupOrder = order
        do throws(SessionCommandFailure) {
            keep(fetch, as: try session.fetch(range, parameters: parameters))
        } catch {
            cannotAsk(fetch)
        }
    }

    private func keep(_ fetch: RelayedFetch, as request: RequestID) {
        relayedFetches[request] = fetch
        relayedFetchRequests[fetch.id] = request
    }

    private func cannotAsk(_ fetch: RelayedFetch) {
        tell(
            .upstreamFetchAnswered(
                key, fetch.id, RequestFailure(.internalError, "the publisher cannot be asked")))
    }

    // MARK: The end of the track

    /// The publisher's draft cannot count groups back from the end of a track: asks where that is.
    private func locate(_ wanted: UpstreamFetchKey, for fetch: RelayedFetch) {
        guard openStatuses.count < RelayedFetch.maximumStatusCount else { return cannotAsk(fetch) }
        do throws(SessionCommandFailure) {
            let request = try session.trackStatus(wanted.name)
            openStatuses.insert(request)
            var fetch = fetch
            fetch.unlocated = wanted
            keep(fetch, as: request)
        } catch {
            cannotAsk(fetch)
        }
    }

    /// The answer to a TRACK_STATUS of the relay's.
    func trackLocated(_ request: RequestID, _ largest: Location?) {
        openStatuses.remove(request)
        guard var fetch = relayedFetches[request], let wanted = fetch.unlocated else { return }
        forgetRelayedFetch(request)
        guard let largest else {
            let failure = RequestFailure(.invalidRange, "nothing has been published")
            return tell(.upstreamFetchAnswered(key, fetch.id, failure))
        }
        fetch.unlocated = nil
        ask(FetchRange(groupCount: wanted.groupCount ?? 1, upTo: largest), wanted, for: fetch)
    }

    func addFetchReader(_ id: UpstreamFetchID, _ reader: FetchReader, _ wanted: UpstreamFetchKey) {
        // The control plane may not have known yet that it was too late to share the FETCH.
        guard let request = relayedFetchRequests[id], relayedFetches[request]?.hasBegun == false else {
            tell(.upstreamFetchUnwanted(reader))
            return tell(.upstreamFetchWanted(reader, wanted.target, wanted.range, wanted.order))
        }
        relayedFetches[request]?.readers.append(RelayedFetch.Reader(id: reader))
    }

    func removeFetchReader(_ id: UpstreamFetchID, _ reader: FetchReader) {
        guard let request = relayedFetchRequests[id] else { return }
        relayedFetches[request]?.readers.removeAll { $0.id == reader }
        if relayedFetches[request]?.readers.isEmpty == true {
            cancelFetchUpstream(id)
        } else {
            balance(request)
        }
    }

    func cancelFetchUpstream(_ id: UpstreamFetchID) {
        guard let request = relayedFetchRequests[id] else { return }
        forgetRelayedFetch(request)
        session.cancelFetch(request)
    }

    /// A reader has taken so many bytes.
    func fetchTaken(_ id: UpstreamFetchID, _ reader: FetchReader, byteCount: Int) {
        guard let request = relayedFetchRequests[id],
            let index = relayedFetches[request]?.readers.firstIndex(where: { $0.id == reader })
        else { return }
        relayedFetches[request]?.readers[index].waitingByteCount -= byteCount
        balance(request)
    }

    // MARK: From the publisher

    func upstreamFetchAccepted(_ request: RequestID, _ ok: FetchOK) {
        guard relayedFetches[request] != nil else { return }
        relayedFetches[request]?.isAccepted = true
        begin(request)
        pass(.accepted(ok), of: request)
        endIfComplete(request)
    }

    func upstreamFetchRefused(_ request: RequestID, _ failure: RequestFailure) {
        openStatuses.remove(request)
        guard let fetch = relayedFetches[request] else { return }
        forgetRelayedFetch(request)
        if fetch.hasBegun {
            for reader in fetch.readers {
                shard.deliver(.refused(failure), to: reader.id, from: key, fetch.id)
            }
            tell(.upstreamFetchEnded(key, fetch.id))
        } else {
            tell(.upstreamFetchAnswered(key, fetch.id, failure))
        }
    }

    func fetchStreamBegan(_ stream: StreamID, _ request: RequestID) {
        guard relayedFetches[request] != nil else { return }
        relayedFetches[request]?.stream = stream
        fetchStreams[stream] = request
    }

    func fetchObjectBegan(_ stream: StreamID, _ header: FetchObjectHeader) {
        guard let request = fetchStreams[stream] else { return }
        begin(request)
        pass(.item(.object(header)), of: request)
    }

    func fetchPayloadArrived(_ stream: StreamID, _ bytes: Payload) {
        guard let request = fetchStreams[stream], let fetch = relayedFetches[request] else { return }
        for index in fetch.readers.indices {
            relayedFetches[request]?.readers[index].waitingByteCount += bytes.count
        }
        pass(.item(.payload(bytes)), of: request)
        balance(request)
    }

    func fetchGapReceived(_ stream: StreamID, _ gap: FetchGap, through location: Location) {
        guard let request = fetchStreams[stream] else { return }
        begin(request)
        pass(.item(.gap(gap, through: location)), of: request)
    }

    func fetchStreamEnded(_ stream: StreamID, _ request: RequestID, _ end: SubgroupEnd) {
        fetchStreams[stream] = nil
        guard relayedFetches[request] != nil else { return }
        begin(request)
        relayedFetches[request]?.hasEnded = true
        relayedFetches[request]?.stream = nil
        pass(.ended(end), of: request)
        endIfComplete(request)
    }

    /// The request or the whole session broke off.
    func upstreamFetchBroke(_ request: RequestID) {
        openStatuses.remove(request)
        guard let fetch = relayedFetches[request] else { return }
        forgetRelayedFetch(request)
        if fetch.hasBegun {
            for reader in fetch.readers where !fetch.hasEnded {
                shard.deliver(.ended(.reset(.internalError)), to: reader.id, from: key, fetch.id)
            }
            tell(.upstreamFetchEnded(key, fetch.id))
        } else {
            let failure = RequestFailure(.internalError, "the publisher broke off")
            tell(.upstreamFetchAnswered(key, fetch.id, failure))
        }
    }

    /// Called a few times a second: nobody holds up the others for long.
    func tickRelayedFetches(now: Instant) {
        guard !relayedFetches.isEmpty else { return }
        for (request, fetch) in relayedFetches where fetch.isHeld && fetch.hasIdleReader {
            if now.milliseconds(since: fetch.heldSince) >= RelayedFetch.patience { dropLagging(request) }
        }
    }

    // MARK: Helpers

    private func pass(_ event: FetchPipe.Event, of request: RequestID) {
        guard let fetch = relayedFetches[request] else { return }
        for reader in fetch.readers { shard.deliver(event, to: reader.id, from: key, fetch.id) }
    }

    private func begin(_ request: RequestID) {
        guard let fetch = relayedFetches[request], !fetch.hasBegun else { return }
        relayedFetches[request]?.hasBegun = true
        tell(.upstreamFetchAnswered(key, fetch.id, nil))
    }

    private func endIfComplete(_ request: RequestID) {
        guard let fetch = relayedFetches[request], fetch.isAccepted, fetch.hasEnded else { return }
        forgetRelayedFetch(request)
        tell(.upstreamFetchEnded(key, fetch.id))
    }

    private func forgetRelayedFetch(_ request: RequestID) {
        guard let fetch = relayedFetches.removeValue(forKey: request) else { return }
        relayedFetchRequests[fetch.id] = nil
        guard let stream = fetch.stream else { return }
        fetchStreams[stream] = nil
        peer.releaseCredit(of: stream)
    }

    /// Gives or withholds credit, as the slowest reader wants it.
    private func balance(_ request: RequestID) {
        guard let fetch = relayedFetches[request], let stream = fetch.stream, fetch.isLagging != fetch.isHeld
        else { return }
        if fetch.isHeld {
            relayedFetches[request]?.isHeld = false
            return peer.releaseCredit(of: stream)
        }
        guard relayedFetches.values.count(where: \.isHeld) < RelayedFetch.maximumHeldCount else {
            return dropLagging(request)
        }
        relayedFetches[request]?.isHeld = true
        relayedFetches[request]?.heldSince = shard.now
        peer.holdCredit(of: stream)
    }

    private func dropLagging(_ request: RequestID) {
        guard let fetch = relayedFetches[request] else { return }
        for reader in fetch.readers where reader.waitingByteCount > RelayedFetch.maximumWaitingByteCount {
            shard.deliver(.ended(.reset(.tooFarBehind)), to: reader.id, from: key, fetch.id)
        }
    }
}
