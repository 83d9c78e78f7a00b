import CGnuTLS
import CNgtcp2
import CQUIC
import Containers
import TransportInterface

// The ways in which a connection ends.
extension QUICConnection {
    /// Acts on an error that ngtcp2 returned from reading, writing or a timer: ends this connection only.
    func fail(_ error: Int32) {
        guard !isClosed, let connection else { return }
        switch error {
        case NGTCP2_ERR_DRAINING:
            beginDraining(sawStatelessReset ? .statelessReset : peerReason(connection))
        case NGTCP2_ERR_CLOSING:
            return
        case NGTCP2_ERR_DROP_CONN, NGTCP2_ERR_RETRY:
            end(.transport(code: 0, reason: "dropped", byPeer: true))
        case NGTCP2_ERR_IDLE_CLOSE:
            end(state == .established ? .idleTimeout : .unreachable("no answer from \(remoteAddress)"))
        case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
            if !isServer, !hasReceived, tryNextCandidate() { return }
            end(
                .unreachable(
                    hasReceived
                        ? "the handshake with \(remoteAddress) did not finish in time"
                        : "no answer from \(remoteAddress)"))
        case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
            end(.handshakeFailed("the server speaks no QUIC version that this client knows"))
        case NGTCP2_ERR_CRYPTO:
            var details = ngtcp2_ccerr()
            let alert = ngtcp2_conn_get_tls_alert(connection)
            let text = tlsFailure(connection, alert)
            ngtcp2_ccerr_set_tls_alert(&details, alert, nil, 0)
            beginClosing(&details, .handshakeFailed(text))
        default:
            var details = ngtcp2_ccerr()
            ngtcp2_ccerr_set_liberr(&details, error, nil, 0)
            let code = ngtcp2_err_infer_quic_transport_error_code(error)
            beginClosing(
                &details,
                .transport(code: code, reason: String(cString: ngtcp2_strerror(error)), byPeer: false))
        }
    }

    /// Sends the close that the owner asked for, and tells the owner.
    func finishClose() {
        guard let wish = pendingClose, !isClosed else { return }
        let reason = Self.cut(wish.reason)
        let usual: TransportCloseReason =
            wish.isApplication
            ? .application(code: wish.code, reason: reason, byPeer: false)
            : .transport(code: wish.code, reason: reason, byPeer: false)
        let outcome = pendingFailure ?? usual
        guard connection != nil else { return end(outcome) }
        var details = ngtcp2_ccerr()
        let bytes = Array(reason.utf8)
        bytes.withUnsafeBufferPointer { text in
            let set =
                wish.isApplication ? ngtcp2_ccerr_set_application_error : ngtcp2_ccerr_set_transport_error
            set(&details, wish.code, text.baseAddress, text.count)
            beginClosing(&details, outcome)
        }
    }

    /// The timer: loss detection, acknowledgement delay, pacing, keep-alive, idle; or the end of the closing
    /// period.
    func timerFired() {
        switch state {
        case .closing, .draining:
            state = .closed
            forgetMe()
        case .established:
            wantsTurn()
        case .handshaking:
            guard let connection, let endpoint else { return }
            let result = ngtcp2_conn_handle_expiry(connection, endpoint.loop.now.nanoseconds)
            drain()
            if result != 0 {
                fail(result)
            } else {
                mustWriteAll = true
                wantsToSend()
            }
        case .resolving, .closed:
            break
        }
    }

    /// A peer that still sends has missed our close: says it again, ever less often.
    func answerWithClose() {
        closePackets += 1
        guard closePackets >= 1 << min(closeAnswers, 20), !closePacket.isEmpty, let endpoint else { return }
        closeAnswers += 1
        closePackets = 0
        endpoint.transmit(closePacket, to: remoteAddress, from: localAddress)
    }

    /// The destination refused our datagrams (ICMP): during a handshake the next address is tried at once.
    func refused(_ error: Int32) {
        guard !isServer, state == .handshaking, !hasReceived else { return }
        if tryNextCandidate() { return }
        end(.unreachable("\(remoteAddress): \(systemErrorText(error))"))
    }

    /// Ends at once, without a word to the peer.
    func end(_ reason: TransportCloseReason) {
        guard state != .closed else { return }
        let wasTold = isClosed
        state = .closed
        freeConnection()
        if !wasTold { tell(reason) }
        forgetMe()
    }

    // MARK: helpers

    private func beginClosing(_ details: inout ngtcp2_ccerr, _ reason: TransportCloseReason) {
        guard let connection, let endpoint else { return }
        let time = endpoint.loop.now
        let count = ngtcp2_conn_write_connection_close_versioned(
            connection, &path.pointee.path, Int32(NGTCP2_PKT_INFO_VERSION), packetInfo, endpoint.sendBuffer,
            Int(NGTCP2_MAX_UDP_PAYLOAD_SIZE), &details, time.nanoseconds)
        let period = ngtcp2_conn_get_pto(connection) &* 3
        guard count > 0 else { return end(reason) }
        closePacket = Array(UnsafeBufferPointer(start: endpoint.sendBuffer, count: Int(count)))
        readAddresses()
        endpoint.transmit(closePacket, to: remoteAddress, from: localAddress)
        state = .closing
        leave(at: time.advanced(byNanoseconds: period), reason)
    }

    private func beginDraining(_ reason: TransportCloseReason) {
        guard let connection, let endpoint else { return }
        let period = ngtcp2_conn_get_pto(connection) &* 3
        state = .draining
        leave(at: endpoint.loop.now.advanced(byNanoseconds: period), reason)
    }

    /// Keeps only the connection IDs and the close packet until `deadline`.
    private func leave(at deadline: Instant, _ reason: TransportCloseReason) {
        freeConnection()
        timer.set(deadline)
        tell(reason)
    }

    private func tell(_ reason: TransportCloseReason) {
        endpoint?.handshakeEnded(self)
        pendingClose = nil
        streams = StreamTable()
        pushed.removeAll()
        blocked = []
        carriedDatagram = []
        sendSource = nil
        let told = delegate
        delegate = nil
        told?.transportClosed(reason)
    }

    private func forgetMe() {
        timer.cancel()
        endpoint?.remove(self)
        endpoint = nil
    }

    private func readAddresses() {
        if let remote = SocketAddress(path.pointee.path.remote) { lastRemoteAddress = remote }
        if let local = SocketAddress(path.pointee.path.local) { localAddress = local }
    }

    private func peerReason(_ connection: OpaquePointer) -> TransportCloseReason {
        guard let details = ngtcp2_conn_get_ccerr(connection)?.pointee else {
            return .transport(code: 0, reason: "", byPeer: true)
        }
        let text = details.reason.map {
            String(decoding: UnsafeBufferPointer(start: $0, count: details.reasonlen), as: UTF8.self)
        }
        if details.type == NGTCP2_CCERR_TYPE_APPLICATION {
            return .application(code: details.error_code, reason: text ?? "", byPeer: true)
        }
        if details.error_code >= 0x100, details.error_code < 0x200 {
            let alert = UInt8(truncatingIfNeeded: details.error_code)
            return .handshakeFailed("the peer refused the handshake: \(Self.alertText(alert))")
        }
        return .transport(code: details.error_code, reason: text ?? "", byPeer: true)
    }

    private func tlsFailure(_ connection: OpaquePointer, _ alert: UInt8) -> String {
        if let refusal = ring.tlsRefusal { return refusal }
        let error = ngtcp2_conn_get_tls_error(connection)
        return error < 0 ? "\(Self.alertText(alert)) (\(gnuTLSText(error)))" : Self.alertText(alert)
    }

    private static func alertText(_ alert: UInt8) -> String {
        if alert == 120 { return "no application protocol (ALPN) in common" }
        let name = gnutls_alert_get_name(gnutls_alert_description_t(UInt32(alert)))
        return "TLS alert \(alert)" + (name.map { ": " + String(cString: $0) } ?? "")
    }

    /// At most 1024 bytes, at a character's edge.
    private static func cut(_ text: String) -> String {
        var end = text.startIndex
        var count = 0
        while end < text.endIndex {
            let next = text.index(after: end)
            count += text[end..<next].utf8.count
            if count > 1024 { break }
            end = next
        }
        return String(text[..<end])
    }
}

extension SocketAddress {
    /// The address in a path of ngtcp2's.
    init?(_ address: ngtcp2_addr) {
        guard let raw = address.addr, address.addrlen > 0 else { return nil }
        var copy = cquic_address()
        let count = min(Int(address.addrlen), MemoryLayout<cquic_address>.size)
        withUnsafeMutableBytes(of: &copy) { $0.baseAddress?.copyMemory(from: raw, byteCount: count) }
        self.init(copy)
    }
}
