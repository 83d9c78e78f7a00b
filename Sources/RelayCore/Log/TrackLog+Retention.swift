import Containers
import MOQTModel

/// What a log keeps and what it lets go.
extension TrackLog {
    func group(_ id: UInt64) -> TrackGroup? {
        if let last = groups.last, last.id == id { return last }
        let index = groupIndex(id)
        return index < groups.count && groups[index].id == id ? groups[index] : nil
    }

    /// The first group that is not below `id`.
    private func groupIndex(_ id: UInt64) -> Int {
        var low = 0
        var high = groups.count
        while low < high {
            let middle = low + (high - low) / 2
            if groups[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A new subgroup, in a new group if need be; makes room first. nil when its group is too old to be kept.
    func makeSubgroup(
        _ header: LogSubgroupHeader, id: UInt64, firstObject: Bool, hasGap: Bool
    ) -> TrackSubgroup? {
        if subgroups.count >= limits.subgroupCount { makeRoom(limits.byteCount) }
        guard let owner = group(header.group) ?? makeGroup(header.group) else { return nil }
        let subgroup = takeSubgroup()
        newestSequence += 1
        subgroup.begin(
            sequence: newestSequence, header: header, id: id, firstObject: firstObject, hasGap: hasGap)
        subgroup.forbiddenObject = forbiddenObject(in: owner)
        owner.append(subgroup)
        subgroups.append(subgroup)
        openSubgroupCount += 1
        heldByteCount += subgroup.heldByteCount
        if !feeds.isEmpty { emit(.subgroupBegan(stream: UInt64(subgroup.sequence), subgroup.header)) }
        touch()
        return subgroup
    }

    private func makeGroup(_ id: UInt64) -> TrackGroup? {
        evictStaleGroups()
        guard id >= firstKeptGroup else { return nil }
        let group = groupPool.popLast() ?? TrackGroup()
        group.begin(id: id, now: shard.now)
        groups.insert(group, at: groupIndex(id))
        return group
    }

    private func takeSubgroup() -> TrackSubgroup {
        // A pooled subgroup may still be held by a reader or a source that has not noticed its eviction.
        var index = subgroupPool.count - 1
        while index >= 0, index >= subgroupPool.count - 8 {
            if isKnownUniquelyReferenced(&subgroupPool[index]) {
                subgroupPool.swapAt(index, subgroupPool.count - 1)
                return subgroupPool.removeLast()
            }
            index -= 1
        }
        return TrackSubgroup()
    }

    /// Evicts groups that are too many, or old enough, before another one is added.
    private func evictStaleGroups() {
        while groups.count >= limits.groupCount, groups.count > 1 { evictOldestGroup() }
        while groups.count > max(limits.finishedGroupCount, 1) {
            // A group is over when the next one begins.
            let over = groups[1].createdAt
            guard over.advanced(byNanoseconds: limits.minimumAgeNanoseconds) <= shard.now else { return }
            // Readers that are behind have budgets of their own; until those are used up they find their
            // bytes here, as long as the track's memory allows it.
            if groups[0].subgroups.contains(where: { $0.readerCount > 0 }) { return }
            evictOldestGroup()
        }
    }

    /// Lets go of the oldest until at most `byteCount` bytes are kept, as far as that goes: for a host whose
    /// logs together hold too much.
    public func shrink(to byteCount: Int) {
        if heldByteCount > byteCount { makeRoom(byteCount) }
    }

    /// Brings the log below `byteCount` and its other limits: oldest groups first; then, in the only group, ended
    /// subgroups, the front of the largest open one, and at last the oldest open one.
    func makeRoom(_ byteCount: Int) {
        while heldByteCount > byteCount || subgroups.count >= limits.subgroupCount {
            if groups.count > 1 {
                evictOldestGroup()
                continue
            }
            guard let group = groups.first else { return }
            let members = group.subgroups
            if members.count > 1, let ended = members.firstIndex(where: { !$0.isOpen }) {
                evict(group.remove(at: ended))
                removeEvicted()
            } else if subgroups.count >= limits.subgroupCount {
                evict(group.remove(at: 0))
                removeEvicted()
            } else {
                let excess = heldByteCount - byteCount + byteCount / 8
                guard let largest = members.max(by: { $0.heldByteCount < $1.heldByteCount }) else { return }
                hasLetGo = true
                let freed = largest.trim(byteCount: excess)
                heldByteCount -= freed
                if freed == 0 { return }
            }
        }
    }

    private func evictOldestGroup() {
        let group = groups.removeFirst()
        firstKeptGroup = max(firstKeptGroup, group.id == .max ? .max : group.id + 1)
        for subgroup in group.subgroups { evict(subgroup) }
        group.removeAll()
        if groupPool.count < 64 { groupPool.append(group) }
        removeEvicted()
    }

    private func evict(_ subgroup: TrackSubgroup) {
        hasLetGo = true
        heldByteCount -= subgroup.heldByteCount
        finish(subgroup, .reset(.tooFarBehind))
        subgroup.evict(now: shard.now)
        if subgroupPool.count < 256 { subgroupPool.append(subgroup) }
        touch()
    }

    private func removeEvicted() { subgroups.removeAll { $0.isEvicted } }
}
