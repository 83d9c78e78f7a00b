import MOQTModel

/// A SUBSCRIBE_NAMESPACE or SUBSCRIBE_TRACKS that stands.
struct NamespaceInterest: Sendable {
    var prefix: TrackNamespace
    /// Wants NAMESPACE and NAMESPACE_DONE.
    let wantsNames: Bool
    /// Wants PUBLISH.
    let wantsTracks: Bool
    /// What subscriptions that result from it begin with (draft-19 section 10.19.1).
    var parameters: MessageParameters

    /// Tracks of which no PUBLISH may follow, because PUBLISH_BLOCKED was sent (draft-18 section 10.20).
    private(set) var skipped: Set<FullTrackName> = []
    /// There were more than are remembered: nothing more is pushed.
    private(set) var skipsAll = false

    init(_ request: SubscribeNamespace) {
        prefix = request.prefix
        wantsNames = request.interest != .tracks
        wantsTracks = request.interest != .namespaces
        parameters = request.parameters
        parameters.authorizationTokens = []
        parameters.unknown = []
    }

    mutating func skip(_ track: FullTrackName, atMost limit: Int) {
        if skipped.count < limit { skipped.insert(track) } else { skipsAll = true }
    }

    /// Whether the two may not stand side by side in one session: same type, and one prefix begins with the
    /// other (draft-18 section 10.17; the types have independent overlap spaces).
    func overlaps(_ other: NamespaceInterest) -> Bool {
        (wantsNames && other.wantsNames || wantsTracks && other.wantsTracks)
            && (prefix.hasPrefix(other.prefix) || other.prefix.hasPrefix(prefix))
    }
}
