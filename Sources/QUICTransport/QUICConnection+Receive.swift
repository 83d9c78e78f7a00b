import CGnuTLS
import CNgtcp2
import CQUIC
import Containers
import Glibc
import TransportInterface

// Packets in, and acting on what ngtcp2 reported about them.
extension QUICConnection {
    /// UDP payloads for this connection, all `segment` bytes long but the last. Nothing of `bytes` is kept. What they say is
    /// acted on by `received`, which the endpoint calls when those that came with them have been read too.
    func read(
        _ bytes: UnsafePointer<UInt8>, count: Int, segment: Int,
        from remote: UnsafeMutablePointer<cquic_address>,
        to local: UnsafeMutablePointer<cquic_address>, ecn: UInt8
    ) {
        var incoming = ngtcp2_path()
        incoming.local = ngtcp2_addr(
            addr: UnsafeMutableRawPointer(local).assumingMemoryBound(to: sockaddr.self),
            addrlen: cquic_address_length(local))
        incoming.remote = ngtcp2_addr(
            addr: UnsafeMutableRawPointer(remote).assumingMemoryBound(to: sockaddr.self),
            addrlen: cquic_address_length(remote))
        var info = ngtcp2_pkt_info(ecn: configuration.usesECN ? ecn : 0)
        var offset = 0
        while offset < count {
            switch state {
            case .handshaking, .established: break
            case .closing: return answerWithClose()
            case .resolving, .draining, .closed: return
            }
            guard let connection, let now = endpoint?.loop.now.nanoseconds else { return }
            // From a new address, even an acknowledgement begins the path's validation.
            if let current = ngtcp2_conn_get_path(connection), !Self.isEqual(current.pointee.remote, remote) {
                needsWriting = true
            }
            if !hasRead { cquic_begin_packets() }
            hasRead = true
            repeat {
                let size = min(segment, count - offset)
                readResult = ngtcp2_conn_read_pkt_versioned(
                    connection, &incoming, Int32(NGTCP2_PKT_INFO_VERSION), &info, bytes + offset, size, now)
                offset += size
                // Notes of STOP_SENDING are kept for one packet's worth.
            } while offset < count && readResult == 0 && cquic_has_stop_notes() == 0
            if readResult != 0 || cquic_has_stop_notes() != 0 { received() }
        }
    }

    /// Acts on the packets that have been read.
    func received() {
        guard hasRead else { return }
        let wasEstablished = state == .established
        let result = readResult
        hasRead = false
        readResult = 0
        hasReceived = true
        drain()
        noteStops(valid: result == 0)
        if result != 0 {
            fail(result)
            return
        }
        guard let connection, let endpoint else { return }
        if isConnectionBlocked { checkConnectionCredit() }
        let weight = cquic_weigh_packets()
        var counts = ngtcp2_conn_info()
        ngtcp2_conn_get_conn_info_versioned(connection, Int32(NGTCP2_CONN_INFO_VERSION), &counts)
        // Acknowledgements and PINGs ask for nothing now, unless they open a window that is waited for or show that
        // packets were lost, whose bytes leave again at once: else only the timer moves.
        if weight == CQUIC_PACKET_CARRIES || counts.pkt_lost != lostPacketCount { needsWriting = true }
        lostPacketCount = counts.pkt_lost
        mayHold = weight == CQUIC_PACKET_CARRIES && counts.bytes_in_flight == 0
        if needsWriting || isLimited || mustWriteAll || !wasEstablished || pendingClose != nil
            || counts.bytes_in_flight > 0
        {
            wantsTurn()
        } else if weight == CQUIC_PACKET_PINGS {
            holdAcknowledgement(endpoint.loop.now)
        }
        // Else nothing is in flight: no timer of ngtcp2's has moved forward, and that ours is early costs one look.
    }

    /// The peer wants to hear that a PING has come. Peers add one to their acknowledgements once in a round trip
    /// when they send nothing else, and ngtcp2 would answer an eighth of a round trip later with a packet of its own:
    /// it may as well travel with the next object, if that leaves soon. Nothing is in flight, so that the timer has
    /// nothing else to do meanwhile; RFC 9000 section 13.2.1 allows up to our max_ack_delay of 25 ms.
    private func holdAcknowledgement(_ now: Instant) {
        guard heldUntil == .distantFuture else { return }
        let latest = now.advanced(byMilliseconds: Self.longestHoldMilliseconds).nanoseconds
        heldUntil = Instant(nanoseconds: latest - latest % Self.timerStep)
        if heldUntil < timer.deadline { timer.set(heldUntil) }
    }
    private static let longestHoldMilliseconds: UInt64 = 20

    /// The same for one packet of data: ngtcp2 has been asked, and waits for a second one, of which the acknowledgement
    /// leaves at once (RFC 9000 section 13.2.2). Voice comes in packets 20 ms apart.
    func holdAcknowledgementOfData(_ now: Instant) {
        mayHold = false
        guard heldUntil == .distantFuture else { return }
        let latest = now.advanced(byMilliseconds: Self.longestDataHoldMilliseconds).nanoseconds
        heldUntil = Instant(nanoseconds: latest - latest % Self.dataHoldStep)
    }
    private static let longestDataHoldMilliseconds: UInt64 = 24
    private static let dataHoldStep: UInt64 = 1_000_000

    private static func isEqual(_ address: ngtcp2_addr, _ other: UnsafeMutablePointer<cquic_address>) -> Bool
    {
        guard let raw = address.addr else { return false }
        return memcmp(raw, other, min(Int(address.addrlen), MemoryLayout<cquic_address>.size)) == 0
    }

    /// Acts on everything in the ring, in order. Delegates may call back into the connection; what that adds
    /// to the ring is acted on too.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        while let event = ring.take() { act(on: event) }
        isDraining = false
    }

    private func act(on event: CallbackEvent) {
        switch event.kind {
        case .connectionIDIssued:
            issuedIDs.append(event.a)
            endpoint?.addID(event.a, self)
        case .connectionIDRetired:
            issuedIDs.removeAll { $0 == event.a }
            endpoint?.removeID(event.a)
        case .peerIDStatus:
            guard let token = ResetToken(event.payload) else { return }
            if event.flag {
                peerTokens.append(token)
                endpoint?.resetTokens[token] = self
            } else {
                peerTokens.removeAll { $0 == token }
                endpoint?.resetTokens[token] = nil
            }
        case .streamAcknowledged:
            streams[event.stream]?.acknowledge(event.a)
        case .streamCreditExtended:
            if let entry = streams[event.stream], entry.isBlocked { unblock(entry) }
        case .streamClosed:
            streamClosed(event)
        case .addressToken:
            endpoint?.keepToken(event.payload, for: serverName)
        case .handshakeCompleted:
            handshakeCompleted()
        case .handshakeConfirmed, .pathValidated, .statelessReset:
            if event.kind == .statelessReset { sawStatelessReset = true }
        case .streamData, .streamReset, .datagram, .unidirectionalStreamsExtended,
            .bidirectionalStreamsExtended:
            guard !isClosed, pendingClose == nil else { return }
            deliver(event)
        }
    }

    private func deliver(_ event: CallbackEvent) {
        switch event.kind {
        case .streamData:
            let entry = entry(for: event.stream)
            entry.receivedByteCount &+= UInt64(event.payload.count)
            guard let delegate, !entry.isReceivingOver else {
                returnCredit(entry, .max)
                return
            }
            delegate.streamReceived(event.stream, event.payload, fin: event.flag)
        case .streamReset:
            let entry = entry(for: event.stream)
            guard !entry.isReceivingOver else { return }
            entry.isReceivingOver = true
            returnCredit(entry, .max)
            delegate?.streamReset(event.stream, code: event.a)
        case .datagram:
            delegate?.datagramReceived(event.payload)
        case .unidirectionalStreamsExtended:
            guard wantsUnidirectional else { return }
            wantsUnidirectional = false
            delegate?.streamCreditGranted(.unidirectional)
        case .bidirectionalStreamsExtended:
            guard wantsBidirectional else { return }
            wantsBidirectional = false
            delegate?.streamCreditGranted(.bidirectional)
        default:
            break
        }
    }

    private func streamClosed(_ event: CallbackEvent) {
        let entry = entry(for: event.stream)
        guard !entry.isClosed else { return }
        let tells = !isClosed && pendingClose == nil
        if tells, event.flag, !entry.toldStopped, !entry.isReceivingOver {
            entry.toldStopped = true
            delegate?.streamStopped(event.stream, code: event.a)
        }
        entry.isSendingOver = true
        entry.isBlocked = false
        blocked.removeAll { $0 === entry }
        entry.release()
        if entry.isReceivingOver || delegate == nil { returnCredit(entry, .max) }
        entry.isClosed = true
        if tells { delegate?.streamClosed(event.stream) }
        if entry.consumedByteCount == entry.receivedByteCount, streams[event.stream] === entry {
            forget(entry)
        }
    }

    /// The STOP_SENDING frames of the packet that was just read.
    private func noteStops(valid: Bool) {
        guard cquic_has_stop_notes() != 0 else { return }
        var notes = [cquic_stop_note](repeating: cquic_stop_note(), count: 256)
        let count = Int(cquic_take_stop_notes(&notes, 256))
        guard valid, state == .established, pendingClose == nil else { return }
        for note in notes.prefix(count) {
            guard let entry = streams[StreamID(note.stream)], !entry.toldStopped, !entry.isClosed else {
                continue
            }
            entry.isSendingOver = true
            entry.toldStopped = true
            entry.abandonUnsent()
            delegate?.streamStopped(entry.id, code: note.code)
            if isClosed || pendingClose != nil { return }
        }
    }

    // MARK: credit

    func unblock(_ entry: QUICStream) {
        guard entry.isBlocked else { return }
        entry.isBlocked = false
        blocked.removeAll { $0 === entry }
        enqueue(entry)
        if entry.toldSourceBlocked {
            entry.toldSourceBlocked = false
            sendSource?.streamUnblocked(entry.id)
        }
        wantsToSend()
    }

    /// There is no callback for MAX_DATA: looks whether the connection's window has opened.
    private func checkConnectionCredit() {
        guard let connection, ngtcp2_conn_get_max_data_left(connection) > 0 else { return }
        isConnectionBlocked = false
        for entry in blocked
        where ngtcp2_conn_get_max_stream_data_left(connection, Int64(entry.id.value)) > 0 { unblock(entry) }
    }

    // MARK: handshake

    private func handshakeCompleted() {
        guard state == .handshaking, let session, let endpoint else { return }
        var chosen = gnutls_datum_t()
        let result = gnutls_alpn_get_selected_protocol(session, &chosen)
        guard result >= 0, let data = chosen.data else {
            // Only a client gets here: a server without overlap has already ended the handshake.
            pendingFailure = .handshakeFailed("the server chose none of the protocols that were offered")
            close(code: 0, reason: "no application protocol")
            return
        }
        let name = String(
            decoding: UnsafeBufferPointer(start: data, count: Int(chosen.size)), as: UTF8.self)
        negotiated = NegotiatedProtocol(carrier: .quic, name: name)
        state = .established
        endpoint.handshakeEnded(self)
        if isServer {
            serverName = TLSSession.serverName(session)
            submitAddressToken()
            endpoint.delegate?.connectionAccepted(self)
        }
        if configuration.keepAliveMilliseconds > 0, let connection {
            ngtcp2_conn_set_keep_alive_timeout(connection, configuration.keepAliveMilliseconds &* 1_000_000)
        }
        delegate?.transportEstablished()
    }

    /// NEW_TOKEN: the client's next connection need not prove its address again.
    private func submitAddressToken() {
        guard let connection, let endpoint else { return }
        var token = [UInt8](repeating: 0, count: 128)
        var remote = remoteAddress.raw
        let length = cquic_address_length(&remote)
        let count = withUnsafeMutablePointer(to: &remote) { remote in
            ngtcp2_crypto_generate_regular_token(
                &token, endpoint.identity.secret, endpoint.identity.secret.count,
                UnsafeMutableRawPointer(remote).assumingMemoryBound(to: sockaddr.self), length,
                endpoint.loop.now.nanoseconds)
        }
        if count > 0 { _ = ngtcp2_conn_submit_new_token(connection, token, Int(count)) }
    }
}
