import Containers
import MOQTModel

/// Streams: what the transport says about them, and their comings and goings.
extension DeliveryScheduler {
    // MARK: From the transport

    /// The stream exists; `header` (the encoded subgroup header) leaves in front of its objects.
    public func streamOpened(_ token: DeliveryStreamToken, header: Payload) {
        guard let stream = streamSlot(token), streams[stream].pointee.state == .opening,
            let subgroup = streams[stream].pointee.subgroup
        else { return }
        let cursor = streams[stream]
        let slot = cursor.pointee.subscription
        guard let log = subscriptions[slot].pointee.log else { return }
        let image = subgroup.image(
            for: subscriptions[slot].pointee.wants.shape, filter: subscriptions[slot].pointee.filter,
            defaultPriority: log.defaultPublisherPriority, encoding: log.encoding)
        cursor.pointee.state = .open
        cursor.pointee.image = image
        cursor.pointee.header = header
        subscriptions[slot].pointee.openedStreamCount += 1
        if cursor.pointee.object > 0 { startInTheMiddle(stream, subgroup, image, log.encoding) }
        setReady(stream, true)
        rekey(slot)
    }

    /// The peer allows no further stream now; nothing is opened until `streamCreditGranted`.
    public func noStreamCredit(_ token: DeliveryStreamToken) {
        guard let stream = streamSlot(token), streams[stream].pointee.state == .opening else { return }
        hasStreamCredit = false
        awaitCredit(stream)
    }

    /// `open` may succeed again.
    public func streamCreditGranted() {
        hasStreamCredit = true
        for token in awaitingCredit {
            guard let stream = streamSlot(token), streams[stream].pointee.state == .awaitingCredit else {
                continue
            }
            streams[stream].pointee.state = .planned
            markDirty(streams[stream].pointee.subscription)
        }
        awaitingCredit.removeAll(keepingCapacity: true)
    }

    /// The transport took the first `byteCount` bytes of the last step, and its FIN.
    public func accepted(_ token: DeliveryStreamToken, byteCount: Int, fin: Bool) {
        guard let stream = streamSlot(token), streams[stream].pointee.state == .open else { return }
        let slot = streams[stream].pointee.subscription
        advance(stream, by: byteCount)
        if byteCount > 0 || fin {
            turn &+= 1
            subscriptions[slot].pointee.turn = turn
        }
        if fin {
            free(stream)
            if subscriptions[slot].pointee.liveStreamCount == 0 { markDirty(slot) }
        } else {
            switch verdict(stream) {
            case .bytes, .fin: break
            case .idle: setReady(stream, false)
            default: markDirty(slot)
            }
        }
        rekey(slot)
    }

    /// No flow-control credit: the stream is not offered until `unblocked`.
    public func blocked(_ token: DeliveryStreamToken) {
        guard let stream = streamSlot(token) else { return }
        streams[stream].pointee.isBlocked = true
        setReady(stream, false)
        rekey(streams[stream].pointee.subscription)
    }

    public func unblocked(_ token: DeliveryStreamToken) {
        guard let stream = streamSlot(token) else { return }
        streams[stream].pointee.isBlocked = false
        markDirty(streams[stream].pointee.subscription)
    }

    /// The peer sent STOP_SENDING: the rest of this subgroup is skipped; the transport has reset the stream.
    public func stopped(_ token: DeliveryStreamToken) {
        guard let stream = streamSlot(token) else { return }
        let slot = streams[stream].pointee.subscription
        free(stream)
        markDirty(slot)
    }

    /// The transport has forgotten the stream.
    public func streamClosed(_ token: DeliveryStreamToken) { stopped(token) }

    // MARK: Inside

    func token(_ stream: Int) -> DeliveryStreamToken {
        DeliveryStreamToken(
            slot: UInt32(truncatingIfNeeded: stream), generation: streams[stream].pointee.generation)
    }

    private func streamSlot(_ token: DeliveryStreamToken) -> Int? {
        let slot = Int(token.slot)
        guard slot < streams.count, streams[slot].pointee.generation == token.generation,
            streams[slot].pointee.state != .free
        else { return nil }
        return slot
    }

    private func startInTheMiddle(
        _ stream: Int, _ subgroup: TrackSubgroup, _ image: SubgroupImage, _ encoding: any ObjectEncoding
    ) {
        let cursor = streams[stream]
        var object = cursor.pointee.object
        // Below the image's first object the position stays 0, and the stream is reset as too far behind.
        guard image.canStart(at: object) else { return }
        while object < image.objects.endIndex {
            if image.objects[object].isLeftOut {
                object += 1
                continue
            }
            let header = subgroup.objects[object].header
            let late = image.lateHeader(
                at: object, header, hasProperties: subgroup.hasProperties, encoding: encoding)
            if late.isEmpty, header.payloadByteCount == 0 {
                // This shape has no word for the object: begin with the next.
                object += 1
                continue
            }
            if late.isEmpty { break }
            let start = image.objects[object]
            cursor.pointee.object = object
            cursor.pointee.lateHeader = late
            cursor.pointee.position = start.payloadStart
            cursor.pointee.chunk = start.chunk
            cursor.pointee.chunkOffset = start.payloadChunkOffset
            return
        }
        fail(stream, .internalError)
    }

    func awaitCredit(_ stream: Int) {
        streams[stream].pointee.state = .awaitingCredit
        awaitingCredit.append(token(stream))
        setReady(stream, false)
        rekey(streams[stream].pointee.subscription)
    }

    private func advance(_ stream: Int, by byteCount: Int) {
        let cursor = streams[stream]
        var left = byteCount
        let inHeader = cursor.pointee.headerRemaining
        if inHeader > 0 {
            let taken = min(left, inHeader)
            cursor.pointee.headerOffset += taken
            left -= taken
            if taken == inHeader {
                cursor.pointee.header = Payload()
                cursor.pointee.lateHeader = Payload()
                cursor.pointee.headerOffset = 0
            }
        }
        guard left > 0, let image = cursor.pointee.image else { return }
        cursor.pointee.position &+= UInt64(left)
        var chunk = max(cursor.pointee.chunk, image.chunks.startIndex)
        var offset = chunk == cursor.pointee.chunk ? cursor.pointee.chunkOffset : 0
        while left > 0, chunk < image.chunks.endIndex {
            let there = image.chunks[chunk].count - offset
            if left < there || chunk + 1 == image.chunks.endIndex {
                offset += min(left, there)
                left -= min(left, there)
                break
            }
            left -= there
            chunk += 1
            offset = 0
        }
        cursor.pointee.chunk = chunk
        cursor.pointee.chunkOffset = offset
    }

    /// Puts a stream into its subscription's heap, or takes it out.
    func setReady(_ stream: Int, _ isReady: Bool) {
        let cursor = streams[stream]
        let subscription = subscriptions[cursor.pointee.subscription]
        guard isReady, let subgroup = cursor.pointee.subgroup else {
            if streamPositions[stream] >= 0 {
                subscription.pointee.ready.remove(stream, positions: &streamPositions)
            }
            return
        }
        if streamPositions[stream] >= 0 { return }
        let priority = subgroup.priority ?? subscription.pointee.log?.defaultPublisherPriority ?? 128
        let isAscending = subscription.pointee.wants.groupOrder == .ascending
        subscription.pointee.ready.put(
            ReadyHeap.Entry(
                first: UInt64(priority), second: isAscending ? subgroup.group : ~subgroup.group,
                third: subgroup.id, slot: stream),
            positions: &streamPositions)
    }

    /// Keeps an open stream until what was handed out has had time to arrive; then it is reset.
    func linger(_ stream: Int) {
        streams[stream].pointee.state = .lingering
        streams[stream].pointee.lingersUntil = now.advanced(byNanoseconds: limits.lingerNanoseconds)
        setReady(stream, false)
    }

    /// Ends a stream: by reset if it was opened.
    func fail(_ stream: Int, _ code: StreamResetCode) {
        switch streams[stream].pointee.state {
        case .free: return
        case .opening, .open, .lingering: resets.append(.reset(token(stream), code))
        case .planned, .awaitingCredit: break
        }
        free(stream)
    }

    func failStreams(of slot: Int, _ code: StreamResetCode, where isMeant: (TrackSubgroup) -> Bool) {
        var stream = subscriptions[slot].pointee.firstStream
        while stream >= 0 {
            let following = streams[stream].pointee.nextStream
            if let subgroup = streams[stream].pointee.subgroup, isMeant(subgroup) { fail(stream, code) }
            stream = following
        }
    }

    func free(_ stream: Int) {
        setReady(stream, false)
        let cursor = streams[stream]
        let subscription = subscriptions[cursor.pointee.subscription]
        let (previous, next) = (cursor.pointee.previousStream, cursor.pointee.nextStream)
        if previous >= 0 {
            streams[previous].pointee.nextStream = next
        } else {
            subscription.pointee.firstStream = next
        }
        if next >= 0 { streams[next].pointee.previousStream = previous }
        subscription.pointee.liveStreamCount -= 1
        cursor.pointee.state = .free
        cursor.pointee.generation &+= 1
        cursor.pointee.subgroup?.readerCount -= 1
        cursor.pointee.subgroup = nil
        cursor.pointee.image = nil
        cursor.pointee.header = Payload()
        cursor.pointee.lateHeader = Payload()
        cursor.pointee.nextStream = -1
        cursor.pointee.previousStream = -1
        streams.giveBack(stream)
    }
}
