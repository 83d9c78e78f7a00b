/// Why a publisher ended a subscription, by meaning; the numbers differ between drafts (5 and 6 swap at 18).
public enum PublishDoneStatus: Hashable, Sendable {
    case internalError, unauthorized, trackEnded, subscriptionEnded, goingAway, expired, tooFarBehind
    case updateFailed, excessiveLoad, malformedTrack
    case unknown(UInt64)

    /// What to pass on: an unknown status counts as INTERNAL_ERROR (draft-19 section 14).
    public var understood: PublishDoneStatus { if case .unknown = self { .internalError } else { self } }
}
