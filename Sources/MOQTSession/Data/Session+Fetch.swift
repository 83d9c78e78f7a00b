import Containers
public import MOQTModel
import MOQTWire

/// FETCH in both roles (draft-18 sections 10.14 and 11.4.4).
extension Session {
    // MARK: We ask

    /// FETCH; answered by `fetchAccepted` or `requestRefused`. Its objects may come before the answer. The
    /// request is over when it has been answered and `fetchStreamEnded` was said.
    ///
    /// Throws `cannotBeSaid` for what the draft has no words for, and for a range that ends before it begins.
    public func fetch(
        _ range: Fetch.Range, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID {
        try checkFilters(parameters)
        if case .standalone(_, let start, let endGroup, let endObject) = range,
            Location(group: endGroup, object: endObject ?? .max) < start
        {
            throw .cannotBeSaid
        }
        return try begin(.fetch) {
            .fetch(Fetch(requestID: $0, range: range, parameters: parameters))
        } _: {
            $0.fetchOrder = parameters.groupOrder ?? .ascending
            $0.fetchStart = range.start
        }
    }

    /// Gives up a FETCH of ours, or a fill, which the id of its message names; its stream is stopped. Unknown ids are
    /// ignored.
    public func cancelFetch(_ id: RequestID) {
        guard phase == .established else { return }
        if fills[id] != nil { return dropFills { message, _ in message == id } }
        guard let request = requests[id], request.isOurs, request.kind == .fetch else {
            return
        }
        guard wire.cancelsByMessage else { return withdrawStream(of: id) }
        if let bytes = encoded(.fetchCancel(id)) { sendAbout(id, bytes) }
        remove(id)
    }

    func fetchOKReceived(_ message: FetchOK, _ stream: StreamID?) throws(SessionFailure) {
        guard let request = try pending(message.requestID, stream, [.fetch]) else { return }
        let end = Location(group: message.endGroup, object: message.endObject ?? .max)
        if let start = request.fetchStart, end < start {
            throw SessionFailure(.protocolViolation, "FETCH_OK ends before the range begins")
        }
        if let failure = objection(to: message.properties) {
            cancelFetch(request.id)
            return events.append(.requestRefused(request.id, failure))
        }
        requests.change(request.id) { $0.state = .established }
        var message = message
        message.requestID = request.id
        events.append(.fetchAccepted(request.id, message))
        endFetchIfComplete(request.id)
    }

    private func endFetchIfComplete(_ id: RequestID) {
        guard let request = requests[id], request.state == .established, request.fetchStreamEnded else {
            return
        }
        if let stream = request.stream {
            finish(stream)
            requestStreams[stream]?.isDiscarding = true
        }
        remove(id)
    }

    // MARK: We answer

    /// FETCH_OK. The layer above sends the objects on a stream of its own and ends with `fetchServed`.
    public func acceptFetch(
        _ id: RequestID, endOfTrack: Bool, endGroup: UInt64, endObject: UInt64?,
        parameters: MessageParameters = .init(), properties: TrackProperties = .init()
    ) {
        guard phase == .established, let request = requests[id], !request.isOurs, request.kind == .fetch,
            request.state == .pending
        else { return }
        let message = FetchOK(
            requestID: answerID(id), endOfTrack: endOfTrack, endGroup: endGroup, endObject: endObject,
            parameters: parameters, properties: properties)
        guard let bytes = encoded(.fetchOK(message)) else { return answerCannotBeSaid(request) }
        requests.change(id) { $0.state = .established }
        answer(request, bytes)
        flushUpdateAnswers(of: id)
    }

    /// The objects of an accepted FETCH have all been sent, or their stream was reset: the request is over.
    public func fetchServed(_ id: RequestID) {
        guard phase == .established, let request = requests[id], !request.isOurs, request.kind == .fetch,
            request.state == .established
        else { return }
        if let stream = request.stream { finish(stream) }
        remove(id)
    }

    // MARK: Data

    func fetchDataReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        consume(stream, bytes.count)
        do {
            if fetchStreams[stream]?.isDiscarding == true {
                if fin { fetchStreams[stream] = nil }
                return
            }
            if fetchStreams[stream]?.request == nil {
                guard try fetchHeaderReceived(stream, bytes, fin: fin) else { return }
            } else {
                fetchStreams[stream]?.parser.feed(bytes)
            }
            try pumpFetch(stream)
            guard fin, phase == .established, let state = fetchStreams[stream] else { return }
            try state.parser.finished()
            fetchStreamOver(stream, .finished)
        } catch {
            fail(error.sessionFailure)
        }
    }

    /// True when the header is complete and its request is still wanted.
    private func fetchHeaderReceived(
        _ stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(WireError) -> Bool {
        guard let state = fetchStreams[stream] else { return false }
        let whole = state.headerBytes.isEmpty ? bytes : Payload(state.headerBytes + bytes.bytes)
        var first = FetchParser(wire)
        first.feed(whole)
        guard case .header(let id) = try first.next() else {
            guard !fin else { throw .protocolViolation("FETCH stream ends inside its header") }
            fetchStreams[stream]?.headerBytes = Array(whole.bytes.prefix(FetchStream.maximumHeaderByteCount))
            return false
        }
        guard let order = takeFetchStream(stream, of: id) else {
            let isForeign = requests[id].map { !$0.askedForFill } ?? false
            if isForeign || !numbering.isOurs(id) || !wasUsed(id) { tolerated.unknownFetchStreams += 1 }
            if fin {
                fetchStreams[stream] = nil
            } else {
                stopFetchStream(stream)
            }
            return false
        }
        fetchStreams[stream]?.headerBytes = []
        fetchStreams[stream]?.request = id
        fetchStreams[stream]?.parser = FetchParser(wire, order: order)
        fetchStreams[stream]?.parser.feed(whole)
        events.append(.fetchStreamBegan(stream, request: id))
        return true
    }

    /// Notes that the stream answers a FETCH or a fill of ours; returns the order of its groups. nil when it answers
    /// nothing that is wanted.
    private func takeFetchStream(_ stream: StreamID, of id: RequestID) -> GroupOrder? {
        if let fill = fills[id], fill.stream == nil {
            fills[id]?.stream = stream
            return fill.order
        }
        guard let request = requests[id], request.isOurs, request.kind == .fetch, request.fetchStream == nil,
            !request.fetchStreamEnded
        else { return nil }
        requests.change(id) { $0.fetchStream = stream }
        return request.fetchOrder
    }

    private func pumpFetch(_ stream: StreamID) throws(WireError) {
        while let event = try fetchStreams[stream]?.parser.next() ?? nil {
            switch event {
            case .header: break
            case .objectBegan(let header): events.append(.fetchObjectBegan(stream, header))
            case .payload(let bytes): events.append(.objectPayload(stream, bytes))
            case .objectEnded: events.append(.objectEnded(stream))
            case .gap(let gap, let location): events.append(.fetchGap(stream, gap, through: location))
            }
        }
    }

    func fetchStreamReset(_ stream: StreamID, code: UInt64?) {
        fetchStreamOver(stream, .reset(resetMeaning(code)))
    }

    private func fetchStreamOver(_ stream: StreamID, _ end: SubgroupEnd) {
        guard let state = fetchStreams.removeValue(forKey: stream), let id = state.request,
            !state.isDiscarding
        else { return }
        events.append(.fetchStreamEnded(stream, request: id, end))
        if fills.removeValue(forKey: id) != nil { return }
        requests.change(id) {
            $0.fetchStream = nil
            $0.fetchStreamEnded = true
        }
        endFetchIfComplete(id)
    }

    /// What the stream still brings is of no interest.
    func stopFetchStream(_ stream: StreamID) {
        guard let state = fetchStreams[stream], !state.isDiscarding else { return }
        fetchStreams[stream]?.isDiscarding = true
        actions.append(.stopSending(stream, code: resetCode(.cancelled)))
        if let id = state.request {
            events.append(.fetchStreamEnded(stream, request: id, .reset(.cancelled)))
        }
    }
}
