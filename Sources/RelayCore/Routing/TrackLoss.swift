import MOQTModel

/// Why a track has no source any more.
struct TrackLoss: Sendable {
    let status: PublishDoneStatus
    let reason: String
    /// Another publisher may come: subscribers are kept for the takeover grace.
    let mayRecover: Bool

    /// `done` nil: the publisher broke off.
    init(_ done: PublishDone?) {
        status = done?.status.understood ?? .internalError
        reason = done.map(\.reason) ?? "the publisher is gone"
        mayRecover = done == nil || done?.status == .goingAway
    }

    /// A malformed track's data must not go on; otherwise what is there is still delivered.
    var ending: SubscriptionEnding { status == .malformedTrack ? .immediately : .afterDelivery }

    static let trackEnded = TrackLoss(PublishDone(status: .trackEnded, streamCount: nil))
}
