import CNgtcp2
import CQUIC
import Containers
import TransportInterface

// Packets out: pushed bytes first, then whatever the send source picks, one train after the other.
extension QUICConnection {
    /// Trains that one connection may send in one turn before the others have theirs.
    private static let trainsPerTurn = 4

    /// Writes what may leave now and sets the timer. Called by the endpoint at the end of a turn.
    func flush() {
        guard let endpoint else { return }
        switch state {
        case .resolving:
            if pendingClose != nil { finishClose() }
            return
        case .closing, .draining, .closed:
            return
        case .handshaking, .established:
            break
        }
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
            armTimer(before: closeDeadline)
            return
        }
        if wantsMore { wantsToSend() } else { mustWriteAll = false }
        armTimer()
    }

    /// ngtcp2's expiry counts the pacing gap after every packet, also when nothing waits for it: then the
    /// timer is not woken for the next 2 ms, within which an acknowledgement usually moves it anyway.
    func armTimer(before limit: Instant = .distantFuture) {
        guard let connection, let endpoint else { return }
        var expiry = Instant(nanoseconds: ngtcp2_conn_get_expiry(connection))
        if !isHeldBack, state == .established {
            expiry = max(expiry, endpoint.loop.now.advanced(byMilliseconds: 2))
        }
        timer.set(min(limit, expiry))
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
            let count = writePacket(connection, endpoint, buffer + end, room, time, &isExhausted)
            guard count > 0 else {
                if count < 0 {
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
            if isExhausted, state == .established, !mustWriteAll, count < room / 2 { break }
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
        transmit(endpoint, start, end, segment)
        ngtcp2_conn_update_pkt_tx_time(connection, time)
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
        _ connection: OpaquePointer, _ endpoint: QUICEndpoint, _ target: UnsafeMutablePointer<UInt8>,
        _ room: Int, _ time: UInt64, _ isExhausted: inout Bool
    ) -> Int {
        isBuilding = true
        defer { isBuilding = false }
        var offers = state == .established ? 512 : 0
        if offers > 0, ngtcp2_conn_get_cwnd_left(connection) == 0 { offers = 0 }
        while offers > 0 {
            offers -= 1
            let result: Int
            if let entry = nextPushed() {
                result = writePushed(entry, connection, endpoint, target, room, time)
            } else if let sendSource, pendingClose == nil {
                endpoint.chunk.clear()
                if hasCarriedDatagram {
                    hasCarriedDatagram = false
                    endpoint.chunk.target = .datagram
                    swap(&endpoint.chunk.payloads, &carriedDatagram)
                } else if !sendSource.nextChunk(&endpoint.chunk) {
                    break
                }
                switch endpoint.chunk.target {
                case .stream(let stream):
                    result = writePulled(stream, sendSource, connection, endpoint, target, room, time)
                case .datagram:
                    result = writeDatagram(sendSource, connection, endpoint, target, room, time)
                }
            } else {
                break
            }
            if result != Int(NGTCP2_ERR_WRITE_MORE) {
                isHeldBack = result == 0
                return result
            }
        }
        isExhausted = true
        isHeldBack = false
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
        let part = entry.describeUnsent(endpoint.vectors, capacity: QUICEndpoint.vectorCount)
        let fin = entry.finWanted && part.isAll
        var accepted = -1
        let result = write(
            entry.id, endpoint.vectors, part.count, fin: fin, connection, target, room, time, &accepted)
        if accepted >= 0 { entry.didSend(accepted, fin: fin && accepted == part.byteCount) }
        return settle(entry, result, source: nil)
    }

    private func writePulled(
        _ stream: StreamID, _ source: any SendSource, _ connection: OpaquePointer, _ endpoint: QUICEndpoint,
        _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64
    ) -> Int {
        // The source may have opened the stream just now, and its preamble was pushed: that leaves first, in
        // the same packet if there is room. A chunk that finds none is offered again.
        if let entry = streams[stream], entry.hasUnsentBytes, !entry.isSendingOver, !entry.isBlocked {
            let result = writePushed(entry, connection, endpoint, target, room, time)
            if result != Int(NGTCP2_ERR_WRITE_MORE) || (entry.hasUnsentBytes && !entry.isBlocked) {
                return result
            }
        }
        guard let entry = streams[stream], !entry.isSendingOver, !entry.isBlocked, !entry.hasUnsentBytes,
            !entry.finSent
        else {
            streams[stream]?.toldSourceBlocked = true
            source.streamBlocked(stream)
            return Int(NGTCP2_ERR_WRITE_MORE)
        }
        let (count, total, isAll) = endpoint.describeChunk(prefix: Payload())
        let fin = endpoint.chunk.fin && isAll
        guard total > 0 || fin else {
            source.chunkAccepted(.stream(stream), byteCount: 0, fin: false)
            return Int(NGTCP2_ERR_WRITE_MORE)
        }
        var accepted = -1
        let result = write(
            stream, endpoint.vectors, count, fin: fin, connection, target, room, time, &accepted)
        if accepted >= 0 {
            let finAccepted = fin && accepted == total
            var rest = accepted
            for payload in endpoint.chunk.payloads where rest > 0 && !payload.isEmpty {
                let part = payload.slice(from: 0, count: rest)
                entry.retain(part)
                rest -= part.count
            }
            if finAccepted { entry.didSendFin() }
            source.chunkAccepted(.stream(stream), byteCount: accepted, fin: finAccepted)
        }
        return settle(entry, result, source: source)
    }

    private func write(
        _ stream: StreamID, _ vectors: UnsafeMutablePointer<ngtcp2_vec>, _ count: Int, fin: Bool,
        _ connection: OpaquePointer, _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ time: UInt64,
        _ accepted: inout Int
    ) -> Int {
        let flags = UInt32(NGTCP2_WRITE_STREAM_FLAG_MORE) | (fin ? UInt32(NGTCP2_WRITE_STREAM_FLAG_FIN) : 0)
        return ngtcp2_conn_writev_stream_versioned(
            connection, &path.pointee.path, Int32(NGTCP2_PKT_INFO_VERSION), packetInfo, target, room,
            &accepted, flags, Int64(stream.value), vectors, count, time)
    }

    /// Turns "this stream cannot" into bookkeeping and "go on with another"; anything else stands.
    private func settle(_ entry: QUICStream, _ result: Int, source: (any SendSource)?) -> Int {
        switch Int32(truncatingIfNeeded: result) {
        case NGTCP2_ERR_STREAM_DATA_BLOCKED where result < 0:
            if !entry.isBlocked {
                entry.isBlocked = true
                blocked.append(entry)
            }
            if let connection, ngtcp2_conn_get_max_data_left(connection) == 0 { isConnectionBlocked = true }
            if let source {
                entry.toldSourceBlocked = true
                source.streamBlocked(entry.id)
            }
            return Int(NGTCP2_ERR_WRITE_MORE)
        case NGTCP2_ERR_STREAM_SHUT_WR where result < 0, NGTCP2_ERR_STREAM_NOT_FOUND where result < 0:
            entry.isSendingOver = true
            entry.abandonUnsent()
            source?.streamBlocked(entry.id)
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
