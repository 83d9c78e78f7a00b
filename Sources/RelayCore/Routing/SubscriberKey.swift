/// Names a downstream subscription within the relay process.
struct SubscriberKey: Hashable, Sendable {
    var session: SessionKey
    var reference: SubscriptionReference
}
