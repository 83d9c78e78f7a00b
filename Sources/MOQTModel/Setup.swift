/// CLIENT_SETUP, SERVER_SETUP (up to draft 16) or SETUP (17 on).
public struct Setup: Hashable, Sendable {
    public enum Role: Sendable { case client, server }
    /// Who sent it: distinguishes the two message types up to draft 16; from 17 on both look alike.
    public var role: Role
    /// Draft 14 only: the offered versions (client) or the one chosen (server), as numbers on the wire.
    public var versions: [UInt64] = []
    public var path: [UInt8]?
    public var authority: [UInt8]?
    /// Up to draft 16; 0 when absent.
    public var maxRequestID: UInt64?
    /// Bytes.
    public var maxAuthTokenCacheSize: UInt64?
    /// Ranges in all filters of one request that the peer may send (draft 19 on); 0 when absent.
    public var maxFilterRanges: UInt64?
    /// Unanswered updates on one request's stream that the peer may send (draft 19 on); 0 or absent = no limit.
    public var maxRequestUpdates: UInt64?
    public var implementation: String?
    public var authorizationTokens: [AuthorizationToken] = []
    /// Options that we do not know, duplicates included.
    public var unknown: [Property] = []

    public init(role: Role) { self.role = role }
}

/// GOAWAY (draft-18 section 10.4).
public struct GoAway: Hashable, Sendable {
    /// Empty = the current URI; at most 8192 bytes.
    public var newSessionURI: String
    /// Milliseconds until the sender closes; nil or 0 = none said (carried from draft 17 on).
    public var timeout: UInt64?
    /// Draft 18 on the control stream only: the smallest request of the peer that was not processed.
    public var requestID: RequestID?

    public init(newSessionURI: String = "", timeout: UInt64? = nil, requestID: RequestID? = nil) {
        self.newSessionURI = newSessionURI
        self.timeout = timeout
        self.requestID = requestID
    }
}
