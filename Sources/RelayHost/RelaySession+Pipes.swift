import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import RelayCore

/// The subscriber's side of what comes from upstream for its FETCHes.
extension RelaySession {
    /// Answers a FETCH for a track that nobody has asked for yet: all of it comes from upstream.
    func serveFromUpstream(_ fetch: Fetch) {
        guard incoming[fetch.requestID] == .fetch else { return }
        do throws(RequestFailure) {
            guard let range = try Self.absoluteRange(fetch.range), let name = fetch.range.track else {
                throw RequestFailure(
                    .notSupported, "the track is not known here, so nothing can be counted from its end")
            }
            unknownTracks[fetch.requestID] = name
            let log = TrackLog(encoding: shard.encoder, shard: shard.logs)
            try peer.serveFetch(
                fetch, FetchPlan(unknown: range), properties: TrackProperties(), from: log,
                upstream: .everything)
        } catch {
            breakFetch(fetch.requestID, error)
        }
    }

    /// nil when the range depends on what has been published.
    private static func absoluteRange(_ range: Fetch.Range) throws(RequestFailure) -> FetchRange? {
        let last = Location(group: .max, object: .max)
        let result: FetchRange
        switch range {
        case .standalone(_, let start, let endGroup, let endObject),
            .filtered(_, .range(let start, let endGroup, let endObject)):
            result = FetchRange(start: start, endGroup: endGroup, endObject: endObject)
        case .filtered(_, .unfiltered): result = FetchRange(start: .zero, end: last)
        case .filtered(_, .from(let start)): result = FetchRange(start: start, end: last)
        case .filtered, .relativeJoining, .absoluteJoining: return nil
        }
        guard result.start <= result.end else {
            throw RequestFailure(.invalidRange, "the range ends before it begins")
        }
        return result
    }

    func peer(
        _ peer: Peer, fetch request: RequestID, lacks range: FetchRange, of log: TrackLog, order: GroupOrder
    ) -> FetchPipe? {
        let target: FetchTarget
        if let name = unknownTracks[request] {
            target = .name(name)
        } else if let track = shard.track(readBy: log) {
            target = .track(track.id)
        } else {
            return nil
        }
        lastPipe += 1
        let number = lastPipe
        let reader = FetchReader(session: key, pipe: number)
        let pipe = FetchPipe(range, order: order)
        pipes[number] = pipe
        pipe.onAbandoned = { [weak self] in
            self?.pipes[number] = nil
            self?.tell(.upstreamFetchUnwanted(reader))
        }
        tell(.upstreamFetchWanted(reader, target, range, order))
        return pipe
    }

    /// Something came from upstream; `source` nil: from the control plane.
    func received(
        _ event: FetchPipe.Event, for number: UInt64, from source: SessionKey?, _ id: UpstreamFetchID
    ) {
        guard let pipe = pipes[number] else { return }
        switch event {
        case .ended, .refused: pipes[number] = nil
        case .accepted, .item: break
        }
        if let source, !pipe.hasBegun, pipe.answer == nil {
            let reader = FetchReader(session: key, pipe: number)
            var takenByteCount = 0
            pipe.onTaken = { [weak shard] count in
                takenByteCount += count
                guard takenByteCount >= RelayedFetch.creditStep else { return }
                shard?.fetchTaken(source, id, reader, byteCount: takenByteCount)
                takenByteCount = 0
            }
        }
        pipe.receive(event)
        peer.pipesChanged()
    }
}
