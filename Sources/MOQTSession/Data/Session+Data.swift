public import Containers
public import MOQTModel
import MOQTWire

/// Data streams and datagrams of the peer (draft-18 section 11).
extension Session {
    public func datagramReceived(_ bytes: Payload, now: Instant) {
        clock = now
        guard phase == .settingUp || phase == .established else { return }
        let object: ObjectDatagram
        do {
            guard case .object(let decoded) = try DatagramCodec(wire).decode(bytes) else { return }
            object = decoded
        } catch {
            return fail(error.sessionFailure)
        }
        switch aliases.lookUp(object.alias) {
        case .live(let request):
            if object.status != .normal { noteProperties(object.properties, object.status) }
            events.append(.datagram(request: request, object))
        case .retired: break
        case .unknown:
            let limits = configuration.limits
            tolerated.unknownAliases += heldDatagrams.add(
                object, deadline: now.advanced(byMilliseconds: limits.holdTime), limit: limits.heldDatagrams)
        }
    }

    /// Stops reading one subgroup; `subgroupEnded` follows. Unknown streams are ignored.
    public func cancelSubgroup(_ stream: StreamID, _ meaning: StreamResetCode = .cancelled) {
        guard phase == .established, let slot = dataStreams.slot(of: stream),
            dataStreams.slots[slot].state == .flowing, dataStreams.slots[slot].hasBegun
        else { return }
        discard(slot, meaning)
        events.append(.subgroupEnded(stream, .reset(meaning)))
    }

    // MARK: Streams

    func dataReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        let slot: Int
        if let known = dataStreams.slot(of: stream) {
            slot = known
        } else {
            if !fetchStreams.isEmpty, fetchStreams[stream] != nil {
                return fetchDataReceived(stream, bytes, fin: fin)
            }
            guard !isOurs(stream), let added = dataStreams.add(stream, rules: wire) else {
                consume(stream, bytes.count)
                if !isOurs(stream), !fin {
                    actions.append(.stopSending(stream, code: resetCode(.excessiveLoad)))
                }
                return
            }
            slot = added
        }
        if fin { dataStreams.slots[slot].finArrived = true }
        switch dataStreams.slots[slot].state {
        case .flowing:
            consume(stream, bytes.count)
            dataStreams.slots[slot].parser.feed(bytes)
            pump(slot)
        case .typing: typing(slot, bytes)
        case .held:
            if !dataStreams.holdMore(slot, bytes) { dropHeld(slot) }
        case .discarding:
            consume(stream, bytes.count)
            if fin { dataStreams.remove(stream) }
        }
    }

    func consume(_ stream: StreamID, _ byteCount: Int) {
        if byteCount > 0 { actions.append(.consumed(stream, byteCount: byteCount)) }
    }

    /// Finds out what the stream carries.
    private func typing(_ slot: Int, _ bytes: Payload) {
        var bytes = bytes
        let stream = dataStreams.slots[slot].id
        if !dataStreams.slots[slot].typeBytes.isEmpty {
            bytes = Payload(dataStreams.slots[slot].typeBytes + bytes.bytes)
            dataStreams.slots[slot].typeBytes = []
        }
        let fin = dataStreams.slots[slot].finArrived
        do {
            let rules = wire
            let kind = try bytes.withUnsafeBytes { (raw) throws(WireError) in
                try DataStreamKind(peeking: raw, rules)
            }
            switch kind {
            case .subgroup:
                dataStreams.slots[slot].state = .flowing
                dataStreams.slots[slot].parser.feed(bytes)
                consume(stream, bytes.count)
                pump(slot)
            case .control:
                dataStreams.remove(stream)
                guard control.receivingStream == nil else {
                    return fail(SessionFailure(.protocolViolation, "second control stream"))
                }
                control.receivingStream = stream
                controlReceived(stream, bytes, fin: fin)
            case .fetch:
                guard fetchStreams.count < configuration.limits.openDataStreams else {
                    consume(stream, bytes.count)
                    return discard(slot, .excessiveLoad)
                }
                dataStreams.remove(stream)
                fetchStreams[stream] = FetchStream(rules: wire)
                fetchDataReceived(stream, bytes, fin: fin)
            case .padding:
                consume(stream, bytes.count)
                dataStreams.slots[slot].state = .discarding
                if fin { dataStreams.remove(stream) }
            }
        } catch {
            guard case .needMore = error else { return fail(error.sessionFailure) }
            guard !fin else {
                // Nothing whole was said.
                consume(stream, bytes.count)
                if bytes.isEmpty { return dataStreams.remove(stream) }
                return fail(SessionFailure(.protocolViolation, "stream ends inside its type"))
            }
            dataStreams.slots[slot].typeBytes = bytes.bytes
        }
    }

    /// Throws away what the stream still brings; says so to the peer unless everything has come.
    private func discard(_ slot: Int, _ meaning: StreamResetCode) {
        let stream = dataStreams.slots[slot].id
        if dataStreams.slots[slot].finArrived { return dataStreams.remove(stream) }
        dataStreams.slots[slot].state = .discarding
        actions.append(.stopSending(stream, code: resetCode(meaning)))
    }

    /// Turns what the parser has into events.
    private func pump(_ slot: Int) {
        let stream = dataStreams.slots[slot].id
        do {
            while let event = try dataStreams.slots[slot].parser.next() {
                switch event {
                case .objectBegan(let header):
                    if header.status != .normal { noteProperties(header.properties, header.status) }
                    events.append(.objectBegan(stream, header))
                case .payload(let bytes): events.append(.objectPayload(stream, bytes))
                case .objectEnded: events.append(.objectEnded(stream))
                case .header(let header):
                    switch aliases.lookUp(header.alias) {
                    case .live(let request):
                        dataStreams.slots[slot].request = request
                        dataStreams.slots[slot].hasBegun = true
                        events.append(.subgroupBegan(stream, request: request, header))
                    case .retired: return discard(slot, .cancelled)
                    case .unknown: return hold(slot, header)
                    }
                }
            }
            if dataStreams.slots[slot].finArrived {
                try dataStreams.slots[slot].parser.finished()
                dataStreams.remove(stream)
                events.append(.subgroupEnded(stream, .finished))
            }
        } catch {
            fail(error.sessionFailure)
        }
    }

    func dataReset(_ stream: StreamID, code: UInt64?) {
        if fetchStreams[stream] != nil { return fetchStreamReset(stream, code: code) }
        guard let slot = dataStreams.slot(of: stream) else { return }
        let state = dataStreams.slots[slot].state
        if state == .held { consume(stream, dataStreams.slots[slot].heldByteCount) }
        let hasBegun = state == .flowing && dataStreams.slots[slot].hasBegun
        dataStreams.remove(stream)
        if hasBegun { events.append(.subgroupEnded(stream, .reset(resetMeaning(code)))) }
    }

    // MARK: Data before its alias

    private func hold(_ slot: Int, _ header: SubgroupHeader) {
        let deadline = clock.advanced(byMilliseconds: configuration.limits.holdTime)
        // What the parser holds beyond the header is at most what one arrival brought; it has been consumed.
        if !dataStreams.hold(slot, header: header, byteCount: 0, deadline: deadline) { dropHeld(slot) }
    }

    private func dropHeld(_ slot: Int) {
        tolerated.unknownAliases += 1
        let stream = dataStreams.slots[slot].id
        consume(stream, dataStreams.slots[slot].heldByteCount)
        dataStreams.unhold(slot)
        dataStreams.slots[slot].header = nil
        discard(slot, .cancelled)
    }

    func expireHeldData() {
        while let stream = dataStreams.held.first, let slot = dataStreams.slot(of: stream),
            dataStreams.slots[slot].deadline <= clock
        {
            dropHeld(slot)
        }
        tolerated.unknownAliases += heldDatagrams.expire(now: clock)
    }

    /// An alias became known: what waited for it flows.
    func releaseHeld(_ alias: TrackAlias, for request: RequestID) {
        for stream in dataStreams.held(for: alias) {
            guard phase == .established, let slot = dataStreams.slot(of: stream),
                let header = dataStreams.slots[slot].header
            else { continue }
            let waiting = dataStreams.slots[slot].heldPayloads
            consume(stream, dataStreams.slots[slot].heldByteCount)
            dataStreams.unhold(slot)
            dataStreams.slots[slot].header = nil
            dataStreams.slots[slot].state = .flowing
            dataStreams.slots[slot].request = request
            dataStreams.slots[slot].hasBegun = true
            events.append(.subgroupBegan(stream, request: request, header))
            let finArrived = dataStreams.slots[slot].finArrived
            dataStreams.slots[slot].finArrived = finArrived && waiting.isEmpty
            pump(slot)
            for (index, bytes) in waiting.enumerated() where phase == .established {
                dataStreams.slots[slot].parser.feed(bytes)
                dataStreams.slots[slot].finArrived = finArrived && index == waiting.count - 1
                pump(slot)
            }
        }
        for object in heldDatagrams.take(alias) { events.append(.datagram(request: request, object)) }
    }

    /// We left a subscription: its streams are stopped, its alias is remembered for what is under way.
    func retire(_ alias: TrackAlias, of request: RequestID) {
        aliases.retire(alias, request: request)
        dropFills { $1.subscription == request }
        for stream in dataStreams.streams(of: request) {
            guard let slot = dataStreams.slot(of: stream) else { continue }
            let hasBegun = dataStreams.slots[slot].hasBegun
            discard(slot, .cancelled)
            if hasBegun { events.append(.subgroupEnded(stream, .reset(.cancelled))) }
        }
    }

    /// Properties where the draft forbids them have come through the parser only because they are let pass.
    private func noteProperties(_ properties: PropertyBlock?, _ status: ObjectStatus) {
        if let properties, !properties.bytes.isEmpty, !wire.mayHaveProperties(status) {
            tolerated.statusProperties += 1
        }
    }
}
