import Containers
import MOQTModel

/// What contradicts what is kept (draft-19 sections 2.4.2 and 9.1).
///
/// Only what came is held against what came: what was trimmed, reset or left out proves nothing, properties may change,
/// and an end may be said in more than one way (a header's bit, or an object of its own behind the last one), so objects
/// that only mark an end are never an excess.
extension TrackLog {
    /// The track is malformed: nothing of it is taken any more, and the shard's owner will be told.
    func broke(_ fault: TrackFault) {
        guard self.fault == nil else { return }
        self.fault = fault
        releaseAllStreams()
        shard.malformed.append(self)
    }

    // MARK: Subgroups

    /// One subgroup has one priority. A stream that names none has the track's default, where that is known.
    func prioritiesDiffer(_ a: UInt8?, _ b: UInt8?) -> Bool {
        if a == b { return false }
        if a == nil || b == nil, !knowsDefaultPriority { return false }
        return (a ?? defaultPublisherPriority) != (b ?? defaultPublisherPriority)
    }

    /// What an object that is about to be appended to `subgroup` breaks: called for one that is no ordinary next one.
    func faultOfNew(_ header: ObjectHeader, in subgroup: TrackSubgroup, isLargest: Bool) -> TrackFault? {
        let location = Location(group: subgroup.group, object: header.objectID)
        switch header.status {
        case .normal:
            if let fault = faultBeyondEnd(location) { return fault }
            return isLargest ? nil : faultElsewhere(location, than: subgroup)
        case .endOfGroup: return groupEnds(at: location)
        case .endOfTrack: return trackEnds(at: location)
        case .doesNotExist: return nil
        }
    }

    /// What an object breaks that is not appended to its stream's subgroup.
    func faultOfRepeated(_ header: ObjectHeader, in subgroup: TrackSubgroup) -> TrackFault? {
        guard !subgroup.isEvicted else { return nil }
        if subgroup.lastObjectID.map({ header.objectID > $0 }) ?? true {
            let location = Location(group: subgroup.group, object: header.objectID)
            switch header.status {
            case .normal: return subgroup.knowsEnd ? .beyondSubgroup : nil
            case .endOfGroup: return groupEnds(at: location)
            case .endOfTrack: return trackEnds(at: location)
            case .doesNotExist: return nil
            }
        }
        guard let index = subgroup.index(of: header.objectID) else { return nil }
        let kept = subgroup.objects[index].header
        if kept.status == .normal || header.status == .normal {
            let isSame = kept.status == header.status && kept.payloadByteCount == header.payloadByteCount
            return isSame ? nil : .objectDiffers
        }
        return nil
    }

    /// What the end of a stream by FIN breaks: its last object is its subgroup's, and with the header's bit its group's.
    func faultOfEnd(_ stream: IngestStream, in subgroup: TrackSubgroup) -> TrackFault? {
        guard let last = stream.currentObjectID, stream.offset == stream.currentByteCount,
            !stream.hasOmitted, !stream.isIgnoring
        else { return nil }
        if !subgroup.isEvicted, !subgroup.isSuccessor, subgroup.isOpen || subgroup.knowsEnd,
            let kept = subgroup.lastNormalObjectID, kept > last
        {
            return .subgroupEnds
        }
        guard stream.header.endOfGroup else { return nil }
        return groupEnds(at: Location(group: stream.header.group, object: last))
    }

    // MARK: Ends

    /// The first object id that lies behind a known end; `.max`: none does.
    func forbiddenObject(in group: TrackGroup) -> UInt64 {
        var first = group.finalObject.map { $0 < .max ? $0 + 1 : .max } ?? .max
        if let end = finalLocation, group.id >= end.group {
            first = group.id > end.group ? 0 : min(first, end.object < .max ? end.object + 1 : .max)
        }
        return first
    }

    private func faultBeyondEnd(_ location: Location) -> TrackFault? {
        if let final = group(location.group)?.finalObject, location.object > final { return .beyondGroup }
        if let end = finalDatagram, end.group == location.group, location.object > end.object {
            return .beyondGroup
        }
        if let end = finalLocation, location > end { return .beyondTrack }
        return nil
    }

    /// `location` is said to be its group's last. The lowest that is said counts.
    private func groupEnds(at location: Location) -> TrackFault? {
        guard let group = group(location.group) else { return nil }
        guard group.finalObject.map({ location.object < $0 }) ?? true else { return nil }
        group.finalObject = location.object
        let first = forbiddenObject(in: group)
        var isExceeded = false
        for subgroup in group.subgroups {
            subgroup.forbiddenObject = first
            if let last = subgroup.lastNormalObjectID, last > location.object { isExceeded = true }
        }
        return isExceeded || hasDatagram(behind: location, inGroup: true) ? .beyondGroup : nil
    }

    /// `location` is said to be the track's last.
    private func trackEnds(at location: Location) -> TrackFault? {
        guard finalLocation.map({ location < $0 }) ?? true else { return nil }
        finalLocation = location
        var isExceeded = false
        for group in groups where group.id >= location.group {
            let first = forbiddenObject(in: group)
            for subgroup in group.subgroups {
                subgroup.forbiddenObject = first
                if let last = subgroup.lastNormalObjectID, last >= first { isExceeded = true }
            }
        }
        return isExceeded || hasDatagram(behind: location, inGroup: false) ? .beyondTrack : nil
    }

    private func hasDatagram(behind location: Location, inGroup: Bool) -> Bool {
        guard datagrams.endSequence > 0, let largest, largest > location else { return false }
        for sequence in datagrams.startSequence..<datagrams.endSequence {
            let other = datagrams.location(sequence)
            guard other > location, !inGroup || other.group == location.group else { continue }
            if datagrams[sequence].datagram.status == .normal { return true }
        }
        return false
    }

    // MARK: One object twice

    /// Subgroups of one group that are looked through for an object that came out of order.
    private static let searchedSubgroupCount = 64

    /// Whether a new object of `subgroup` is kept in another subgroup, or came by datagram. A subgroup whose id is its
    /// first object's may have begun later than its sender thinks.
    private func faultElsewhere(_ location: Location, than subgroup: TrackSubgroup) -> TrackFault? {
        if !subgroup.hasLearnedID, let group = group(location.group), group.subgroups.count > 1 {
            for other in group.subgroups.suffix(Self.searchedSubgroupCount)
            where other.id != subgroup.id && !other.hasLearnedID {
                if other.hasNormalObject(location.object) { return .objectDiffers }
            }
        }
        if let sequence = datagrams.sequence(of: location),
            datagrams[sequence].datagram.status == .normal
        {
            return .forwardingDiffers
        }
        return nil
    }

    func fault(of datagram: ObjectDatagram) -> TrackFault? {
        let location = datagram.location
        let isLargest = largest.map { $0 < location } ?? true
        if !isLargest, let sequence = datagrams.sequence(of: location) {
            return differs(datagram, from: datagrams[sequence].datagram) ? .objectDiffers : nil
        }
        switch datagram.status {
        case .normal:
            if let fault = faultBeyondEnd(location) { return fault }
            if !isLargest {
                for subgroup in group(location.group)?.subgroups.suffix(Self.searchedSubgroupCount) ?? []
                where subgroup.hasNormalObject(location.object) { return .forwardingDiffers }
            }
            return datagram.endOfGroup ? datagramEndsGroup(at: location) : nil
        case .endOfGroup: return datagramEndsGroup(at: location)
        case .endOfTrack: return trackEnds(at: location)
        case .doesNotExist: return nil
        }
    }

    private func datagramEndsGroup(at location: Location) -> TrackFault? {
        if finalDatagram.map({ $0.group != location.group || location < $0 }) ?? true {
            finalDatagram = location
            if hasDatagram(behind: location, inGroup: true) { return .beyondGroup }
        }
        return groupEnds(at: location)
    }

    private func differs(_ a: ObjectDatagram, from b: ObjectDatagram) -> Bool {
        guard a.status == .normal || b.status == .normal else { return false }
        return a.status != b.status || a.payload.count != b.payload.count
            || prioritiesDiffer(a.priority, b.priority)
            || !a.payload.matches(from: 0, b.payload, from: 0, count: b.payload.count)
    }
}
