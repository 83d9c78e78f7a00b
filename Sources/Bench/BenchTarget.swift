import MOQTWire
import QUICTransport

/// The relay (or the floor) under load and how to speak to it.
public struct BenchTarget: Sendable {
    public enum Carrier: String, Sendable {
        case quic
        case webTransport
        /// No MoQT: a QUIC server that sends stamped objects on streams unasked (`Interop/floor`).
        case floor
    }

    public var carrier: Carrier
    public var host: String
    public var port: UInt16
    /// Path and query, beginning with `/`.
    public var path = "/"
    /// `host[:port]` as the server should see it.
    public var authority = ""
    /// What is offered, newest first.
    public var drafts = Draft.all
    public var verification = CertificateVerification.system
    public var implementation = "cascade"

    public init(carrier: Carrier, host: String, port: UInt16) {
        self.carrier = carrier
        self.host = host
        self.port = port
    }

    /// The names that stand for `drafts` in ALPN or WebTransport negotiation, without repeats.
    var protocolNames: [String] {
        if carrier == .floor { return ["floor"] }
        var names: [String] = []
        for draft in drafts where !names.contains(draft.alpn) { names.append(draft.alpn) }
        return names
    }
}
