import CNgtcp2
import CQUIC
import Containers
import TransportInterface

// Packets out: pushed bytes first, then whatever the send source picks, one train after the other.
extension QUICConnection {
    /// Trains that one connection may send in one turn before the others have theirs.
    private static let trainsPerTurn = 4
    /// No frame that ngtcp2 adds by itself is longer (NEW_TOKEN; an ACK comes first in its packet): with more room
    /// than that in a packet, none was left out.
    private static let longestOwnFrame = 136

    /// Writes what may leave now and sets the timer. Called by the endpoint at the end of a turn.
    func flush(_ endpoint: QUICEndpoint) {
        guard self.endpoint != nil else { return }
        switch state {
        case .resolving:
            if pendingClose != nil { finishClose() }
            return
        case .closing, .draining, .closed:
            return
        case .handshaking, .established:
            break
        }
        if state == .established, !catchUpWithTimers(endpoint) { return }
        guard needsWriting || isLimited || mustWriteAll || state == .handshaking || pendingClose != nil else {
            return armTimer(endpoint)
        }
        needsWriting = false
        var trains = 0
        var wantsMore = true
        while wantsMore, trains < Self.trainsPerTurn, !endpoint.isSendBlocked {
            wantsMore = writeTrain(endpoint)
            trains += 1
            if isClosed || self.endpoint == nil { return }
        }
        drain()
        if pendingClose != nil {
            if endpoint.loop.now >= closeDeadline || nextPushed() == nil {
                finishClose()
                return
            }
            // Pacing or congestion holds back what was pushed before the close: a short while longer.
            if wantsMore { wantsToSend() }
            armTimer(endpoint, before: closeDeadline)
            return
        }
        if wantsMore { wantsToSend() } else { mustWriteAll = false }
        armTimer(endpoint)
    }

    /// Tells ngtcp2 of timers that have run out before the loop got round to ours. That is the way to put the end of
    /// a pacing gap out of its expiry, which asks for no packet. False when the connection has ended.
    private func catchUpWithTimers(_ endpoint: QUICEndpoint) -> Bool {
        let now = endpoint.loop.now
        guard let connection else { return true }
        let isHolding = heldUntil != .distantFuture
        if heldUntil <= now {
            heldUntil = .distantFuture
            mayHold = false
            needsWriting = true
        }
        if dueAt <= now {
            guard ngtcp2_conn_get_expiry(connection) <= now.nanoseconds else { return true }
            // While an acknowledgement is held nothing is in flight: it is what is due, and one packet takes it.
            if !isHolding { mustWriteAll = true }
        } else if !hasPacingGap {
            return true
        }
        hasPacingGap = false
        let result = ngtcp2_conn_handle_expiry(connection, now.nanoseconds)
        drain()
        if result != 0 { fail(result) }
        return result == 0 && !isClosed && self.endpoint != nil
    }

    /// Timers that have time fire in steps of this, so that those of many connections share a turn (nanoseconds).
    static let timerStep: UInt64 = 8_000_000

    /// ngtcp2's expiry counts the pacing gap after every packet, also when nothing waits for it. Where a train has
    /// just been written it is known without the gap (`unpacedExpiry`); else the timer is not woken for the next
    /// 2 ms, within which an acknowledgement usually moves it anyway.
    private func armTimer(_ endpoint: QUICEndpoint, before limit: Instant = .distantFuture) {
        guard let connection, self.endpoint != nil else { return }
        var expiry = unpacedExpiry
        if isLimited || state != .established || expiry <= endpoint.loop.now {
            expiry = Instant(nanoseconds: ngtcp2_conn_get_expiry(connection))
        }
        dueAt = expiry
        if !isLimited, state == .established {
            let earliest = endpoint.loop.now.advanced(byMilliseconds: 2)
            if expiry < earliest {
                expiry = earliest
                dueAt = .zero
            } else if expiry.nanoseconds - endpoint.loop.now.nanoseconds > 2 * Self.timerStep {
                expiry = expiry.advanced(byNanoseconds: Self.timerStep - expiry.nanoseconds % Self.timerStep)
            }
        }
        unpacedExpiry = .zero
        if mayHold, !isLimited, state == .established { holdAcknowledgementOfData(endpoint.loop.now) }
        // While an acknowledgement is held nothing is in flight, and ngtcp2's next timer is mostly that acknowledgement's;
        // unless something waits for the end of a pacing gap.
        let isHolding = heldUntil != .distantFuture && !isLimited
        timer.set(min(limit, heldUntil, isHolding ? .distantFuture : expiry))
    }

    /// Fills the endpoint's buffer with packets of one size and sends them in one go; true when more may be
    /// waiting.
    private func writeTrain(_ endpoint: QUICEndpoint) -> Bool {
        guard let connection else { return false }
        let time = endpoint.loop.now.nanoseconds
        let buffer = endpoint.sendBuffer
        let largest = ngtcp2_conn_get_max_tx_udp_payload_size(connection)
        let usual = ngtcp2_conn_get_path_max_tx_udp_payload_size(connection)
        let quantum = max(
            largest, min(QUICEndpoint.maximumTrainByteCount, ngtcp2_conn_get_send_quantum(connection)))
        let source = sendSource
        var pull = PulledChunk(vectors: endpoint.vectors)
        var start = 0
        var end = 0
        var segment = 0
        var segments = 0
        var more = false
        while true {
            let room = segment == 0 ? largest : segment
            if end + room > quantum || segments == QUICEndpoint.maximumTrainSegments {
                more = true
                break
            }
            var isExhausted = false
            let count = writePacket(
                connection, endpoint, source, buffer + end, room, time, &pull, &isExhausted)
            guard count > 0 else {
                if count < 0 {
                    finish(&pull, endpoint)
                    transmit(endpoint, start, end, segment)
                    fail(Int32(count))
                    return false
                }
                break
            }
            if segment != 0, !endpoint.trainMatches(path, packetInfo) {
                // Another path or another ECN mark: what is built so far goes on its own.
                transmit(endpoint, start, end, segment)
                start = end
                segment = 0
            }
            if segment == 0 {
                endpoint.beginTrain(path, packetInfo, usesECN: configuration.usesECN)
                segment = count
                segments = 0
            }
            end += count
            segments += 1
            // Room was left and nobody wanted it: there is no more.
            if isExhausted, state == .established, !mustWriteAll, count + Self.longestOwnFrame <= room {
                break
            }
            if count != usual || count < segment {
                // A probe of another size or a short packet ends the train, not the writing.
                transmit(endpoint, start, end, segment)
                start = end
                segment = 0
                if endpoint.isSendBlocked {
                    more = true
                    break
                }
            }
        }
        finish(&pull, endpoint)
        transmit(endpoint, start, end, segment)
        if end > 0 {
            let expiry = ngtcp2_conn_get_expiry(connection)
            unpacedExpiry = Instant(nanoseconds: expiry)
            ngtcp2_conn_update_pkt_tx_time(connection, time)
            hasPacingGap = true
            // It was due long ago, or ngtcp2's own timer runs.
            heldUntil = .distantFuture
            mayHold = false
        }
        return more
    }

    private func transmit(_ endpoint: QUICEndpoint, _ start: Int, _ end: Int, _ segment: Int) {
        guard end > start else { return }
        sendCalls &+= 1
        if end - start > segment { segmentedSends &+= 1 }
        endpoint.transmit(from: start, to: end, segment: segment)
    }

    // MARK: one packet

    /// Builds one packet in `target`; 0 when none may leave, negative for an error of the connection.
    private func writePacket(
        _ connection: OpaquePointer, _ endpoint: QUICEndpoint, _ source: (any SendSource)?,
        _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64, _ pull: inout PulledChunk,
        _ isExhausted: inout Bool
    ) -> Int {
        isBuilding = true
        defer { isBuilding = false }
        var offers = state == .established ? 512 : 0
        isLimited = false
        if offers > 0, ngtcp2_conn_get_cwnd_left(connection) == 0 {
            offers = 0
            isLimited = true
        }
        while offers > 0 {
            offers -= 1
            let result: Int
            if let entry = nextPushed() {
                result = writePushed(entry, connection, endpoint, target, room, time)
            } else if let entry = pull.stream {
                result = writePulled(entry, &pull, connection, endpoint, target, room, time)
                if result > 0, pull.isLast, pull.stream == nil { isExhausted = true }
            } else if let source, pendingClose == nil {
                if hasCarriedDatagram {
                    hasCarriedDatagram = false
                    endpoint.chunk.clear()
                    endpoint.chunk.target = .datagram
                    swap(&endpoint.chunk.payloads, &carriedDatagram)
                } else {
                    endpoint.chunk.clear()
                    if !source.nextChunk(&endpoint.chunk) { break }
                }
                switch endpoint.chunk.target {
                case .stream(let stream):
                    // Goes on with its bytes, or with what the source has pushed for it meanwhile (the preamble
                    // of a stream that it opened just now).
                    open(stream, &pull, source, endpoint)
                    continue
                case .datagram:
                    result = writeDatagram(source, connection, endpoint, target, room, time)
                }
            } else {
                break
            }
            if result != Int(NGTCP2_ERR_WRITE_MORE) {
                if result == 0 { isLimited = true }
                return result
            }
        }
        isExhausted = true
        var accepted = 0
        return ngtcp2_conn_writev_stream_versioned(
            connection, &path.pointee.path, Int32(NGTCP2_PKT_INFO_VERSION), packetInfo, target, room,
            &accepted, 0, -1, nil, 0, time)
    }

    private func nextPushed() -> QUICStream? {
        while let entry = pushed.first {
            if entry.hasUnsent, !entry.isSendingOver, !entry.isBlocked { return entry }
            pushed.popFirst()
            entry.isQueued = false
        }
        return nil
    }

    private func writePushed(
        _ entry: QUICStream, _ connection: OpaquePointer, _ endpoint: QUICEndpoint,
        _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64
    ) -> Int {
        let part = entry.describeUnsent(endpoint.pushedVectors, capacity: QUICEndpoint.vectorCount)
        let fin = entry.finWanted && part.isAll
        var accepted = -1
        let flags = NGTCP2_WRITE_STREAM_FLAG_MORE | (fin ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0)
        let result = write(
            entry.id, endpoint.pushedVectors, part.count, flags, connection, target, room, time, &accepted)
        if accepted >= 0 { entry.didSend(accepted, fin: fin && accepted == part.byteCount) }
        return settle(entry, result)
    }

    /// Takes over what the source gave for `stream`.
    private func open(
        _ stream: StreamID, _ pull: inout PulledChunk, _ source: any SendSource, _ endpoint: QUICEndpoint
    ) {
        guard let entry = streams[stream] else { return source.streamBlocked(stream) }
        let (count, total, isAll) = endpoint.describeChunk(prefix: Payload())
        let fin = endpoint.chunk.fin && isAll
        guard total > 0 || fin else {
            source.chunkAccepted(.stream(stream), byteCount: 0, fin: false)
            return
        }
        pull.open(
            entry, endpoint.vectors, count: count, byteCount: total, fin: fin,
            isLast: endpoint.chunk.isLast && isAll)
    }

    private func writePulled(
        _ entry: QUICStream, _ pull: inout PulledChunk, _ connection: OpaquePointer,
        _ endpoint: QUICEndpoint, _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64
    ) -> Int {
        guard !entry.isSendingOver, !entry.isBlocked, !entry.hasUnsentBytes, !entry.finSent else {
            finish(&pull, endpoint)
            entry.toldSourceBlocked = true
            sendSource?.streamBlocked(entry.id)
            return Int(NGTCP2_ERR_WRITE_MORE)
        }
        var accepted = -1
        // The packet is finished with the last bytes of all, even when there is room behind them.
        let flags =
            (pull.isLast ? 0 : NGTCP2_WRITE_STREAM_FLAG_MORE) | (pull.fin ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0)
        let result = write(
            entry.id, pull.rest, pull.vectorCount, flags, connection, target, room, time, &accepted)
        if accepted >= 0 {
            pull.take(accepted)
            if pull.leftByteCount == 0 { finish(&pull, endpoint) }
        }
        if result < 0, result != Int(NGTCP2_ERR_WRITE_MORE) {
            finish(&pull, endpoint)
            if settle(entry, result) == Int(NGTCP2_ERR_WRITE_MORE) {
                entry.toldSourceBlocked = true
                sendSource?.streamBlocked(entry.id)
                return Int(NGTCP2_ERR_WRITE_MORE)
            }
        }
        return result
    }

    /// Keeps what packets took of the chunk until it is acknowledged, and tells the source. A chunk of which they
    /// took nothing is forgotten: the source has kept it.
    private func finish(_ pull: inout PulledChunk, _ endpoint: QUICEndpoint) {
        guard let entry = pull.stream else { return }
        pull.close()
        var rest = pull.takenByteCount
        guard rest > 0 || pull.finTaken else { return }
        for payload in endpoint.chunk.payloads {
            if rest <= 0 { break }
            entry.retain(payload.count <= rest ? payload : payload.slice(from: 0, count: rest))
            rest -= payload.count
        }
        if pull.finTaken { entry.didSendFin() }
        sendSource?.chunkAccepted(
            .stream(entry.id), byteCount: pull.takenByteCount, fin: pull.finTaken)
    }

    private func write(
        _ stream: StreamID, _ vectors: UnsafeMutablePointer<ngtcp2_vec>, _ count: Int, _ flags: UInt32,
        _ connection: OpaquePointer, _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64,
        _ accepted: inout Int
    ) -> Int {
        ngtcp2_conn_writev_stream_versioned(
            connection, &path.pointee.path, Int32(NGTCP2_PKT_INFO_VERSION), packetInfo, target, room,
            &accepted, flags, Int64(stream.value), vectors, count, time)
    }

    /// Turns "this stream cannot" into bookkeeping and "go on with another"; anything else stands.
    private func settle(_ entry: QUICStream, _ result: Int) -> Int {
        switch Int32(truncatingIfNeeded: result) {
        case NGTCP2_ERR_STREAM_DATA_BLOCKED where result < 0:
            if !entry.isBlocked {
                entry.isBlocked = true
                blocked.append(entry)
            }
            if let connection, ngtcp2_conn_get_max_data_left(connection) == 0 { isConnectionBlocked = true }
            return Int(NGTCP2_ERR_WRITE_MORE)
        case NGTCP2_ERR_STREAM_SHUT_WR where result < 0, NGTCP2_ERR_STREAM_NOT_FOUND where result < 0:
            entry.isSendingOver = true
            entry.abandonUnsent()
            return Int(NGTCP2_ERR_WRITE_MORE)
        default:
            return result
        }
    }

    private func writeDatagram(
        _ source: any SendSource, _ connection: OpaquePointer, _ endpoint: QUICEndpoint,
        _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64
    ) -> Int {
        let (count, total, isAll) = endpoint.describeChunk(prefix: datagramPrefix)
        guard isAll, total - datagramPrefix.count <= maximumDatagramByteCount else {
            datagramsDropped &+= 1
            source.chunkAccepted(.datagram, byteCount: 0, fin: false)
            return Int(NGTCP2_ERR_WRITE_MORE)
        }
        var accepted: Int32 = 0
        let result = ngtcp2_conn_writev_datagram_versioned(
            connection, &path.pointee.path, Int32(NGTCP2_PKT_INFO_VERSION), packetInfo, target, room,
            &accepted, UInt32(NGTCP2_WRITE_DATAGRAM_FLAG_MORE), 0, endpoint.vectors, count, time)
        if accepted != 0 {
            source.chunkAccepted(.datagram, byteCount: total - datagramPrefix.count, fin: false)
        } else if result == Int(NGTCP2_ERR_INVALID_ARGUMENT) || result == Int(NGTCP2_ERR_INVALID_STATE) {
            datagramsDropped &+= 1
            source.chunkAccepted(.datagram, byteCount: 0, fin: false)
            return Int(NGTCP2_ERR_WRITE_MORE)
        } else {
            // No room in this packet, or no packet now: it goes first when there is.
            hasCarriedDatagram = true
            swap(&endpoint.chunk.payloads, &carriedDatagram)
        }
        return result
    }
}
