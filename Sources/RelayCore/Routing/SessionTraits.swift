/// What the control plane must know of a session, as answers rather than a draft number.
public struct SessionTraits: Hashable, Sendable {
    /// A session may hold several subscriptions to one track (draft-19 section 5.1); otherwise the second one is
    /// refused with DUPLICATE_SUBSCRIPTION.
    public var mayRepeatSubscriptions: Bool
    /// The peer takes a PUBLISH that it did not ask for name by name (drafts 16 on always; a session whose draft
    /// or adapter cannot is never sent one).
    public var acceptsPublish: Bool

    public init(mayRepeatSubscriptions: Bool = false, acceptsPublish: Bool = true) {
        self.mayRepeatSubscriptions = mayRepeatSubscriptions
        self.acceptsPublish = acceptsPublish
    }
}
