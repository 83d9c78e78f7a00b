/// What a publisher says of a whole track, carried end to end (draft-18 section 11, "track properties").
public struct TrackProperties: Hashable, Sendable {
    /// Milliseconds; nil = not said, 0 = none.
    public var objectDeliveryTimeout: UInt64?
    /// Milliseconds (draft 18 on).
    public var subgroupDeliveryTimeout: UInt64?
    /// Milliseconds that a relay may keep objects.
    public var maxCacheDuration: UInt64?
    /// Priority of subgroups and datagrams that name none; 128 when nil.
    public var defaultPublisherPriority: UInt8?
    public var groupOrder: GroupOrder?
    public var dynamicGroups: Bool?
    /// Properties that we do not interpret, in the order received; forwarded unchanged.
    public var other: [Property] = []

    public init() {}

    public static let defaultPriority: UInt8 = 128
}
