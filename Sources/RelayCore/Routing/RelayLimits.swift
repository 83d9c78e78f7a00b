/// Bounds of the control plane. A request beyond one is refused with EXCESSIVE_LOAD; nothing grows past them.
public struct RelayLimits: Hashable, Sendable {
    public var sessions = 65_536
    /// PUBLISH_NAMESPACE requests, in all and per session.
    public var namespaces = 131_072
    public var namespacesPerSession = 4_096
    /// Tracks known at once: subscribed, published, or waited for.
    public var tracks = 262_144
    /// Subscriptions (SUBSCRIBE, TRACK_STATUS that waits, and relayed PUBLISH) per session.
    public var subscriptionsPerSession = 4_096
    /// PUBLISH requests per session.
    public var publishesPerSession = 4_096
    /// SUBSCRIBE_NAMESPACE and SUBSCRIBE_TRACKS requests per session.
    public var prefixesPerSession = 256
    /// Sessions that feed one track at once, by PUBLISH or by the relay's SUBSCRIBE, or were asked to. Of more
    /// publishers the newest are asked, the others as places become free; a newcomer takes the place of the one
    /// that owes its answer longest.
    public var sourcesPerTrack = 16
    /// FETCHes of the relay to one publisher's session at once; past it the next publisher is asked.
    public var upstreamFetchesPerSession = 64
    /// Parts of FETCHes that one session waits for from upstream at once.
    public var fetchReadsPerSession = 256
    /// Requests that wait for a publisher to appear.
    public var heldRequests = 16_384
    /// Bytes of all namespaces and track names that tracks are known by; as many again for published namespaces
    /// and for prefixes.
    public var nameBytes = 256 * 1024 * 1024
    /// Actions that the host has not taken yet; past it, new requests are refused.
    public var pendingActions = 1_048_576

    /// Milliseconds: the longest rendezvous time that a subscriber may ask for.
    public var rendezvousTimeout: UInt64 = 60_000
    /// Milliseconds that subscribers keep their subscription after the last publisher vanished without
    /// PUBLISH_DONE.
    public var takeoverGrace: UInt64 = 5_000
    /// Milliseconds that an upstream subscription outlives its last subscriber.
    public var linger: UInt64 = 0
    /// Milliseconds that a publisher may take to answer the relay's SUBSCRIBE before it counts as a refusal.
    public var upstreamAnswerTimeout: UInt64 = 10_000
    /// A PUBLISH is accepted with Forward 1 even while nobody subscribes; otherwise with Forward 0 until
    /// somebody does (draft-18 section 9.5 allows both). While all who subscribe say Forward 0, the relay does too.
    public var forwardsIdlePublishes = true
    /// Emit `serveFetch` for FETCH; otherwise it is refused with NOT_SUPPORTED.
    public var servesFetch = false
    /// Emit `answerTrackStatus` for TRACK_STATUS; otherwise it is refused with NOT_SUPPORTED.
    public var answersTrackStatus = false

    public init() {}
}
