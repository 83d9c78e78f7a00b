/// What an endpoint or one outgoing connection should do. Values may be changed freely before use.
public struct QUICConfiguration: Sendable {
    public enum CongestionController: Sendable { case cubic, bbr, reno }

    /// When a server asks a client to prove its address (RFC 9000 section 8.1.2).
    public enum RetryPolicy: Sendable, Equatable {
        case never
        case always
        /// Once this many handshakes are unfinished.
        case above(halfOpen: Int)
    }

    /// ALPN names, most wanted first. A server picks by its own order; a handshake without overlap fails.
    public var applicationProtocols: [String]
    /// A server's certificate; an endpoint without one accepts no connection.
    public var serverIdentity: TLSContext?
    /// How outgoing connections check the server.
    public var verification: CertificateVerification = .system
    public var congestionController: CongestionController = .cubic
    public var retryPolicy: RetryPolicy = .above(halfOpen: 256)

    public var idleTimeoutMilliseconds: UInt64 = 30_000
    /// A PING leaves after this much silence; 0 turns it off.
    public var keepAliveMilliseconds: UInt64 = 0
    public var handshakeTimeoutMilliseconds: UInt64 = 10_000

    /// Bytes that a peer may have in flight towards us before `consumed` gives them back.
    public var connectionWindow: UInt64 = 16 << 20
    public var streamWindow: UInt64 = 1 << 20
    /// Streams that a peer may have open towards us at once.
    public var maximumUnidirectionalStreams: UInt64 = 1024
    public var maximumBidirectionalStreams: UInt64 = 256

    /// Packets are protected by libipsec-mb where the CPU is made for it, else by GnuTLS.
    public var usesFastCiphers = true
    public var usesGSO = true
    public var usesGRO = true
    public var usesECN = true
    public var discoversPathMTU = true
    /// Several sockets on one port, one per shard. Bind them in the order of their shards, the first with the
    /// wanted port, the others with the one that it got.
    public var reusesPort = false
    /// Written into the first byte of every connection ID that this endpoint issues.
    public var shard: UInt8 = 0
    /// With `reusesPort`: how many shards share the port, at most 255. The kernel then steers every packet of
    /// a connection to its shard, whatever address it comes from.
    public var shardCount: UInt8 = 1

    /// Bytes of pushed answers (`send`) that may wait for a peer's credit, bookkeeping included; past it the
    /// connection is closed with INTERNAL_ERROR.
    public var maximumBacklogByteCount = 16 << 20

    public var maximumConnections = 65_536
    public var maximumHalfOpenConnections = 4_096
    /// Secret that stateless reset tokens and address tokens derive from. Shards of one server share it, and
    /// a restart that keeps it can reset the connections of the run before. Random when empty; else 32 bytes.
    public var staticSecret: [UInt8] = []

    public init(applicationProtocols: [String] = []) {
        self.applicationProtocols = applicationProtocols
    }
}
