import MOQTWire
import QUICTransport
import RelayCore

/// Everything that a relay is told before it starts.
public struct RelayConfiguration: Sendable {
    /// UDP addresses to serve; port 0 takes a free one.
    public var listen: [SocketAddress] = [.any(port: 4443)]
    /// PEM files; nil = a self-signed certificate made at start (ECDSA P-256, 14 days).
    public var certificate: CertificateFiles?
    /// Drafts that sessions may speak, newest first.
    public var drafts: [Draft] = Draft.offered
    /// Loop threads ("shards"); connections are spread over them.
    public var workers = 1
    public var retryPolicy = QUICConfiguration.RetryPolicy.above(halfOpen: 256)
    public var congestionController = QUICConfiguration.CongestionController.cubic
    /// Milliseconds without a packet after which a connection is given up.
    public var idleTimeout: UInt64 = 30_000
    /// Origins (browsers' `origin` field) that may open WebTransport sessions; nil = any.
    public var allowedOrigins: [String]?
    /// Paths that are served, of WebTransport's CONNECT or of SETUP; nil = any.
    public var allowedPaths: [String]?
    public var usesGSO = true
    public var usesGRO = true
    /// Milliseconds that a drain may take before connections are closed regardless.
    public var drainTimeout: UInt64 = 5_000
    /// Where GOAWAY sends sessions while draining (a URI); empty = to the same place again.
    public var goAwayURI = ""
    public var routing: RelayLimits = {
        var limits = RelayLimits()
        limits.servesFetch = true
        limits.answersTrackStatus = true
        return limits
    }()
    /// Ranges in all filters of one subscription or FETCH (MAX_FILTER_RANGES, draft 19 on).
    public var filterRanges: UInt64 = 64
    /// Updates of one request that a peer may have unanswered (MAX_REQUEST_UPDATES, draft 19 on).
    public var requestUpdates: UInt64 = 16
    public var log = TrackLogLimits()
    /// Bytes of recent groups that one track may keep.
    public var trackCacheByteCount: Int {
        get { log.byteCount }
        set { log.byteCount = newValue }
    }
    /// Bytes of recent groups that all tracks together may keep, divided evenly over the workers; past it the
    /// tracks that keep most let go first.
    public var cacheByteCount = 1 << 30
    public var delivery = DeliveryLimits()

    /// Asked for every session and every request; nil: everybody may do everything. See <doc:Authorization>.
    public var authorizer: (any Authorizer)?
    /// Milliseconds that an authorizer may take for an answer.
    public var authorizationTimeout: UInt64 = 10_000
    /// Bytes of tokens that each peer may store with the relay by alias, while there is an authorizer.
    public var tokenCacheByteCount: UInt64 = 16 * 1024

    /// Told a sentence about what deserves a line in a log, on a shard's thread; never per packet or object.
    public var note: @Sendable (String) -> Void = { _ in }

    public struct CertificateFiles: Sendable {
        public var chain: String
        public var key: String
        public init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    public init() {}
}
