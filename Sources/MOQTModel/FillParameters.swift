/// What a subscriber wants sent of the past, on a FETCH stream of its own, beside its subscription
/// (FILL_PARAMETERS, draft 20 on). Belongs to the message that carries it and is not remembered.
public struct FillParameters: Hashable, Sendable {
    /// nil = the subscription's filter; `unfiltered` = everything up to the largest object.
    public var filter: LocationFilter?
    /// nil = the subscription's.
    public var subscriberPriority: UInt8?
    /// nil = the subscription's.
    public var groupOrder: GroupOrder?
    /// Milliseconds that may be spent on missing objects; nil = the relay's own choice.
    public var fillTimeout: UInt64?

    public init(filter: LocationFilter? = nil) { self.filter = filter }
}
