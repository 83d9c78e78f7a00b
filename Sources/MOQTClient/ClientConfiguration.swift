import MOQTModel
import MOQTWire
import QUICTransport

/// Where a client connects to and how.
public struct ClientConfiguration: Sendable {
    public enum Carrier: Sendable { case quic, webTransport }

    public var carrier: Carrier
    /// A name or an address (IPv6 without brackets).
    public var host: String
    public var port: UInt16
    /// Path and query, beginning with `/`: goes into SETUP (raw QUIC) or the CONNECT (WebTransport).
    public var path = "/"
    /// `host[:port]` as the server should see it.
    public var authority: String
    /// What is offered, newest first.
    public var drafts = Draft.offered
    public var verification = CertificateVerification.system
    public var handshakeTimeoutMilliseconds: UInt64 = 10_000
    public var idleTimeoutMilliseconds: UInt64 = 30_000
    /// Silence after which a PING keeps the connection alive; 0 = never.
    public var keepAliveMilliseconds: UInt64 = 5_000
    /// Bytes that the server may have in flight towards us; nil = the transport's usual number.
    public var receiveWindow: UInt64?
    /// Sent as MOQT_IMPLEMENTATION; empty = not sent.
    public var implementation = "Cascade"
    public var authorizationTokens: [AuthorizationToken] = []

    public init(carrier: Carrier, host: String, port: UInt16) {
        self.carrier = carrier
        self.host = host
        self.port = port
        let name = host.contains(":") ? "[\(host)]" : host
        authority = "\(name):\(port)"
    }

    /// The names that stand for `drafts` in ALPN or WebTransport negotiation, without repeats.
    var protocolNames: [String] {
        var names: [String] = []
        for draft in drafts where !names.contains(draft.alpn) { names.append(draft.alpn) }
        return names
    }
}
