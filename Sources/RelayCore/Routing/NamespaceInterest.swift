import MOQTModel

/// A SUBSCRIBE_NAMESPACE or SUBSCRIBE_TRACKS that stands.
struct NamespaceInterest: Sendable {
    var prefix: TrackNamespace
    /// Wants NAMESPACE and NAMESPACE_DONE.
    let wantsNames: Bool
    /// Wants PUBLISH.
    let wantsTracks: Bool
    /// The Forward State of the PUBLISHes that result from it.
    var forward: Bool

    init(_ request: SubscribeNamespace) {
        prefix = request.prefix
        wantsNames = request.interest != .tracks
        wantsTracks = request.interest != .namespaces
        forward = request.parameters.forward ?? true
    }

    /// Whether the two may not stand side by side in one session: same type, and one prefix begins with the
    /// other (draft-18 section 10.17; the types have independent overlap spaces).
    func overlaps(_ other: NamespaceInterest) -> Bool {
        (wantsNames && other.wantsNames || wantsTracks && other.wantsTracks)
            && (prefix.hasPrefix(other.prefix) || other.prefix.hasPrefix(prefix))
    }
}
