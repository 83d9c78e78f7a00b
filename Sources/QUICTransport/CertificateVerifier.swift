import CGnuTLS
import CNgtcp2
import Glibc

/// Looks at the server's certificate inside the handshake; a refusal leaves its reason in the connection's
/// ring.
enum CertificateVerifier {
    /// 0 to go on; anything else ends the handshake with a certificate alert.
    static func verify(_ session: gnutls_session_t) -> Int32 {
        guard let ring = CallbackRing.of(session) else { return GNUTLS_E_CERTIFICATE_ERROR }
        let refusal = refusal(session, ring.verification, ring.serverName)
        ring.tlsRefusal = refusal
        return refusal == nil ? 0 : GNUTLS_E_CERTIFICATE_ERROR
    }

    /// Lower-case hex SHA-256 of DER bytes.
    static func sha256(_ der: gnutls_datum_t) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        guard gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, Int(der.size), &digest) >= 0 else { return "" }
        return hex(digest)
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func refusal(
        _ session: gnutls_session_t, _ policy: CertificateVerification, _ name: String
    ) -> String? {
        switch policy {
        case .insecure:
            return nil
        case .pinned(let wanted):
            var count: UInt32 = 0
            guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else {
                return "the server showed no certificate"
            }
            let found = sha256(chain[0])
            if wanted.contains(where: { normalized($0) == found }) { return nil }
            return "the server's certificate has SHA-256 \(found), which is not the pinned one"
        case .system, .authorities:
            var status: UInt32 = 0
            let result = gnutls_certificate_verify_peers3(session, name, &status)
            guard result >= 0 else { return "the certificate could not be checked: \(gnuTLSText(result))" }
            return status == 0 ? nil : sentence(status, name)
        }
    }

    private static func sentence(_ status: UInt32, _ name: String) -> String {
        var text = gnutls_datum_t()
        guard
            gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) >= 0,
            let data = text.data
        else { return "the certificate for \(name) was refused (status \(status))" }
        defer { free(data) }
        let bytes = UnsafeBufferPointer(start: data, count: Int(text.size)).filter { $0 != 0 }
        return "certificate for \(name) refused: " + String(decoding: bytes, as: UTF8.self)
    }

    private static func normalized(_ digest: String) -> String {
        String(digest.lowercased().filter { $0.isHexDigit })
    }
}
