public import MOQTModel

/// What an ``Authorizer`` is asked.
public struct AuthorizationRequest: Sendable {
    /// What the peer wants to do.
    public enum Action: Hashable, Sendable {
        /// Open the session (SETUP). No namespace, no track.
        case connect
        case subscribe
        case fetch
        case trackStatus
        case publish
        case publishNamespace
        /// SUBSCRIBE_NAMESPACE or SUBSCRIBE_TRACKS: hear of the namespaces or get the tracks below a prefix.
        case subscribeNamespace(SubscribeNamespace.Interest)
        /// Change an earlier request; asked only when the update shows tokens, or names another prefix.
        case update
    }

    /// A token as the peer showed it; aliases are resolved (draft-18 section 10.2.2).
    public struct Token: Hashable, Sendable {
        /// From the registry of token types; 0: both sides know by other means.
        public var type: UInt64
        public var value: [UInt8]

        public init(type: UInt64, value: [UInt8]) {
            self.type = type
            self.value = value
        }
    }

    public var session: AuthorizedSession
    public var action: Action
    /// The namespace or prefix; for a track its namespace; nil for `connect`.
    public var namespace: TrackNamespace?
    /// nil where only a namespace is named.
    public var track: FullTrackName?
    /// Shown with this request, in order; those of SETUP stand in `session`.
    public var tokens: [Token]

    public init(
        session: AuthorizedSession, action: Action, namespace: TrackNamespace? = nil,
        track: FullTrackName? = nil, tokens: [Token] = []
    ) {
        self.session = session
        self.action = action
        self.namespace = namespace
        self.track = track
        self.tokens = tokens
    }
}
