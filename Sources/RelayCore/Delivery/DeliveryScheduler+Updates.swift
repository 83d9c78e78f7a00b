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
