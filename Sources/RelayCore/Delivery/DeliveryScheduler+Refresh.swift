import Containers
import MOQTModel

/// What has changed for a subscription since it was last looked at.
extension DeliveryScheduler {
    /// Finds new subgroups, wakes streams that have got bytes, applies budgets, and notices the end.
    func refresh(_ slot: Int) {
        let cursor = subscriptions[slot]
        guard let log = cursor.pointee.log else { return }
        if cursor.pointee.wants.forward, cursor.pointee.seenSequence != log.newestSequence {
            discover(slot, in: log)
        }
        var backlog: UInt64 = 0
        var oldest = Instant.distantFuture
        var stream = cursor.pointee.firstStream
        while stream >= 0 {
            let following = streams[stream].pointee.nextStream
            settle(stream, &backlog, &oldest)
            stream = following
        }
        if backlog > limits.byteCount {
            moveForward(slot, in: log, .tooFarBehind, backlog: backlog)
        } else if oldest.advanced(byNanoseconds: limits.ageNanoseconds) < now {
            moveForward(slot, in: log, .deliveryTimeout, backlog: 0)
        }
        rekey(slot)
        endIfDone(slot, log)
    }

    private func discover(_ slot: Int, in log: TrackLog) {
        let seen = subscriptions[slot].pointee.seenSequence
        var index = log.subgroups.count
        while index > 0, log.subgroups[index - 1].sequence > seen { index -= 1 }
        while index < log.subgroups.count {
            plan(log.subgroups[index], for: slot, in: log)
            index += 1
        }
        subscriptions[slot].pointee.seenSequence = log.newestSequence
    }

    /// Makes a cursor into a subgroup if the subscription wants any of it.
    func plan(_ subgroup: TrackSubgroup, for slot: Int, in log: TrackLog, notBefore minimum: UInt64 = 0) {
        let cursor = subscriptions[slot]
        let range = cursor.pointee.wants.range
        let start = max(range.start, cursor.pointee.forwardStart)
        guard subgroup.group >= max(start.group, cursor.pointee.firstGroup) else { return }
        if let endGroup = range.endGroup, subgroup.group > endGroup { return }
        if let filter = cursor.pointee.filter,
            !filter.mayPass(
                subgroup: subgroup.id, priority: subgroup.priority ?? log.defaultPublisherPriority)
        {
            return
        }
        if cursor.pointee.liveStreamCount >= limits.streamCount {
            moveForward(slot, in: log, .tooFarBehind, backlog: 0)
            guard subscriptions[slot].pointee.liveStreamCount < limits.streamCount,
                subgroup.group >= subscriptions[slot].pointee.firstGroup
            else { return }
        }
        let stream = streams.take()
        while streamPositions.count <= stream { streamPositions.append(-1) }
        let new = streams[stream]
        new.pointee.state = .planned
        new.pointee.isBlocked = false
        new.pointee.isIncomplete = minimum > 0
        new.pointee.subscription = slot
        new.pointee.subgroup = subgroup
        subgroup.readerCount += 1
        new.pointee.minimumObjectID = max(minimum, subgroup.group == start.group ? start.object : 0)
        new.pointee.maximumObjectID = subgroup.group == range.endGroup ? range.endObject ?? .max : .max
        new.pointee.headerOffset = 0
        new.pointee.position = 0
        new.pointee.chunk = 0
        new.pointee.chunkOffset = 0
        new.pointee.endPosition = .max
        new.pointee.object = 0
        new.pointee.plannedAt = now
        new.pointee.previousStream = -1
        let first = cursor.pointee.firstStream
        new.pointee.nextStream = first
        if first >= 0 { streams[first].pointee.previousStream = stream }
        cursor.pointee.firstStream = stream
        cursor.pointee.liveStreamCount += 1
    }

    /// Puts a stream where its verdict says, and adds what waits for it.
    private func settle(_ stream: Int, _ backlog: inout UInt64, _ oldest: inout Instant) {
        let cursor = streams[stream]
        switch verdict(stream) {
        case .idle:
            setReady(stream, false)
            return
        case .drop:
            free(stream)
            return
        case .reset(let code):
            fail(stream, code)
            return
        case .linger:
            linger(stream)
            return
        case .fin:
            setReady(stream, !cursor.pointee.isBlocked)
            return
        case .open, .bytes:
            break
        }
        if isExpired(stream) {
            fail(stream, .deliveryTimeout)
            return
        }
        backlog &+= waitingByteCount(stream)
        oldest = min(oldest, max(waitingSince(stream), cursor.pointee.plannedAt))
        let canAct = cursor.pointee.state == .planned || cursor.pointee.state == .open
        setReady(stream, canAct && !cursor.pointee.isBlocked)
    }

    /// The object with which a stream that is not open would begin; nil while there is none. Objects that do not
    /// pass the filter are looked at once.
    func firstWantedObject(_ stream: Int) -> Int? {
        let cursor = streams[stream]
        guard let subgroup = cursor.pointee.subgroup,
            let first = subgroup.firstObjectIndex(notBefore: cursor.pointee.minimumObjectID)
        else { return nil }
        let subscription = subscriptions[cursor.pointee.subscription]
        guard let filter = subscription.pointee.filter, let log = subscription.pointee.log else {
            return first
        }
        let priority = subgroup.priority ?? log.defaultPublisherPriority
        var index = max(first, cursor.pointee.object)
        while index < subgroup.objects.endIndex {
            let header = subgroup.objects[index].header
            if filter.passes(
                subgroup: subgroup.id, object: header.objectID, priority: priority,
                properties: header.properties, log.encoding)
            {
                break
            }
            index += 1
        }
        cursor.pointee.object = index
        return index < subgroup.objects.endIndex ? index : nil
    }

    /// Bytes that wait for a stream; before it is open no more is known of a filter than where it begins.
    private func waitingByteCount(_ stream: Int) -> UInt64 {
        let cursor = streams[stream]
        if let image = cursor.pointee.image { return image.byteCount &- cursor.pointee.position }
        guard let subgroup = cursor.pointee.subgroup, let first = firstWantedObject(stream) else { return 0 }
        return subgroup.payloadByteCount &- subgroup.objects[first].payloadBefore
    }

    /// What a stream can do now, flow control aside.
    func verdict(_ stream: Int) -> StreamVerdict {
        let cursor = streams[stream]
        guard let subgroup = cursor.pointee.subgroup else { return .idle }
        switch cursor.pointee.state {
        case .free, .opening:
            return .idle
        case .lingering:
            return cursor.pointee.lingersUntil <= now ? .reset(.cancelled) : .idle
        case .planned, .awaitingCredit:
            if subgroup.isEvicted { return .drop }
            if let index = firstWantedObject(stream) {
                return subgroup.objects[index].header.objectID <= cursor.pointee.maximumObjectID
                    ? .open : .drop
            }
            if subgroup.isOpen { return .idle }
            let isEmpty = subgroup.lastObjectID == nil && cursor.pointee.minimumObjectID == 0
            return isEmpty && subgroup.end == .finished && !subgroup.hasGap ? .open : .drop
        case .open:
            return openVerdict(cursor, subgroup)
        }
    }

    private func openVerdict(
        _ cursor: UnsafeMutablePointer<StreamCursor>, _ subgroup: TrackSubgroup
    ) -> StreamVerdict {
        guard let image = cursor.pointee.image else { return .idle }
        let position = cursor.pointee.position
        if position < image.trimmedByteCount { return .reset(.tooFarBehind) }
        if cursor.pointee.maximumObjectID != .max, cursor.pointee.endPosition == .max {
            findEnd(cursor, subgroup, image)
        }
        if position < min(image.byteCount, cursor.pointee.endPosition) || cursor.pointee.headerRemaining > 0 {
            return .bytes
        }
        if image.isBroken { return .reset(.internalError) }
        if position >= image.byteCount, subgroup.end == .finished {
            return cursor.pointee.isIncomplete || subgroup.hasGap ? .linger : .fin
        }
        if position >= cursor.pointee.endPosition { return .linger }
        if case .reset(let code) = subgroup.end { return .reset(code) }
        return .idle
    }

    /// Looks for the byte behind the last object that the range allows.
    private func findEnd(
        _ cursor: UnsafeMutablePointer<StreamCursor>, _ subgroup: TrackSubgroup, _ image: SubgroupImage
    ) {
        let maximum = cursor.pointee.maximumObjectID
        let index = subgroup.objects.firstIndex { $0.header.objectID <= maximum }
        if index < subgroup.objects.endIndex {
            if index >= image.objects.startIndex { cursor.pointee.endPosition = image.objects[index].start }
        } else if subgroup.lastObjectID == maximum, subgroup.isComplete {
            cursor.pointee.endPosition = image.byteCount
        }
    }

    /// When the object that a stream would send next arrived.
    private func waitingSince(_ stream: Int) -> Instant {
        let cursor = streams[stream]
        guard let subgroup = cursor.pointee.subgroup else { return now }
        guard let image = cursor.pointee.image else {
            guard let index = firstWantedObject(stream) else { return now }
            return subgroup.objects[index].arrivedAt
        }
        var object = max(cursor.pointee.object, image.objects.startIndex)
        while object + 1 < image.objects.endIndex, image.objects[object + 1].start <= cursor.pointee.position
        {
            object += 1
        }
        cursor.pointee.object = object
        guard object >= subgroup.objects.startIndex, object < subgroup.objects.endIndex else { return now }
        return subgroup.objects[object].arrivedAt
    }

    /// Whether a delivery timeout has passed for what the stream would send next.
    func isExpired(_ stream: Int) -> Bool {
        let cursor = streams[stream]
        let wants = subscriptions[cursor.pointee.subscription]
        let waits = cursor.pointee.image.map { cursor.pointee.position < $0.byteCount } ?? true
        if waits, let timeout = wants.pointee.wants.objectTimeoutNanoseconds,
            waitingSince(stream).advanced(byNanoseconds: timeout) < now
        {
            return true
        }
        if let timeout = wants.pointee.wants.subgroupTimeoutNanoseconds,
            let subgroup = cursor.pointee.subgroup,
            subgroup.end == .finished, subgroup.endedAt.advanced(byNanoseconds: timeout) < now
        {
            return true
        }
        return false
    }

    /// Leaves everything older than the newest group; within it, if that alone is too much, everything so
    /// far.
    private func moveForward(_ slot: Int, in log: TrackLog, _ code: StreamResetCode, backlog: UInt64) {
        guard let newest = log.groups.last?.id else { return }
        subscriptions[slot].pointee.firstGroup = max(subscriptions[slot].pointee.firstGroup, newest)
        failStreams(of: slot, code) { $0.group < newest }
        guard backlog > limits.byteCount else { return }
        var remaining: UInt64 = 0
        var stream = subscriptions[slot].pointee.firstStream
        while stream >= 0 {
            remaining &+= waitingByteCount(stream)
            stream = streams[stream].pointee.nextStream
        }
        guard remaining > limits.byteCount else { return }
        failStreams(of: slot, code) { _ in true }
        for subgroup in log.subgroups where subgroup.isOpen && subgroup.group == newest {
            guard let last = subgroup.lastObjectID, last < .max else { continue }
            plan(subgroup, for: slot, in: log, notBefore: last + 1)
        }
    }

    /// Says that the subscription has ended when everything was handed out.
    private func endIfDone(_ slot: Int, _ log: TrackLog) {
        let cursor = subscriptions[slot]
        guard cursor.pointee.liveStreamCount == 0, nextDatagramPriority(slot) == nil else { return }
        let status: PublishDoneStatus
        if let ended = log.endStatus, log.openSubgroupCount == 0 {
            status = ended
        } else if hasPassed(cursor.pointee.wants.range, log) {
            status = cursor.pointee.wants.rangeEndStatus
        } else {
            return
        }
        endings.append(
            .subscriptionEnded(
                id: cursor.pointee.wants.id, status, streamCount: cursor.pointee.openedStreamCount))
        release(subscription: slot)
    }

    /// Whether nothing more is expected for a range.
    private func hasPassed(_ range: LogRange, _ log: TrackLog) -> Bool {
        guard let endGroup = range.endGroup, let largest = log.largest else { return false }
        if largest.group != endGroup { return largest.group > endGroup }
        guard let group = log.group(endGroup), group.subgroups.allSatisfy({ !$0.isOpen }) else {
            return range.endObject.map { largest.object >= $0 } ?? false
        }
        if let endObject = range.endObject, largest.object >= endObject { return true }
        return group.subgroups.contains { $0.endsGroup }
    }
}
