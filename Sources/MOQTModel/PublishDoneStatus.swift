/// Why a publisher ended a subscription, by meaning; the numbers differ between drafts (5 and 6 swap at 18).
public enum PublishDoneStatus: Hashable, Sendable {
    case internalError, unauthorized, trackEnded, subscriptionEnded, goingAway, expired, tooFarBehind
    case updateFailed, excessiveLoad, malformedTrack
    case unknown(UInt64)
}
