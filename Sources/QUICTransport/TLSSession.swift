import CGnuTLS
import CNgtcp2
import CQUIC

/// Sets up the GnuTLS session of one connection.
enum TLSSession {
    /// GNUTLS_SERVER, GNUTLS_CLIENT and GNUTLS_NO_TICKETS, whose names are ambiguous in Swift.
    private static let serverFlags: UInt32 = 1 | 1 << 10
    private static let clientFlags: UInt32 = 1 << 1 | 1 << 10

    /// A session whose credentials stay `context`'s; the caller frees it with `gnutls_deinit`.
    static func make(
        _ context: TLSContext, isServer: Bool, protocols: [String], serverName: String, ring: CallbackRing,
        usesFastCiphers: Bool
    ) throws(TransportError) -> gnutls_session_t {
        var made: gnutls_session_t?
        let result = gnutls_init(&made, isServer ? Self.serverFlags : Self.clientFlags)
        guard result >= 0, let made else { throw TransportError(.tls, gnuTLSText(result)) }
        var status = gnutls_priority_set(made, context.priority)
        if status >= 0 {
            status = gnutls_credentials_set(
                made, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(context.credentials))
        }
        if status >= 0 {
            status =
                isServer
                ? ngtcp2_crypto_gnutls_configure_server_session(made)
                : ngtcp2_crypto_gnutls_configure_client_session(made)
        }
        // A server with more waits for the client's list; a client leaves out what it wants least.
        if status >= 0 {
            status = setProtocols(Array(protocols.prefix(ServerProtocols.gnuTLSLimit)), made)
            if isServer, protocols.count > ServerProtocols.gnuTLSLimit {
                ring.protocols = protocols
                ServerProtocols.install(made)
            }
        }
        if status >= 0, !isServer, !serverName.isEmpty, SocketAddress(serverName, port: 0) == nil {
            status = gnutls_server_name_set(made, GNUTLS_NAME_DNS, serverName, serverName.utf8.count)
        }
        guard status >= 0 else {
            gnutls_deinit(made)
            throw TransportError(.tls, "cannot set up TLS: \(gnuTLSText(status))")
        }
        if usesFastCiphers { cquic_protection_use(UnsafeMutableRawPointer(made)) }
        gnutls_session_set_ptr(made, UnsafeMutableRawPointer(ring.reference))
        return made
    }

    /// The name in the client's SNI; empty when it sent none.
    static func serverName(_ session: gnutls_session_t) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        var size = text.count
        var kind: UInt32 = 0
        guard gnutls_server_name_get(session, &text, &size, &kind, 0) >= 0, size <= text.count else {
            return ""
        }
        return String(decoding: text.prefix(size).prefix { $0 != 0 }, as: UTF8.self)
    }

    static func setProtocols(_ names: [String], _ session: gnutls_session_t) -> Int32 {
        guard !names.isEmpty else { return GNUTLS_E_NO_APPLICATION_PROTOCOL }
        let bytes = names.map { Array($0.utf8) }
        let flat = bytes.flatMap { $0 }
        return flat.withUnsafeBufferPointer { all in
            var offset = 0
            let list = bytes.map { name in
                defer { offset += name.count }
                return gnutls_datum_t(
                    data: UnsafeMutablePointer(mutating: all.baseAddress.map { $0 + offset }),
                    size: UInt32(name.count))
            }
            let flags = GNUTLS_ALPN_MANDATORY.rawValue | GNUTLS_ALPN_SERVER_PRECEDENCE.rawValue
            return gnutls_alpn_set_protocols(session, list, UInt32(list.count), UInt32(flags))
        }
    }
}
