/// What the control plane must know of a session, as answers rather than a draft number.
public struct SessionTraits: Hashable, Sendable {
    /// A session may hold several subscriptions to one track (draft-19 section 5.1); otherwise the second one is
    /// refused with DUPLICATE_SUBSCRIPTION.
    public var mayRepeatSubscriptions: Bool
    /// The session can be sent a PUBLISH; otherwise its SUBSCRIBE_TRACKS is accepted and never served.
    public var acceptsPublish: Bool

    public init(mayRepeatSubscriptions: Bool = false, acceptsPublish: Bool = true) {
        self.mayRepeatSubscriptions = mayRepeatSubscriptions
        self.acceptsPublish = acceptsPublish
    }
}
