/// Why a stream was reset or stopped, by meaning (draft-18 section 3.5 and its registry).
public enum StreamResetCode: Hashable, Sendable {
    case internalError, cancelled, deliveryTimeout, sessionClosed, goingAway, tooFarBehind
    case unknownObjectStatus, expiredAuthToken, excessiveLoad, malformedTrack
    case unknown(UInt64)

    /// What to pass on: an unknown code counts as INTERNAL_ERROR (draft-19 section 14).
    public var understood: StreamResetCode { if case .unknown = self { .internalError } else { self } }
}
