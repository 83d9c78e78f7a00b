import Containers
import MOQTModel

/// What a log keeps, looked at from outside a subscription.
extension TrackLog {
    /// The lowest group of which anything is kept.
    public var oldestKeptGroup: UInt64? { keptGroup(notBelow: 0) }

    /// The first location from which on a gap means that there is nothing: what lies before it was never seen
    /// here or has been let go. nil when nothing is kept.
    public var knownFrom: Location? {
        guard let keptFrom, let missedThrough else { return keptFrom }
        return max(keptFrom, missedThrough.next)
    }

    private var keptFrom: Location? {
        if knowsBeginning { return .zero }
        if let listensBehind, !hasLetGo, datagrams.startSequence == 0 { return listensBehind.next }
        guard let group = oldestKeptGroup else { return nil }
        let first = keptObject(group: group, notBefore: 0)?.object.location.object ?? 0
        return Location(group: group, object: first)
    }

    /// Looks which objects have become too old to be served (draft-19 section 12.3): from then on their state is
    /// unknown. What lies below one of them is given up with it.
    func expire() {
        guard let servableNanoseconds else { return }
        func isOver(_ arrivedAt: Instant) -> Bool {
            arrivedAt.advanced(byNanoseconds: servableNanoseconds) < shard.now
        }
        func note(_ location: Location) { expiredThrough = max(expiredThrough ?? location, location) }
        for group in groups {
            for subgroup in group.subgroups {
                let index = subgroup.objects.firstIndex { isOver($0.arrivedAt) }
                guard index > subgroup.objects.startIndex else { continue }
                note(Location(group: group.id, object: subgroup.objects[index - 1].header.objectID))
            }
        }
        for sequence in datagrams.startSequence..<datagrams.endSequence
        where isOver(datagrams.arrivedAt(sequence)) { note(datagrams.location(sequence)) }
        if expiredThrough != nil { hasLetGo = true }
    }

    /// What may still be served begins here.
    private var servableFrom: Location { expiredThrough?.next ?? .zero }

    /// Everything that was ever published is here.
    var knowsBeginning: Bool { hasSeenBeginning && !hasLetGo && datagrams.startSequence == 0 }

    /// A publisher said, before the first object came, that nothing had been published.
    public func beginningSeen() {
        guard largest == nil, !hasSeenBeginning else { return }
        hasSeenBeginning = true
        emit(.beginningSeen)
    }

    /// A publisher named the largest object that it has published, in an answer or in its PUBLISH.
    public func largestNamed(_ location: Location) {
        guard namedLargest.map({ $0 < location }) ?? true else { return }
        if largest == nil, !hasSeenBeginning { listensBehind = location }
        namedLargest = location
        emit(.largestNamed(location))
    }

    /// The largest location that was published as far as is known here: arrived, or named by a publisher.
    public var publishedLargest: Location? {
        guard let namedLargest else { return largest }
        return max(namedLargest, largest ?? namedLargest)
    }

    /// Objects up to `location` may have been published without coming here. Those that are kept stay, but a gap
    /// up to there does not mean that there is nothing.
    public func missed(through location: Location) {
        if let largest, location <= largest { return }
        guard missedThrough.map({ location > $0 }) ?? true else { return }
        missedThrough = location
        emit(.missed(through: location))
    }

    func keptGroup(notBelow id: UInt64) -> UInt64? {
        let id = max(id, servableFrom.group)
        var best: UInt64?
        for group in groups where group.id >= id && isServable(group) {
            best = group.id
            break
        }
        for sequence in datagrams.startSequence..<datagrams.endSequence {
            let location = datagrams.location(sequence)
            guard location.group >= id, location >= servableFrom else { continue }
            best = min(best ?? location.group, location.group)
        }
        return best
    }

    func keptGroup(notAbove id: UInt64) -> UInt64? {
        var best: UInt64?
        for group in groups.reversed() where group.id <= id {
            if isServable(group) { best = group.id }
            break
        }
        for sequence in datagrams.startSequence..<datagrams.endSequence {
            let location = datagrams.location(sequence)
            guard location.group <= id, location >= servableFrom else { continue }
            best = max(best ?? location.group, location.group)
        }
        return best
    }

    /// Something of it is not too old: of the group in which the old ones end only what lies behind them.
    private func isServable(_ group: TrackGroup) -> Bool {
        let from = servableFrom
        guard group.id == from.group, expiredThrough != nil else { return group.id >= from.group }
        return group.subgroups.contains { $0.firstObjectIndex(notBefore: from.object) != nil }
    }

    /// The lowest object of a group that is `minimum` or later, in whatever subgroup or datagram it came.
    func keptObject(group id: UInt64, notBefore minimum: UInt64) -> FoundObject? {
        let from = servableFrom
        guard id >= from.group else { return nil }
        let minimum = id == from.group ? max(minimum, from.object) : minimum
        var best: FoundObject?
        for subgroup in group(id)?.subgroups ?? [] {
            guard let found = subgroup.firstObjectIndex(notBefore: minimum) else { continue }
            let index = max(found, subgroup.firstWholeObject)
            guard index < subgroup.objects.endIndex else { continue }
            let header = subgroup.objects[index].header
            let isLast = index + 1 == subgroup.objects.endIndex
            let isWhole = !isLast || subgroup.isComplete
            // The rest of an object whose subgroup broke off will not come here.
            if !isWhole, !subgroup.isOpen { continue }
            if let best {
                let other = best.object.location.object
                guard header.objectID < other || (header.objectID == other && isWhole && !best.isWhole) else {
                    continue
                }
            }
            best = FoundObject(
                object: KeptObject(
                    location: Location(group: id, object: header.objectID), subgroup: subgroup.id,
                    priority: subgroup.priority, header: header),
                isWhole: isWhole, subgroup: subgroup, index: index)
        }
        for sequence in datagrams.startSequence..<datagrams.endSequence {
            let location = datagrams.location(sequence)
            guard location.group == id, location.object >= minimum,
                location.object < best?.object.location.object ?? .max
            else { continue }
            let datagram = datagrams[sequence].datagram
            let header = ObjectHeader(
                objectID: location.object, status: datagram.status,
                payloadByteCount: UInt64(datagram.payload.count), properties: datagram.properties)
            best = FoundObject(
                object: KeptObject(
                    location: location, subgroup: nil, priority: datagram.priority, header: header),
                isWhole: true, subgroup: nil, datagram: datagram.payload)
        }
        return best
    }
}
