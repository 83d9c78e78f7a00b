import MOQTModel

/// What the header of an outgoing subgroup stream says.
public struct SubgroupOpening: Hashable, Sendable {
    /// The id given to `addSubscription`.
    public var subscription: UInt64
    /// The context (track alias) given to `addSubscription`.
    public var context: UInt64
    public var group: UInt64
    public var subgroup: UInt64
    /// The first object on this stream; nil when the stream carries none (an empty subgroup).
    public var firstObjectID: UInt64?
    /// nil = the track's default publisher priority.
    public var priority: UInt8?
    public var hasProperties: Bool
    public var endOfGroup: Bool
    /// The stream starts with the first object ever published in the subgroup.
    public var firstObject: Bool
}
