/// Which error and status codes a draft knows, and the few whose numbers moved.
public struct CodeRules: BitwiseCopyable, Sendable {
    /// Request errors that not every draft defines.
    public var hasGoingAway = false
    public var hasExcessiveLoad = false
    public var hasDuplicateSubscription = false
    public var hasNamespaceTooLarge = false
    public var hasInvalidJoiningRequestID = true
    public var hasUnknownStatusInRange = true
    public var hasUnsupportedExtension = false
    public var hasRedirect = false
    public var hasFilterErrors = false

    /// PUBLISH_DONE: the numbers of two statuses that changed places.
    public var doneExpired: UInt64 = 0x5
    public var doneTooFarBehind: UInt64 = 0x6
    public var doneMalformedTrack: UInt64 = 0x7
    public var doneHasSubscriptionEnded = true
    public var doneHasUpdateFailed = false
    public var doneHasExcessiveLoad = false
    /// The stream count that means "unknown".
    public var unknownStreamCount: UInt64 = (1 << 62) - 1

    /// Stream resets; nil-like 0 means that the draft has no such code.
    public var resetGoingAway: UInt64 = 0
    public var resetUnknownObjectStatus: UInt64 = 0
    public var resetHasTooFarBehind = false
    public var resetHasExpiredAuthToken = false
    public var resetHasExcessiveLoad = false
    public var resetHasMalformedTrack = false

    /// Session code 0x7 is TOO_MANY_REQUESTS.
    public var sessionHasTooManyRequests = true
    /// Session code 0x7 is INVALID_REQUIRED_REQUEST_ID.
    public var sessionHasInvalidRequiredRequestID = false
    public var sessionHasTooManyRequestUpdates = false
}
