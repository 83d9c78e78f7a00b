/// Why a stream was reset or stopped, by meaning (draft-18 section 3.5 and its registry).
public enum StreamResetCode: Hashable, Sendable {
    case internalError, cancelled, deliveryTimeout, sessionClosed, goingAway, tooFarBehind
    case unknownObjectStatus, expiredAuthToken, excessiveLoad, malformedTrack
    case unknown(UInt64)
}
