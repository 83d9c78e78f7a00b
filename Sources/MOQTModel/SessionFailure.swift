/// Why a session must end, by meaning (draft-18 section 3.4).
public enum SessionErrorCode: Hashable, Sendable {
    case noError, internalError, unauthorized, protocolViolation, invalidRequestID, duplicateTrackAlias
    case keyValueFormattingError, tooManyRequests, invalidRequiredRequestID, invalidPath, malformedPath
    case goAwayTimeout, controlMessageTimeout, dataStreamTimeout, authTokenCacheOverflow
    case duplicateAuthTokenAlias, versionNegotiationFailed, malformedAuthToken, unknownAuthTokenAlias
    case expiredAuthToken, invalidAuthority, malformedAuthority, tooManyRequestUpdates
    case unknown(UInt64)
}

/// A broken rule whose scope is the whole session.
public struct SessionFailure: Error, Hashable, Sendable {
    public var code: SessionErrorCode
    /// Which rule was broken; sent to the peer as the close reason.
    public var reason: String

    public init(_ code: SessionErrorCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
