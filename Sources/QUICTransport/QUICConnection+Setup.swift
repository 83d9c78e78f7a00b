import CGnuTLS
import CNgtcp2
import CQUIC
import Containers
import TransportInterface

// Creating the ngtcp2 connection, as server or as client.
extension QUICConnection {
    /// What a server knows when a client's first packet has been let in.
    struct Acceptance {
        var header: ngtcp2_pkt_hd
        /// The destination ID of the very first Initial, before a Retry.
        var originalID: ngtcp2_cid
        var isAfterRetry: Bool
        var tokenType: ngtcp2_token_type
    }

    func beginServer(
        _ acceptance: Acceptance, remote: UnsafeMutablePointer<cquic_address>,
        local: UnsafeMutablePointer<cquic_address>, tls: TLSContext
    ) throws(TransportError) {
        guard let endpoint else { return }
        var header = acceptance.header
        var ownID = endpoint.identity.makeID()
        var parameters = makeParameters()
        parameters.original_dcid = acceptance.originalID
        parameters.original_dcid_present = 1
        if acceptance.isAfterRetry {
            parameters.retry_scid = header.dcid
            parameters.retry_scid_present = 1
        }
        parameters.stateless_reset_token_present = 1
        let hasToken = withUnsafeMutablePointer(to: &parameters.stateless_reset_token) { token in
            token.withMemoryRebound(to: UInt8.self, capacity: 16) {
                endpoint.identity.resetToken(&ownID, into: $0)
            }
        }
        guard hasToken else { throw TransportError(.tls, "cannot derive a stateless reset token") }
        var settings = makeSettings()
        settings.token = header.token
        settings.tokenlen = header.tokenlen
        settings.token_type = acceptance.tokenType
        var callbacks = QUICCallbacks.make()
        callbacks.client_initial = nil
        callbacks.recv_retry = nil
        setPath(remote: remote, local: local)
        var made: OpaquePointer?
        let result = ngtcp2_conn_server_new_versioned(
            &made, &header.scid, &ownID, &path.pointee.path, header.version, Int32(NGTCP2_CALLBACKS_VERSION),
            &callbacks, Int32(NGTCP2_SETTINGS_VERSION), &settings, Int32(NGTCP2_TRANSPORT_PARAMS_VERSION),
            &parameters, nil, Unmanaged.passUnretained(ring).toOpaque())
        guard result == 0, let made else { throw Self.failure(result) }
        try adopt(made, tls)
        register(&ownID)
        if let id = InitialID(header.dcid) {
            initialID = id
            endpoint.addInitialID(id, self)
        }
    }

    /// Starts towards the next candidate; throws when TLS or memory fails.
    func beginClient(_ remote: SocketAddress, tls: TLSContext) throws(TransportError) {
        guard let endpoint, let target = remote.forSocket(isIPv6: endpoint.localAddress.isIPv6) else {
            throw TransportError(.socket, "an IPv4 socket cannot reach \(remote)")
        }
        var remoteRaw = target.raw
        var localRaw = cquic_address()
        guard cquic_udp_source_for(&remoteRaw, &localRaw) == 0 else {
            throw TransportError(.socket, "no route to \(remote)")
        }
        var local = SocketAddress(localRaw)
        local.port = endpoint.localAddress.port
        localRaw = local.raw
        lastRemoteAddress = target
        localAddress = local
        ring.verification = configuration.verification
        ring.serverName = serverName
        var ownID = endpoint.identity.makeID()
        var peerID = ngtcp2_cid()
        peerID.datalen = 18
        withUnsafeMutableBytes(of: &peerID.data) { cquic_random($0.baseAddress, 18) }
        var settings = makeSettings()
        var parameters = makeParameters()
        var callbacks = QUICCallbacks.make()
        callbacks.recv_client_initial = nil
        setPath(remote: &remoteRaw, local: &localRaw)
        var made: OpaquePointer?
        let token = endpoint.token(for: serverName)
        let user = Unmanaged.passUnretained(ring).toOpaque()
        let result = token.withUnsafeBytes { bytes in
            settings.token = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            settings.tokenlen = bytes.count
            settings.token_type = bytes.isEmpty ? NGTCP2_TOKEN_TYPE_UNKNOWN : NGTCP2_TOKEN_TYPE_NEW_TOKEN
            return ngtcp2_conn_client_new_versioned(
                &made, &peerID, &ownID, &path.pointee.path, UInt32(NGTCP2_PROTO_VER_V1),
                Int32(NGTCP2_CALLBACKS_VERSION), &callbacks, Int32(NGTCP2_SETTINGS_VERSION), &settings,
                Int32(NGTCP2_TRANSPORT_PARAMS_VERSION), &parameters, nil, user)
        }
        guard result == 0, let made else { throw Self.failure(result) }
        try adopt(made, tls)
        register(&ownID)
        wantsToSend()
    }

    /// Gives up the current attempt for the next address; false when there is none.
    func tryNextCandidate() -> Bool {
        guard !isServer, let endpoint else { return false }
        while !candidates.isEmpty {
            let next = candidates.removeFirst()
            endpoint.removeIDs(of: self)
            freeConnection()
            state = .resolving
            do {
                try beginClient(next, tls: endpoint.clientTLS(configuration))
                endpoint.watchAttempt(self)
                return true
            } catch {
                pendingFailure = .unreachable(error.message)
            }
        }
        return false
    }

    // MARK: helpers

    private func adopt(_ made: OpaquePointer, _ tls: TLSContext) throws(TransportError) {
        connection = made
        ring.connection = made
        let name = serverName
        let created = try TLSSession.make(
            tls, isServer: isServer, protocols: configuration.applicationProtocols, serverName: name,
            ring: ring, usesFastCiphers: configuration.usesFastCiphers)
        session = created
        ngtcp2_conn_set_tls_native_handle(made, UnsafeMutableRawPointer(created))
        state = .handshaking
    }

    private func register(_ id: inout ngtcp2_cid) {
        guard let key = ConnectionIdentity.key(&id) else { return }
        issuedIDs.append(key)
        endpoint?.addID(key, self)
    }

    private func setPath(
        remote: UnsafeMutablePointer<cquic_address>, local: UnsafeMutablePointer<cquic_address>
    ) {
        ngtcp2_path_storage_init(
            path, UnsafeMutableRawPointer(local).assumingMemoryBound(to: sockaddr.self),
            cquic_address_length(local),
            UnsafeMutableRawPointer(remote).assumingMemoryBound(to: sockaddr.self),
            cquic_address_length(remote), nil)
    }

    private func makeSettings() -> ngtcp2_settings {
        var settings = ngtcp2_settings()
        ngtcp2_settings_default_versioned(Int32(NGTCP2_SETTINGS_VERSION), &settings)
        settings.initial_ts = endpoint?.loop.now.nanoseconds ?? 0
        settings.handshake_timeout = configuration.handshakeTimeoutMilliseconds &* 1_000_000
        settings.no_pmtud = configuration.discoversPathMTU ? 0 : 1
        switch configuration.congestionController {
        case .cubic: settings.cc_algo = NGTCP2_CC_ALGO_CUBIC
        case .bbr: settings.cc_algo = NGTCP2_CC_ALGO_BBR
        case .reno: settings.cc_algo = NGTCP2_CC_ALGO_RENO
        }
        return settings
    }

    private func makeParameters() -> ngtcp2_transport_params {
        var parameters = ngtcp2_transport_params()
        ngtcp2_transport_params_default_versioned(Int32(NGTCP2_TRANSPORT_PARAMS_VERSION), &parameters)
        parameters.initial_max_data = configuration.connectionWindow
        parameters.initial_max_stream_data_uni = configuration.streamWindow
        parameters.initial_max_stream_data_bidi_local = configuration.streamWindow
        parameters.initial_max_stream_data_bidi_remote = configuration.streamWindow
        parameters.initial_max_streams_uni = configuration.maximumUnidirectionalStreams
        parameters.initial_max_streams_bidi = configuration.maximumBidirectionalStreams
        parameters.max_idle_timeout = configuration.idleTimeoutMilliseconds &* 1_000_000
        parameters.max_datagram_frame_size = 65_535
        parameters.active_connection_id_limit = 7
        parameters.grease_quic_bit = 1
        return parameters
    }

    private static func failure(_ code: Int32) -> TransportError {
        TransportError(.state, "cannot create a connection: \(String(cString: ngtcp2_strerror(code)))")
    }
}
