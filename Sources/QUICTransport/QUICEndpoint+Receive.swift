import CNgtcp2
import CQUIC
import Containers
import Glibc
import TransportInterface

// Datagrams in: to a known connection, to a new one, or answered without state.
extension QUICEndpoint {
    /// Receive calls in one turn; what is left wakes the loop again.
    private static let batchesPerTurn = 8
    private static let versions: [UInt32] = [
        UInt32(NGTCP2_PROTO_VER_V1), UInt32(NGTCP2_PROTO_VER_V2),
    ]

    func readSocket() {
        for _ in 0..<Self.batchesPerTurn {
            let count = socket.receive()
            guard count > 0 else { return }
            for index in 0..<count { readMessage(socket.messages + index) }
            if count < Int(CQUIC_RECEIVE_BATCH) { return }
        }
    }

    private func readMessage(_ message: UnsafeMutablePointer<cquic_received>) {
        guard let bytes = message.pointee.bytes, message.pointee.truncated == 0 else { return }
        var local = message.pointee.local
        let port = localAddress.port.bigEndian
        switch Int32(local.any.sa_family) {
        case AF_INET6: local.v6.sin6_port = port
        case AF_INET: local.v4.sin_port = port
        default: local = localAddress.raw
        }
        let total = Int(message.pointee.count)
        let segment = max(1, Int(message.pointee.segment))
        bytesReceived &+= UInt64(total)
        var offset = 0
        var reader: QUICConnection?
        while offset < total {
            let run = Self.run(bytes + offset, total - offset, segment: segment)
            packetsReceived &+= UInt64((run + segment - 1) / segment)
            dispatch(
                bytes + offset, run, segment: segment, &message.pointee.remote, &local, message.pointee.ecn,
                &reader)
            offset += run
        }
        reader?.received()
    }

    /// Bytes of the packets at the front of a message that name one connection: of more than the first only if all have
    /// short headers, with the same connection ID.
    static func run(_ bytes: UnsafePointer<UInt8>, _ count: Int, segment: Int) -> Int {
        let front = 1 + ConnectionIdentity.length
        guard segment < count, segment >= front, bytes[0] & 0x80 == 0 else { return min(segment, count) }
        var end = segment
        while count - end >= front, bytes[end] & 0x80 == 0,
            memcmp(bytes + (end + 1), bytes + 1, ConnectionIdentity.length) == 0
        {
            end = min(end + segment, count)
        }
        return end
    }

    /// Lets the connection that packets are for read them, if there is one: `count` bytes, `segment` each but the last.
    /// `reader` has read those before, and acts on them when another comes: a client may have several connections on one
    /// port.
    private func dispatch(
        _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, segment: Int,
        _ remote: UnsafeMutablePointer<cquic_address>,
        _ local: UnsafeMutablePointer<cquic_address>, _ ecn: UInt8, _ reader: inout QUICConnection?
    ) {
        let first = min(segment, count)
        var ids = ngtcp2_version_cid()
        let result = ngtcp2_pkt_decode_version_cid(&ids, bytes, first, ConnectionIdentity.length)
        if result == NGTCP2_ERR_VERSION_NEGOTIATION {
            if isAccepting, first >= Int(NGTCP2_MAX_UDP_PAYLOAD_SIZE) { sendVersions(ids, remote, local) }
            return
        }
        guard result == 0 else { return }
        if let connection = find(ids) ?? findReset(bytes, first, ids) {
            if let reader, reader !== connection { reader.received() }
            reader = connection
            if connection.isServer {
                connection.read(bytes, count: count, segment: segment, from: remote, to: local, ecn: ecn)
            } else {
                // A client knows one local address; the kernel's view of it may differ in form.
                var own = connection.localAddress.raw
                connection.read(bytes, count: count, segment: segment, from: remote, to: &own, ecn: ecn)
            }
            return
        }
        if ids.version == 0 {
            sendReset(bytes, first, ids, remote, local)
        } else if isAccepting {
            reader?.received()
            reader = nil
            accept(bytes, first, remote, local, ecn)
        }
    }

    private func find(_ ids: ngtcp2_version_cid) -> QUICConnection? {
        if ids.dcidlen == ConnectionIdentity.length, let dcid = ids.dcid {
            let key = UnsafeRawPointer(dcid).loadUnaligned(as: UInt64.self)
            if let connection = connections[key] { return connection }
        }
        guard ids.version != 0, let id = InitialID(ids.dcid, count: ids.dcidlen) else { return nil }
        return initialConnections[id]
    }

    /// The connection that a stateless reset is for: its connection ID is noise, its end is not.
    private func findReset(
        _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ ids: ngtcp2_version_cid
    ) -> QUICConnection? {
        guard ids.version == 0, count >= 21, !resetTokens.isEmpty else { return nil }
        return resetTokens[ResetToken(bytes + (count - 16))]
    }

    // MARK: new connections

    private func accept(
        _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ remote: UnsafeMutablePointer<cquic_address>,
        _ local: UnsafeMutablePointer<cquic_address>, _ ecn: UInt8
    ) {
        var header = ngtcp2_pkt_hd()
        guard let tls = configuration.serverIdentity, ngtcp2_accept(&header, bytes, count) == 0 else {
            return
        }
        guard all.count < configuration.maximumConnections,
            halfOpen.count < configuration.maximumHalfOpenConnections
        else { return refuse(header, UInt64(NGTCP2_CONNECTION_REFUSED), remote, local) }

        var acceptance = QUICConnection.Acceptance(
            header: header, originalID: header.dcid, isAfterRetry: false, tokenType: NGTCP2_TOKEN_TYPE_UNKNOWN
        )
        switch checkToken(&header, remote) {
        case .retry(let original):
            acceptance.originalID = original
            acceptance.isAfterRetry = true
            acceptance.tokenType = NGTCP2_TOKEN_TYPE_RETRY
        case .known:
            acceptance.tokenType = NGTCP2_TOKEN_TYPE_NEW_TOKEN
        case .invalid:
            return refuse(header, UInt64(NGTCP2_INVALID_TOKEN), remote, local)
        case .none:
            if wantsRetry { return sendRetry(header, remote, local) }
        }
        let connection = QUICConnection(
            endpoint: self, isServer: true, configuration: configuration,
            remote: SocketAddress(remote.pointee))
        connection.localAddress = SocketAddress(local.pointee)
        do {
            try connection.beginServer(acceptance, remote: remote, local: local, tls: tls)
        } catch {
            connection.end(.transport(code: 1, reason: error.message, byPeer: false))
            return
        }
        halfOpen.insert(ObjectIdentifier(connection))
        connection.read(bytes, count: count, segment: count, from: remote, to: local, ecn: ecn)
        connection.received()
    }

    private var wantsRetry: Bool {
        switch configuration.retryPolicy {
        case .never: return false
        case .always: return true
        case .above(let limit): return halfOpen.count >= limit
        }
    }

    private enum TokenCheck { case none, invalid, known, retry(ngtcp2_cid) }

    private func checkToken(
        _ header: inout ngtcp2_pkt_hd, _ remote: UnsafeMutablePointer<cquic_address>
    ) -> TokenCheck {
        guard let token = header.token, header.tokenlen > 0 else { return .none }
        let length = cquic_address_length(remote)
        let address = UnsafeMutableRawPointer(remote).assumingMemoryBound(to: sockaddr.self)
        let secret = identity.secret
        if token[0] == UInt8(NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY2) {
            var original = ngtcp2_cid()
            let result = ngtcp2_crypto_verify_retry_token2(
                &original, token, header.tokenlen, secret, secret.count, header.version, address, length,
                &header.dcid, 10_000_000_000, loop.now.nanoseconds)
            return result == 0 ? .retry(original) : .invalid
        }
        if token[0] == UInt8(NGTCP2_CRYPTO_TOKEN_MAGIC_REGULAR) {
            let result = ngtcp2_crypto_verify_regular_token(
                token, header.tokenlen, secret, secret.count, address, length, 3_600_000_000_000,
                loop.now.nanoseconds)
            return result == 0 ? .known : .none
        }
        // Another server's token, or an old one: as good as none (RFC 9000 section 8.1.3).
        return .none
    }

    // MARK: answers without state

    private func sendRetry(
        _ header: ngtcp2_pkt_hd, _ remote: UnsafeMutablePointer<cquic_address>,
        _ local: UnsafeMutablePointer<cquic_address>
    ) {
        var header = header
        var id = identity.makeID()
        var token = [UInt8](repeating: 0, count: 256)
        let tokenCount = ngtcp2_crypto_generate_retry_token2(
            &token, identity.secret, identity.secret.count, header.version,
            UnsafeMutableRawPointer(remote).assumingMemoryBound(to: sockaddr.self),
            cquic_address_length(remote),
            &id, &header.dcid, loop.now.nanoseconds)
        guard tokenCount > 0 else { return }
        var packet = [UInt8](repeating: 0, count: 512)
        let count = ngtcp2_crypto_write_retry(
            &packet, packet.count, header.version, &header.scid, &id, &header.dcid, token, Int(tokenCount))
        answer(packet, count, remote, local)
    }

    private func refuse(
        _ header: ngtcp2_pkt_hd, _ code: UInt64, _ remote: UnsafeMutablePointer<cquic_address>,
        _ local: UnsafeMutablePointer<cquic_address>
    ) {
        guard resetAllowance.take(loop.now) else { return }
        var header = header
        var packet = [UInt8](repeating: 0, count: Int(NGTCP2_MAX_UDP_PAYLOAD_SIZE))
        let count = ngtcp2_crypto_write_connection_close(
            &packet, packet.count, header.version, &header.scid, &header.dcid, code, nil, 0)
        answer(packet, count, remote, local)
    }

    private func sendVersions(
        _ ids: ngtcp2_version_cid, _ remote: UnsafeMutablePointer<cquic_address>,
        _ local: UnsafeMutablePointer<cquic_address>
    ) {
        guard resetAllowance.take(loop.now) else { return }
        var packet = [UInt8](repeating: 0, count: 1200)
        var noise: UInt8 = 0
        cquic_random(&noise, 1)
        let count = ngtcp2_pkt_write_version_negotiation(
            &packet, packet.count, noise, ids.scid, ids.scidlen, ids.dcid, ids.dcidlen, Self.versions,
            Self.versions.count)
        answer(packet, count, remote, local)
    }

    /// For a packet of a connection that nobody knows: shorter than the packet, so that two such endpoints
    /// cannot keep each other busy (RFC 9000 section 10.3).
    private func sendReset(
        _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ ids: ngtcp2_version_cid,
        _ remote: UnsafeMutablePointer<cquic_address>, _ local: UnsafeMutablePointer<cquic_address>
    ) {
        guard count > 42, let dcid = ids.dcid, resetAllowance.take(loop.now) else { return }
        var id = ngtcp2_cid()
        ngtcp2_cid_init(&id, dcid, ids.dcidlen)
        var token = ngtcp2_stateless_reset_token()
        let made = withUnsafeMutableBytes(of: &token) { raw in
            raw.baseAddress.map { identity.resetToken(&id, into: $0.assumingMemoryBound(to: UInt8.self)) }
                ?? false
        }
        guard made else { return }
        let noiseCount = min(count - 1 - 16, 43 - 16)
        var noise = [UInt8](repeating: 0, count: noiseCount)
        cquic_random(&noise, noise.count)
        var packet = [UInt8](repeating: 0, count: 128)
        let size = ngtcp2_pkt_write_stateless_reset2(&packet, packet.count, &token, noise, noise.count)
        answer(packet, size, remote, local)
    }

    private func answer(
        _ packet: [UInt8], _ count: Int, _ remote: UnsafeMutablePointer<cquic_address>,
        _ local: UnsafeMutablePointer<cquic_address>
    ) {
        guard count > 0, count <= packet.count else { return }
        transmit(
            Array(packet[0..<count]), to: SocketAddress(remote.pointee), from: SocketAddress(local.pointee))
    }
}
