import MOQTModel

/// A session that feeds a track, or was asked to.
struct TrackSource: Sendable {
    enum Kind: Sendable {
        case published(RequestID)
        case subscribed
    }
    let kind: Kind
    /// Grows with every source in the process: the newest has the largest.
    let order: UInt64
    /// PUBLISH accepted, or SUBSCRIBE_OK received.
    var isEstablished: Bool
    /// The Forward State that the relay last asked for.
    var forward: Bool

    var isSubscribed: Bool {
        if case .subscribed = kind { return true }
        return false
    }
}
