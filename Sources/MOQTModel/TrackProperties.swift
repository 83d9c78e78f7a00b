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

    /// IMMUTABLE_PROPERTIES stands in `other` as it was received; this is how its pairs are written. nil without.
    public var immutableShape: WireShape?
    /// Types of the values above that come from inside it: they are not written a second time.
    public var immutableTypes: Set<UInt64> = []

    public init() {}

    /// Types that a receiver must understand or leave the track alone, where the draft has such (draft-19
    /// section 2.5.1).
    public static let mandatoryTypes: ClosedRange<UInt64> = 0x4000...0x7FFF

    /// The first property of a mandatory type that we do not interpret.
    public var unknownMandatoryType: UInt64? {
        other.first { Self.mandatoryTypes.contains($0.type) }?.type
    }

    public static let defaultPriority: UInt8 = 128

    /// The integer of a property by its even type, as a filter on tracks asks for it; of those in
    /// IMMUTABLE_PROPERTIES only the ones that we know. nil when not said.
    public func integer(type: UInt64) -> UInt64? {
        switch type {
        case 0x02: return objectDeliveryTimeout
        case 0x04: return maxCacheDuration
        case 0x06 where subgroupDeliveryTimeout != nil: return subgroupDeliveryTimeout
        case 0x0E: return defaultPublisherPriority.map(UInt64.init)
        case 0x22: return (groupOrder?.rawValue).map(UInt64.init)
        case 0x30: return dynamicGroups.map { $0 ? 1 : 0 }
        default: break
        }
        for property in other where property.type == type {
            if case .integer(let value) = property.value { return value }
        }
        return nil
    }
}
