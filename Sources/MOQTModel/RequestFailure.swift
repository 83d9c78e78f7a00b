/// Why a request was refused, by meaning; the codec turns it into the draft's code for the kind of request.
public enum RequestErrorCode: Hashable, Sendable {
    case internalError, unauthorized, timeout, notSupported, malformedAuthToken, expiredAuthToken
    case goingAway, excessiveLoad, doesNotExist, invalidRange, malformedTrack, duplicateSubscription
    case uninterested, prefixOverlap, namespaceTooLarge, invalidJoiningRequestID, unsupportedExtension
    case redirect, conflictingFilters, invalidFilter, noObjects, unknownStatusInRange
    /// A code that the draft does not define.
    case unknown(UInt64)

    /// What to pass on: an unknown code counts as INTERNAL_ERROR (draft-19 section 14), and its number may mean
    /// something else in another draft.
    public var understood: RequestErrorCode { if case .unknown = self { .internalError } else { self } }
}

/// The answer to a request that was refused.
public struct RequestFailure: Error, Hashable, Sendable {
    public var code: RequestErrorCode
    /// At most 1024 bytes of UTF-8 on the wire; longer ones are cut.
    public var reason: String
    /// Milliseconds after which a retry makes sense; nil = do not retry (carried from draft 16 on).
    public var retryAfter: UInt64?
    /// Where to go instead (draft 18 on, with `redirect`).
    public var redirect: Redirect?

    public init(
        _ code: RequestErrorCode, _ reason: String = "", retryAfter: UInt64? = nil, redirect: Redirect? = nil
    ) {
        self.code = code
        self.reason = reason
        self.retryAfter = retryAfter
        self.redirect = redirect
    }
}

extension RequestFailure {
    /// What every bad range filter is answered with (draft-19 section 5.1.3).
    public static let invalidFilter = RequestFailure(
        .invalidFilter, "a range filter is malformed, repeated, or one too many")
}

/// The tail of a REQUEST_ERROR with code REDIRECT (draft-18 section 10.6).
public struct Redirect: Hashable, Sendable {
    /// Empty = the current session.
    public var connectURI: String
    public var track: FullTrackName
    public init(connectURI: String, track: FullTrackName) {
        self.connectURI = connectURI
        self.track = track
    }
}
