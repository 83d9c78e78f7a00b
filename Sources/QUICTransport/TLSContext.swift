/// Stub, replaced in the next commit.
public final class TLSContext: Sendable {
    /// SHA-256 of the certificate's DER form, 64 hex digits; empty for a client.
    public let sha256: String
    /// A server's certificate chain and key from PEM files.
    public init(certificateFile: String, keyFile: String) throws(TransportError) { sha256 = "" }
    /// A fresh ECDSA P-256 certificate, valid 14 days, for localhost, 127.0.0.1, ::1 and `names`.
    public init(selfSignedFor names: [String] = []) throws(TransportError) { sha256 = "" }
    /// A client that checks servers by `verification`.
    public init(verification: CertificateVerification) throws(TransportError) { sha256 = "" }
}
