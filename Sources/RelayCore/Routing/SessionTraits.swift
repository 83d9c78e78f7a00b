/// What the control plane must know of a session, as answers rather than a draft number.
public struct SessionTraits: Hashable, Sendable {
    /// A session may hold several subscriptions to one track (draft-19 section 5.1); otherwise the second one is
    /// refused with DUPLICATE_SUBSCRIPTION.
    public var mayRepeatSubscriptions: Bool
    /// The session can be sent a PUBLISH; otherwise its SUBSCRIBE_TRACKS is accepted and never served.
    public var acceptsPublish: Bool

    /// The Forward State of a subscription can be changed without restating the rest of it; otherwise the relay
    /// asks for Forward 1 and leaves it at that.
    public var changesForward = true
    /// The answer to a PUBLISH says its Forward State; otherwise the PUBLISH does, until an update.
    public var answersPublishWithForward = true
    /// PUBLISH_SKIPPED concerns one publication; otherwise no PUBLISH of the track may follow it.
    public var skipsOnePublication = true

    public init(mayRepeatSubscriptions: Bool = false, acceptsPublish: Bool = true) {
        self.mayRepeatSubscriptions = mayRepeatSubscriptions
        self.acceptsPublish = acceptsPublish
    }
}
