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
            guard let name = fetch.range.track else {
                throw RequestFailure(.invalidJoiningRequestID, "no such subscription")
            }
            let (range, groupCount, hasEnd) = try Self.wanted(fetch.range)
            // FILL_TIMEOUT 0: nobody is asked, and all of it is unknown (draft-19 section 10.2.5).
            let asksUpstream = fetch.parameters.fillTimeout != 0
            guard asksUpstream || hasEnd else {
                throw RequestFailure(.timeout, "nothing of the track is here, not even where it ends")
            }
            if asksUpstream {
                unknownTracks[fetch.requestID] =
                    groupCount.map { .tail(name, groupCount: $0) } ?? .name(name)
            }
            let log = TrackLog(encoding: shard.encoder, shard: shard.logs)
            try peer.serveFetch(
                fetch, FetchPlan(unknown: range), properties: TrackProperties(), from: log,
                upstream: asksUpstream ? .everything : .none)
        } catch {
            breakFetch(fetch.requestID, error)
        }
    }

    /// The range that a FETCH names, or all of the track when it counts groups back from the end; `hasEnd`: it says
    /// itself where it ends.
    private static func wanted(
        _ range: Fetch.Range
    ) throws(RequestFailure) -> (FetchRange, groupCount: UInt64?, hasEnd: Bool) {
        let last = Location(group: .max, object: .max)
        let result: FetchRange
        switch range {
        case .standalone(_, let start, let endGroup, let endObject),
            .filtered(_, .range(let start, let endGroup, let endObject)):
            result = FetchRange(start: start, endGroup: endGroup, endObject: endObject)
        case .filtered(_, .unfiltered): return (FetchRange(start: .zero, end: last), nil, false)
        case .filtered(_, .from(let start)): return (FetchRange(start: start, end: last), nil, false)
        case .filtered(_, .relative(let groupCount)) where groupCount > 0:
            return (FetchRange(start: .zero, end: last), groupCount, false)
        case .filtered, .relativeJoining, .absoluteJoining:
            throw RequestFailure(.invalidRange, "the range begins after the largest object")
        }
        guard result.start <= result.end else {
            throw RequestFailure(.invalidRange, "the range ends before it begins")
        }
        return (result, nil, true)
    }

    func peer(
        _ peer: Peer, fetch request: RequestID, lacks range: FetchRange, of log: TrackLog, order: GroupOrder
    ) -> FetchPipe? {
        let target: FetchTarget
        var groupCount: UInt64?
        if let unknown = unknownTracks[request] {
            target = unknown
            if case .tail(_, let count) = unknown { groupCount = count }
        } else if let track = shard.track(readBy: log) {
            target = .track(track.id)
        } else {
            return nil
        }
        lastPipe += 1
        let number = lastPipe
        let reader = FetchReader(session: key, pipe: number)
        let pipe = FetchPipe(range, order: order, groupCount: groupCount)
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
