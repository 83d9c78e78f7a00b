import MOQTModel

/// Finds by headers alone that what comes of a track contradicts itself (draft-19 section 2.4.2): a subgroup with two
/// priorities, an object behind the end of its group or of the track. It remembers the last few groups.
struct HeaderJudge {
    private struct Group {
        var priorities: [UInt64: UInt8] = [:]
        var largest: UInt64?
        var end: UInt64?
    }
    private var groups: [UInt64: Group] = [:]
    private var largest: Location?
    private var end: Location?

    static let groupCount = 16
    static let subgroupCount = 64

    /// A stream of a subgroup with this priority began; nil: it named none. Returns what is wrong.
    mutating func streamBegan(_ subgroup: UInt64, of group: UInt64, priority: UInt8?) -> String? {
        guard let priority, remember(group) else { return nil }
        if let known = groups[group]?.priorities[subgroup] {
            return known == priority ? nil : "a subgroup came with two priorities"
        }
        if groups[group].map({ $0.priorities.count < Self.subgroupCount }) ?? false {
            groups[group]?.priorities[subgroup] = priority
        }
        return nil
    }

    /// An object began. Returns what is wrong.
    mutating func objectBegan(_ location: Location, _ status: ObjectStatus) -> String? {
        if status == .endOfTrack, end.map({ location < $0 }) ?? true { end = location }
        if status == .normal, largest.map({ $0 < location }) ?? true { largest = location }
        if let end, let largest, largest > end { return "an object came behind the end of the track" }
        guard status == .normal || status == .endOfGroup, remember(location.group),
            var group = groups[location.group]
        else { return nil }
        if status == .normal {
            group.largest = max(group.largest ?? 0, location.object)
        } else {
            group.end = min(group.end ?? .max, location.object)
        }
        groups[location.group] = group
        guard let end = group.end, let last = group.largest, last > end else { return nil }
        return "an object came behind the end of its group"
    }

    /// Makes room for a group; false when it is older than all that are remembered.
    private mutating func remember(_ id: UInt64) -> Bool {
        if groups[id] != nil { return true }
        if groups.count >= Self.groupCount, let oldest = groups.keys.min() {
            if id < oldest { return false }
            groups[oldest] = nil
        }
        groups[id] = Group()
        return true
    }
}
