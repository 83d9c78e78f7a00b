import Containers
import MOQTModel

/// Handing out bytes.
extension DeliveryScheduler {
    /// The next step of the subscription whose turn it is; nil when it has none after all.
    func serve(_ slot: Int, _ payloads: inout [Payload]) -> DeliveryStep? {
        let cursor = subscriptions[slot]
        let top = cursor.pointee.ready.top
        if let priority = nextDatagramPriority(slot), top.map({ UInt64(priority) <= $0.first }) ?? true {
            return serveDatagram(slot)
        }
        guard let stream = top?.slot else {
            rekey(slot)
            return nil
        }
        if streams[stream].pointee.state == .planned { return serveOpening(stream) }
        switch verdict(stream) {
        case .bytes, .fin:
            if isExpired(stream) {
                fail(stream, .deliveryTimeout)
                break
            }
            let fin = fill(stream, &payloads, &isLastStep)
            // Behind a FIN may come the subscription's end.
            if isLastStep {
                isLastStep =
                    !fin && ready.count == 1 && cursor.pointee.ready.count == 1
                    && nextDatagramPriority(slot) == nil
            }
            return .bytes(token(stream), fin: fin)
        case .reset(let code): fail(stream, code)
        case .linger: linger(stream)
        case .drop: free(stream)
        case .idle, .open: setReady(stream, false)
        }
        markDirty(slot)
        rekey(slot)
        return nil
    }

    private func serveOpening(_ stream: Int) -> DeliveryStep? {
        let cursor = streams[stream]
        let slot = cursor.pointee.subscription
        guard hasStreamCredit else {
            awaitCredit(stream)
            return nil
        }
        guard case .open = verdict(stream), !isExpired(stream), let subgroup = cursor.pointee.subgroup else {
            free(stream)
            markDirty(slot)
            rekey(slot)
            return nil
        }
        var first = firstWantedObject(stream)
        if let index = first {
            // What has been trimmed at the front is missing, if the subscription wanted it.
            cursor.pointee.object = max(index, subgroup.firstWholeObject)
            guard cursor.pointee.object < subgroup.objects.endIndex,
                let whole = index == cursor.pointee.object ? index : firstWholeWanted(stream, subgroup)
            else {
                free(stream)
                markDirty(slot)
                rekey(slot)
                return nil
            }
            let wantsEarlier = cursor.pointee.minimumObjectID < subgroup.objects[whole].header.objectID
            if whole > index || (index == subgroup.objects.startIndex && index > 0 && wantsEarlier) {
                cursor.pointee.isIncomplete = true
            }
            first = whole
        }
        // Object 0 is always the first of its subgroup, whether or not the publisher could say so.
        let beginsAtZero = first.map { subgroup.objects[$0].header.objectID == 0 } ?? false
        cursor.pointee.state = .opening
        cursor.pointee.object = first ?? 0
        setReady(stream, false)
        rekey(slot)
        let wants = subscriptions[slot]
        return .open(
            token(stream),
            SubgroupOpening(
                subscription: wants.pointee.wants.id, context: wants.pointee.wants.context,
                group: subgroup.group,
                subgroup: subgroup.id, firstObjectID: first.map { subgroup.objects[$0].header.objectID },
                priority: subgroup.priority, hasProperties: subgroup.hasProperties,
                // With objects left out, the last on the stream need not be the group's last.
                endOfGroup: subgroup.endOfGroup && wants.pointee.filter?.dependsOnObjects != true,
                firstObject: (first ?? 0) == 0 && (subgroup.firstObject || beginsAtZero)))
    }

    /// The first whole object from `cursor.object` on that the subscription wants.
    private func firstWholeWanted(_ stream: Int, _ subgroup: TrackSubgroup) -> Int? {
        subscriptions[streams[stream].pointee.subscription].pointee.filter == nil
            ? streams[stream].pointee.object : firstWantedObject(stream)
    }

    /// Appends the next bytes of a stream; true when its FIN goes with them. `isAll`: none are left there.
    private func fill(_ stream: Int, _ payloads: inout [Payload], _ isAll: inout Bool) -> Bool {
        let cursor = streams[stream]
        guard let image = cursor.pointee.image, let subgroup = cursor.pointee.subgroup else { return false }
        var room = limits.stepByteCount
        if cursor.pointee.headerRemaining > 0 {
            let offset = cursor.pointee.headerOffset
            let headerCount = cursor.pointee.header.count
            if offset < headerCount { payloads.append(cursor.pointee.header.slice(from: offset)) }
            let late = cursor.pointee.lateHeader.slice(from: max(0, offset - headerCount))
            if !late.isEmpty { payloads.append(late) }
            room -= min(room, cursor.pointee.headerRemaining)
        }
        let end = min(image.byteCount, cursor.pointee.endPosition)
        var position = cursor.pointee.position
        var chunk = max(cursor.pointee.chunk, image.chunks.startIndex)
        var offset = chunk == cursor.pointee.chunk ? cursor.pointee.chunkOffset : 0
        while position < end, room > 0, payloads.count < limits.stepPayloadCount,
            chunk < image.chunks.endIndex
        {
            let there = image.chunks[chunk].count - offset
            let count = Int(min(UInt64(min(there, room)), end - position))
            if count > 0 {
                if count == there, offset == 0 {
                    payloads.append(image.chunks[chunk])
                } else {
                    payloads.append(image.chunks[chunk].slice(from: offset, count: count))
                }
                position &+= UInt64(count)
                room -= count
            }
            chunk += 1
            offset = 0
        }
        isAll = position >= end
        return position >= image.byteCount && subgroup.end == .finished && !cursor.pointee.isIncomplete
            && !subgroup.hasGap && !image.isBroken
    }

    // MARK: Datagrams

    /// The priority of the subscription's next datagram; nil when it has none.
    func nextDatagramPriority(_ slot: Int) -> UInt8? {
        let cursor = subscriptions[slot]
        guard let log = cursor.pointee.log, cursor.pointee.nextDatagram < log.datagrams.endSequence else {
            return nil
        }
        if !cursor.pointee.wants.forward {
            cursor.pointee.nextDatagram = log.datagrams.endSequence
            return nil
        }
        var sequence = max(cursor.pointee.nextDatagram, log.datagrams.startSequence)
        defer { cursor.pointee.nextDatagram = sequence }
        while sequence < log.datagrams.endSequence {
            let priority = datagramPriority(sequence, log, cursor)
            if let priority { return priority }
            sequence += 1
        }
        return nil
    }

    private func datagramPriority(
        _ sequence: Int, _ log: TrackLog, _ cursor: UnsafeMutablePointer<SubscriptionCursor>
    ) -> UInt8? {
        let location = log.datagrams.location(sequence)
        guard location >= cursor.pointee.forwardStart, cursor.pointee.wants.range.contains(location) else {
            return nil
        }
        let age = min(limits.ageNanoseconds, cursor.pointee.wants.objectTimeoutNanoseconds ?? .max)
        guard log.datagrams.arrivedAt(sequence).advanced(byNanoseconds: age) >= now else { return nil }
        let priority = log.datagrams.priority(sequence) ?? log.defaultPublisherPriority
        if let filter = cursor.pointee.filter {
            let properties = log.datagrams[sequence].datagram.properties
            guard
                filter.passes(
                    subgroup: nil, object: location.object, priority: priority, properties: properties,
                    log.encoding)
            else { return nil }
        }
        return priority
    }

    private func serveDatagram(_ slot: Int) -> DeliveryStep? {
        let cursor = subscriptions[slot]
        guard let log = cursor.pointee.log else { return nil }
        var datagram = log.datagrams[cursor.pointee.nextDatagram].datagram
        datagram.alias = TrackAlias(cursor.pointee.wants.context)
        cursor.pointee.nextDatagram += 1
        turn &+= 1
        cursor.pointee.turn = turn
        rekey(slot)
        if log.endStatus != nil || cursor.pointee.wants.range.endGroup != nil { markDirty(slot) }
        return .datagram(subscription: cursor.pointee.wants.id, datagram)
    }

    // MARK: Order

    /// Puts the subscription where its best stream or datagram belongs.
    func rekey(_ slot: Int) {
        let cursor = subscriptions[slot]
        guard cursor.pointee.isActive else { return }
        var best = cursor.pointee.ready.top?.first ?? .max
        if let priority = nextDatagramPriority(slot) { best = min(best, UInt64(priority)) }
        guard best != .max else {
            if subscriptionPositions[slot] >= 0 { ready.remove(slot, positions: &subscriptionPositions) }
            return
        }
        ready.put(
            ReadyHeap.Entry(
                first: UInt64(cursor.pointee.wants.subscriberPriority) << 8 | best,
                second: cursor.pointee.turn,
                third: 0, slot: slot),
            positions: &subscriptionPositions)
    }
}
