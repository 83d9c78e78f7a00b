import Containers

/// One group of a track: its subgroups in the order in which they appeared.
final class TrackGroup {
    private(set) var id: UInt64 = 0
    private(set) var createdAt: Instant = .zero
    private(set) var subgroups: [TrackSubgroup] = []
    /// The last object, where one was said to be it.
    @exclusivity(unchecked) var finalObject: UInt64?
    /// The subgroups' ids, apart, so that a search reads nothing else.
    private var ids: [UInt64] = []

    init() {}

    func begin(id: UInt64, now: Instant) {
        self.id = id
        createdAt = now
        finalObject = nil
        subgroups.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
    }

    /// The newest subgroup with this id.
    func subgroup(_ id: UInt64) -> TrackSubgroup? {
        var index = ids.count - 1
        while index >= 0 {
            if ids[index] == id { return subgroups[index] }
            index -= 1
        }
        return nil
    }

    func append(_ subgroup: TrackSubgroup) {
        subgroups.append(subgroup)
        ids.append(subgroup.id)
    }

    func remove(at index: Int) -> TrackSubgroup {
        ids.remove(at: index)
        return subgroups.remove(at: index)
    }

    func removeAll() {
        subgroups.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
    }
}
