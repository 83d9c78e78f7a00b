import CGnuTLS
import CNgtcp2

/// Application protocols of a server that offers more than GnuTLS can hold: picks from the ClientHello before
/// GnuTLS looks at it, and leaves it the one that will do.
enum ServerProtocols {
    /// MAX_ALPN_PROTOCOLS of GnuTLS, which refuses longer lists.
    static let gnuTLSLimit = 8
    /// application_layer_protocol_negotiation (RFC 7301 section 3.1).
    private static let extensionNumber: UInt32 = 16

    static func install(_ session: gnutls_session_t) {
        let clientHello = UInt32(GNUTLS_HANDSHAKE_CLIENT_HELLO.rawValue)
        gnutls_handshake_set_hook_function(session, clientHello, GNUTLS_HOOK_PRE) {
            session, _, _, isIncoming, message in
            guard isIncoming != 0, let session, let message, let ring = CallbackRing.of(session) else {
                return 0
            }
            let offered = ServerProtocols.offered(message)
            guard let chosen = ring.protocols.first(where: offered.contains) else { return 0 }
            return min(0, TLSSession.setProtocols([chosen], session))
        }
    }

    /// The names in a ClientHello; empty when it has none or is broken, which GnuTLS will find out too.
    private static func offered(_ hello: UnsafePointer<gnutls_datum_t>) -> Set<String> {
        var names: Set<String> = []
        withUnsafeMutablePointer(to: &names) { pointer in
            _ = gnutls_ext_raw_parse(
                pointer,
                { context, number, data, count in
                    guard number == ServerProtocols.extensionNumber, let data, let context else { return 0 }
                    let bytes = UnsafeBufferPointer(start: data, count: Int(count))
                    context.assumingMemoryBound(to: Set<String>.self).pointee = ServerProtocols.names(bytes)
                    return 0
                }, hello, UInt32(GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO))
        }
        return names
    }

    /// A length of two bytes, then names with a length of one byte each.
    static func names(_ bytes: some RandomAccessCollection<UInt8>) -> Set<String> {
        var names: Set<String> = []
        var rest = bytes.dropFirst(2)
        while let count = rest.first, rest.count > Int(count) {
            names.insert(String(decoding: rest.dropFirst().prefix(Int(count)), as: UTF8.self))
            rest = rest.dropFirst(Int(count) + 1)
        }
        return names
    }
}
