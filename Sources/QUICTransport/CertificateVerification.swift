/// How a client decides whether it trusts the server's certificate.
public enum CertificateVerification: Sendable, Equatable {
    /// The system's certificate authorities, and the name must match.
    case system
    /// The authorities in this PEM file only, and the name must match.
    case authorities(pemFile: String)
    /// Exactly a certificate whose DER form has one of these SHA-256 digests (hex, colons allowed); neither
    /// name nor dates are looked at.
    case pinned(sha256: [String])
    /// Anything goes: for tests on a loopback.
    case insecure
}
