import MOQTModel

/// What is known of a subgroup when its stream begins; the alias is left to each hop.
public struct LogSubgroupHeader: Hashable, Sendable {
    public var group: UInt64
    public var subgroup: SubgroupHeader.SubgroupID
    /// nil = the track's default publisher priority.
    public var priority: UInt8?
    public var hasProperties: Bool
    /// When the subgroup finishes, its last object is the group's last.
    public var endOfGroup: Bool
    /// The stream starts with the first object ever published in the subgroup.
    public var firstObject: Bool

    public init(
        group: UInt64, subgroup: SubgroupHeader.SubgroupID, priority: UInt8? = nil,
        hasProperties: Bool = false,
        endOfGroup: Bool = false, firstObject: Bool = false
    ) {
        self.group = group
        self.subgroup = subgroup
        self.priority = priority
        self.hasProperties = hasProperties
        self.endOfGroup = endOfGroup
        self.firstObject = firstObject
    }

    public init(_ header: SubgroupHeader) {
        self.init(
            group: header.group, subgroup: header.subgroup, priority: header.priority,
            hasProperties: header.hasProperties, endOfGroup: header.endOfGroup,
            firstObject: header.firstObject)
    }
}
