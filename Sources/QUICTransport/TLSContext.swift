import CGnuTLS
import CNgtcp2

/// Certificates and the TLS policy: TLS 1.3 only, AES-128-GCM first, X25519 first, no tickets, no early data.
///
/// Immutable once made; loops may share one.
public final class TLSContext: @unchecked Sendable {
    /// SHA-256 of the certificate's DER form, 64 lower-case hex digits; empty for a client.
    public let sha256: String
    public let isServer: Bool
    let credentials: gnutls_certificate_credentials_t
    let priority: gnutls_priority_t
    let verification: CertificateVerification

    private static let priorityText =
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
        + "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:"
        + "%DISABLE_TLS13_COMPAT_MODE:%SERVER_PRECEDENCE"

    /// A server's certificate chain and key from PEM files.
    public convenience init(certificateFile: String, keyFile: String) throws(TransportError) {
        let made = try Self.makeCredentials()
        let result = gnutls_certificate_set_x509_key_file(made, certificateFile, keyFile, GNUTLS_X509_FMT_PEM)
        guard result >= 0 else {
            gnutls_certificate_free_credentials(made)
            throw TransportError(
                .tls, "cannot use certificate \(certificateFile) with key \(keyFile): \(gnuTLSText(result))")
        }
        try self.init(serverCredentials: made)
    }

    /// A fresh ECDSA P-256 certificate, valid 14 days so that browsers accept it by its digest, for
    /// localhost, 127.0.0.1, ::1 and `names`.
    public convenience init(selfSignedFor names: [String] = []) throws(TransportError) {
        let certificate = try SelfSignedCertificate(names: names)
        let made = try Self.makeCredentials()
        var chain: gnutls_x509_crt_t? = certificate.certificate
        let result = gnutls_certificate_set_x509_key(made, &chain, 1, certificate.key)
        guard result >= 0 else {
            gnutls_certificate_free_credentials(made)
            throw TransportError(.tls, "cannot use the self-signed certificate: \(gnuTLSText(result))")
        }
        try self.init(serverCredentials: made)
    }

    /// A client that checks servers by `verification`.
    public init(verification: CertificateVerification) throws(TransportError) {
        let made = try Self.makeCredentials()
        switch verification {
        case .system:
            let count = gnutls_certificate_set_x509_system_trust(made)
            guard count >= 0 else {
                gnutls_certificate_free_credentials(made)
                throw TransportError(.tls, "cannot load the system's authorities: \(gnuTLSText(count))")
            }
        case .authorities(let file):
            let count = gnutls_certificate_set_x509_trust_file(made, file, GNUTLS_X509_FMT_PEM)
            guard count > 0 else {
                gnutls_certificate_free_credentials(made)
                throw TransportError(.tls, "no certificate authority in \(file): \(gnuTLSText(count))")
            }
        case .pinned, .insecure:
            break
        }
        gnutls_certificate_set_verify_function(made) { session in
            guard let session else { return GNUTLS_E_CERTIFICATE_ERROR }
            return CertificateVerifier.verify(session)
        }
        do {
            priority = try Self.makePriority()
        } catch {
            gnutls_certificate_free_credentials(made)
            throw error
        }
        credentials = made
        self.verification = verification
        sha256 = ""
        isServer = false
    }

    private init(serverCredentials made: gnutls_certificate_credentials_t) throws(TransportError) {
        do {
            priority = try Self.makePriority()
        } catch {
            gnutls_certificate_free_credentials(made)
            throw error
        }
        credentials = made
        verification = .insecure
        isServer = true
        var digest = ""
        var raw = gnutls_datum_t()
        if gnutls_certificate_get_crt_raw(made, 0, 0, &raw) >= 0 { digest = CertificateVerifier.sha256(raw) }
        sha256 = digest
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        gnutls_priority_deinit(priority)
    }

    private static func makeCredentials() throws(TransportError) -> gnutls_certificate_credentials_t {
        var made: gnutls_certificate_credentials_t?
        let result = gnutls_certificate_allocate_credentials(&made)
        guard result >= 0, let made else { throw TransportError(.tls, gnuTLSText(result)) }
        return made
    }

    private static func makePriority() throws(TransportError) -> gnutls_priority_t {
        var made: gnutls_priority_t?
        let result = gnutls_priority_init(&made, priorityText, nil)
        guard result >= 0, let made else { throw TransportError(.tls, gnuTLSText(result)) }
        return made
    }
}

/// GnuTLS's sentence for an error code.
func gnuTLSText(_ code: Int32) -> String {
    gnutls_strerror(code).map { String(cString: $0) } ?? "TLS error \(code)"
}
