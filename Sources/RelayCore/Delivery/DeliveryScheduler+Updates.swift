import Containers
import MOQTModel

/// REQUEST_UPDATE: what changes for streams that exist already.
extension DeliveryScheduler {
    /// Forwarding begins again: with the object after the largest one.
    func forwardResumed(_ slot: Int) {
        let cursor = subscriptions[slot]
        guard let log = cursor.pointee.log else { return }
        if let largest = log.largest { cursor.pointee.forwardStart = largest.next }
        cursor.pointee.nextDatagram = log.datagrams.endSequence
        cursor.pointee.seenSequence = 0
    }

    /// The range moved: what lies outside now is reset, what has come inside is planned.
    func rangeChanged(_ slot: Int, from old: LogRange) {
        let range = subscriptions[slot].pointee.wants.range
        failStreams(of: slot, .cancelled) { subgroup in
            subgroup.group < range.start.group || range.endGroup.map { subgroup.group > $0 } ?? false
        }
        var stream = subscriptions[slot].pointee.firstStream
        while stream >= 0 {
            let cursor = streams[stream]
            if let subgroup = cursor.pointee.subgroup {
                let isLast = subgroup.group == range.endGroup
                cursor.pointee.maximumObjectID = isLast ? range.endObject ?? .max : .max
                cursor.pointee.endPosition = .max
                if subgroup.group == range.start.group, cursor.pointee.image == nil {
                    cursor.pointee.minimumObjectID = max(cursor.pointee.minimumObjectID, range.start.object)
                }
            }
            stream = cursor.pointee.nextStream
        }
        guard let oldEnd = old.endGroup, range.endGroup.map({ $0 > oldEnd }) ?? true,
            subscriptions[slot].pointee.wants.forward, let log = subscriptions[slot].pointee.log
        else { return }
        let seen = subscriptions[slot].pointee.seenSequence
        for subgroup in log.subgroups where subgroup.group > oldEnd && subgroup.sequence <= seen {
            plan(subgroup, for: slot, in: log)
        }
    }

    /// Other objects are wanted from here on. Streams that are open carry what passed before, up to the end of
    /// the object that they are in; the rest of their subgroups goes on other streams.
    func filtersChanged(_ slot: Int) {
        let cursor = subscriptions[slot]
        cursor.pointee.filter = ObjectFilter(cursor.pointee.wants.filters)
        guard let log = cursor.pointee.log else { return }
        var unserved = log.subgroups.filter { $0.isOpen && $0.sequence <= cursor.pointee.seenSequence }
        var replanned: [(TrackSubgroup, notBefore: UInt64)] = []
        var stream = cursor.pointee.firstStream
        while stream >= 0 {
            let state = streams[stream]
            if let subgroup = state.pointee.subgroup {
                unserved.removeAll { $0 === subgroup }
                if state.pointee.state == .open {
                    if let next = cutAfterCurrentObject(stream) { replanned.append((subgroup, next)) }
                } else if state.pointee.state != .lingering {
                    state.pointee.object = 0
                }
            }
            stream = state.pointee.nextStream
        }
        guard cursor.pointee.wants.forward else { return }
        for subgroup in unserved {
            guard let last = subgroup.lastObjectID else {
                plan(subgroup, for: slot, in: log)
                continue
            }
            if last < .max { plan(subgroup, for: slot, in: log, notBefore: last + 1) }
        }
        for (subgroup, next) in replanned { plan(subgroup, for: slot, in: log, notBefore: next) }
    }

    /// Lets an open stream end with the object that it is in, and gives the first object that is not on it
    /// then; nil when it has all that there will be.
    private func cutAfterCurrentObject(_ stream: Int) -> UInt64? {
        let cursor = streams[stream]
        guard let image = cursor.pointee.image, let subgroup = cursor.pointee.subgroup,
            let newest = subgroup.lastObjectID
        else { return nil }
        var last = newest
        if cursor.pointee.position < image.byteCount || !subgroup.isComplete {
            let position = cursor.pointee.position
            let behind = image.objects.firstIndex { $0.start <= position }
            let current = max(behind - 1, image.objects.startIndex)
            guard current < image.objects.endIndex else { return nil }
            last = subgroup.objects[current].header.objectID
            if position == image.objects[current].start, last > 0 { last -= 1 }
        } else if !subgroup.isOpen {
            return nil
        }
        guard last < cursor.pointee.maximumObjectID else { return nil }
        cursor.pointee.maximumObjectID = last
        cursor.pointee.endPosition = .max
        return last + 1
    }

    /// The order changed: all ready streams get their keys anew.
    func reorder(_ slot: Int) {
        var stream = subscriptions[slot].pointee.firstStream
        while stream >= 0 {
            if streamPositions[stream] >= 0 {
                setReady(stream, false)
                setReady(stream, true)
            }
            stream = streams[stream].pointee.nextStream
        }
        rekey(slot)
    }
}
