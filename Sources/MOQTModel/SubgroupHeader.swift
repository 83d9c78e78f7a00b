/// The start of a subgroup stream, draft-neutral (draft-18 section 11.4.2).
public struct SubgroupHeader: Hashable, Sendable {
    public enum SubgroupID: Hashable, Sendable {
        case explicit(UInt64)
        /// The id equals the first object's id, which is not known before that object.
        case firstObjectID
    }
    public var alias: TrackAlias
    public var group: UInt64
    public var subgroup: SubgroupID
    /// nil = the track's default publisher priority.
    public var priority: UInt8?
    /// Every object carries a property block (possibly empty).
    public var hasProperties: Bool
    /// When the stream ends by FIN, its last object is the last of the group.
    public var endOfGroup: Bool
    /// The stream starts with the first object ever published in the subgroup (said from draft 18 on).
    public var firstObject: Bool

    public init(
        alias: TrackAlias, group: UInt64, subgroup: SubgroupID, priority: UInt8? = nil,
        hasProperties: Bool = false, endOfGroup: Bool = false, firstObject: Bool = false
    ) {
        self.alias = alias
        self.group = group
        self.subgroup = subgroup
        self.priority = priority
        self.hasProperties = hasProperties
        self.endOfGroup = endOfGroup
        self.firstObject = firstObject
    }
}
