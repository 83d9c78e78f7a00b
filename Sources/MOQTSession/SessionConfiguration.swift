import MOQTModel
import MOQTWire

/// What a session is told before it begins.
public struct SessionConfiguration: Sendable {
    public var role: Setup.Role
    /// The drafts that we offer or allow, newest first.
    public var drafts: [Draft]
    /// WebTransport carries path and authority in its CONNECT; SETUP must not repeat them.
    public var isWebTransport: Bool
    /// Clients on raw QUIC: path (with query) and authority of the URI. Empty = not sent.
    public var path: String = ""
    public var authority: String = ""
    /// Sent as MOQT_IMPLEMENTATION; empty = not sent.
    public var implementation: String = ""
    /// Tokens for SETUP.
    public var authorizationTokens: [AuthorizationToken] = []
    /// Bytes of authorization tokens that the peer may store with us by alias; 0 = it may register none.
    public var tokenCacheByteCount: UInt64 = 0
    /// Requests that the peer may have unfinished on drafts that count them; raised as they finish.
    public var requestCredit: UInt64 = 1000
    /// Ranges in all filters of one request that the peer may send, where the draft has filters; 0 = none.
    public var filterRanges: UInt64 = 0
    /// Updates of one request that the peer may have unanswered, where the draft has such a limit; 0 = any number.
    public var requestUpdates: UInt64 = 0
    /// Milliseconds until the peer's SETUP must have arrived, else CONTROL_MESSAGE_TIMEOUT.
    public var setupTimeout: UInt64 = 10_000
    public var limits = SessionLimits()

    public init(role: Setup.Role, drafts: [Draft], isWebTransport: Bool) {
        self.role = role
        self.drafts = drafts
        self.isWebTransport = isWebTransport
    }
}
