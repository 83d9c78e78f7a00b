import Containers
import TransportInterface

/// One end of a simulated connection.
public final class SimulatedTransport: TransportSession {
    public weak var delegate: (any TransportSessionDelegate)?
    public weak var sendSource: (any SendSource)?
    public let isServer: Bool
    public private(set) var negotiated: NegotiatedProtocol?
    public private(set) var isClosed = false
    /// Stream and datagram bytes that have left.
    public private(set) var sentByteCount = 0
    /// Bytes received and not given back by `consumed`.
    public private(set) var unconsumedByteCount = 0

    private unowned let network: SimulatedNetwork
    private let index: Int
    private let peerIndex: Int
    private let agreed: NegotiatedProtocol
    private let conditions: SimulatedConditions

    private var streams: [StreamID: SimulatedStream] = [:]
    /// Streams with bytes queued by `send`, in the order in which they got them.
    private var queuedStreams: [StreamID] = []
    private var nextNumber: [UInt64] = [0, 0]
    private var credit: [Int]
    private var wantsCredit = [false, false]
    private var sourceHasMore = false
    private var chunk = SendChunk()
    private var linkFreeAt: Instant = .zero
    private var linkFreeIsScheduled = false

    init(
        network: SimulatedNetwork, index: Int, peerIndex: Int, isServer: Bool, agreed: NegotiatedProtocol,
        conditions: SimulatedConditions
    ) {
        self.network = network
        self.index = index
        self.peerIndex = peerIndex
        self.isServer = isServer
        self.agreed = agreed
        self.conditions = conditions
        credit = [conditions.bidirectionalStreamCredit, conditions.unidirectionalStreamCredit]
    }

    public var maximumDatagramByteCount: Int { conditions.maximumDatagramByteCount }

    public func openStream(_ direction: StreamDirection) -> StreamID? {
        let kind = direction == .bidirectional ? 0 : 1
        guard negotiated != nil, !isClosed else { return nil }
        guard credit[kind] > 0 else {
            wantsCredit[kind] = true
            return nil
        }
        credit[kind] -= 1
        let id = StreamID(nextNumber[kind] << 2 | UInt64(kind) << 1 | (isServer ? 1 : 0))
        nextNumber[kind] += 1
        streams[id] = SimulatedStream(
            isOurs: true, allowance: conditions.streamWindow, sendingEnded: false, sendingAcknowledged: false,
            receivingEnded: direction == .unidirectional)
        return id
    }

    public func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {
        guard !isClosed, let state = streams[stream], !state.sendingEnded, !state.queuedFin else { return }
        if !bytes.isEmpty { streams[stream]?.queue.append(bytes) }
        if fin { streams[stream]?.queuedFin = true }
        if !queuedStreams.contains(stream) { queuedStreams.append(stream) }
    }

    public func resetStream(_ stream: StreamID, code: UInt64) {
        guard !isClosed, let state = streams[stream], !state.sendingEnded else { return }
        endSendingByReset(stream, code: code)
        retireIfDone(stream)
    }

    public func stopSending(_ stream: StreamID, code: UInt64) {
        guard !isClosed, let state = streams[stream], !state.receivingEnded else { return }
        network.schedule(.stop(stream, code: code), to: peerIndex, after: pathDelay())
    }

    public func consumed(_ stream: StreamID, byteCount: Int) {
        guard !isClosed, byteCount > 0 else { return }
        unconsumedByteCount -= byteCount
        precondition(unconsumedByteCount >= 0, "more bytes consumed than received")
        network.schedule(
            .windowOpened(stream, byteCount: byteCount), to: peerIndex, after: conditions.latency)
    }

    public func wantsToSend() { sourceHasMore = true }

    public func close(code: UInt64, reason: String) {
        guard !isClosed else { return }
        isClosed = true
        let cut = String(decoding: reason.utf8.prefix(1024), as: UTF8.self)
        network.schedule(
            .closed(.application(code: code, reason: cut, byPeer: true)), to: peerIndex,
            after: conditions.latency)
        network.schedule(
            .closed(.application(code: code, reason: cut, byPeer: false)), to: index, after: 0)
    }

    /// The connection vanishes without a word: each end learns it as an idle timeout.
    public func vanish() {
        guard !isClosed else { return }
        network.schedule(.closed(.idleTimeout), to: index, after: 0)
        network.schedule(.closed(.idleTimeout), to: peerIndex, after: 0)
    }

    // MARK: Arrivals

    func deliver(_ event: SimulatedEvent) {
        if case .closed(let reason) = event {
            guard negotiated != nil || !isClosed else { return }
            isClosed = true
            let owner = delegate
            delegate = nil
            sendSource = nil
            owner?.transportClosed(reason)
            return
        }
        guard !isClosed else { return }
        switch event {
        case .established:
            negotiated = agreed
            delegate?.transportEstablished()
        case .data(let stream, let bytes, let fin): dataArrived(stream, bytes, fin: fin)
        case .reset(let stream, let code): resetArrived(stream, code: code)
        case .stop(let stream, let code): stopArrived(stream, code: code)
        case .windowOpened(let stream, let byteCount): windowOpened(stream, byteCount)
        case .sendingAcknowledged(let stream):
            streams[stream]?.sendingAcknowledged = true
            retireIfDone(stream)
        case .streamsGranted(let direction):
            let kind = direction == .bidirectional ? 0 : 1
            credit[kind] += 1
            if wantsCredit[kind] {
                wantsCredit[kind] = false
                delegate?.streamCreditGranted(direction)
            }
        case .datagram(let bytes): delegate?.datagramReceived(bytes)
        case .linkFree: linkFreeIsScheduled = false
        case .closed: break
        }
    }

    private func dataArrived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        noteStreamOfPeer(stream)
        guard let state = streams[stream], !state.receivingEnded else { return }
        unconsumedByteCount += bytes.count
        if fin {
            streams[stream]?.receivingEnded = true
            network.schedule(.sendingAcknowledged(stream), to: peerIndex, after: conditions.latency)
        }
        delegate?.streamReceived(stream, bytes, fin: fin)
        retireIfDone(stream)
    }

    private func resetArrived(_ stream: StreamID, code: UInt64) {
        noteStreamOfPeer(stream)
        guard let state = streams[stream], !state.receivingEnded else { return }
        streams[stream]?.receivingEnded = true
        network.schedule(.sendingAcknowledged(stream), to: peerIndex, after: conditions.latency)
        delegate?.streamReset(stream, code: code)
        retireIfDone(stream)
    }

    private func stopArrived(_ stream: StreamID, code: UInt64) {
        noteStreamOfPeer(stream)
        guard let state = streams[stream], !state.sendingEnded else { return }
        endSendingByReset(stream, code: code)
        delegate?.streamStopped(stream, code: code)
        retireIfDone(stream)
    }

    private func windowOpened(_ stream: StreamID, _ byteCount: Int) {
        guard var state = streams[stream] else { return }
        state.allowance += byteCount
        let wasBlocked = state.isBlocked
        state.isBlocked = false
        streams[stream] = state
        if wasBlocked {
            sendSource?.streamUnblocked(stream)
            sourceHasMore = true
        }
    }

    private func noteStreamOfPeer(_ stream: StreamID) {
        guard streams[stream] == nil, stream.isServerInitiated != isServer, !isRetired(stream) else { return }
        let single = stream.isUnidirectional
        streams[stream] = SimulatedStream(
            isOurs: false, allowance: conditions.streamWindow, sendingEnded: single,
            sendingAcknowledged: single, receivingEnded: false)
    }

    // MARK: Ends of streams

    private var retired: Set<StreamID> = []

    private func isRetired(_ stream: StreamID) -> Bool { retired.contains(stream) }

    private func retireIfDone(_ stream: StreamID) {
        guard let state = streams[stream], state.receivingEnded, state.sendingEnded, state.sendingAcknowledged
        else { return }
        streams[stream] = nil
        retired.insert(stream)
        queuedStreams.removeAll { $0 == stream }
        if !state.isOurs {
            network.schedule(
                .streamsGranted(stream.isUnidirectional ? .unidirectional : .bidirectional), to: peerIndex,
                after: conditions.latency)
        }
        delegate?.streamClosed(stream)
    }

    private func endSendingByReset(_ stream: StreamID, code: UInt64) {
        streams[stream]?.sendingEnded = true
        streams[stream]?.queue = []
        streams[stream]?.queuedFin = false
        queuedStreams.removeAll { $0 == stream }
        // A reset may overtake data that is still under way.
        network.schedule(.reset(stream, code: code), to: peerIndex, after: pathDelay())
    }

    // MARK: Writing

    /// Writes what may leave now: queued control bytes, then what the source hands out.
    func write() {
        guard !isClosed, negotiated != nil else { return }
        writeQueued()
        guard sourceHasMore, let source = sendSource else { return }
        sourceHasMore = false
        var turns = 0
        while linkIsFree() {
            turns += 1
            precondition(turns < 1_000_000, "the send source never ends")
            chunk.clear()
            guard source.nextChunk(&chunk) else { return }
            offer(source)
            writeQueued()
            guard !isClosed else { return }
        }
        sourceHasMore = true
    }

    private func writeQueued() {
        var index = 0
        while index < queuedStreams.count {
            let stream = queuedStreams[index]
            if flush(stream) { queuedStreams.remove(at: index) } else { index += 1 }
            retireIfDone(stream)
        }
    }

    /// True when nothing is left to write.
    private func flush(_ stream: StreamID) -> Bool {
        guard var state = streams[stream], !state.sendingEnded else { return true }
        while let first = state.queue.first {
            let room = state.allowance - state.sent
            guard room > 0 else { break }
            let part = first.slice(from: 0, count: room)
            if part.count == first.count {
                state.queue.removeFirst()
            } else {
                state.queue[0] = first.slice(from: part.count)
            }
            let isLast = state.queue.isEmpty && state.queuedFin
            transmit(part, fin: isLast, on: stream, &state)
            if isLast { state.queuedFin = false }
        }
        if state.queue.isEmpty, state.queuedFin {
            transmit(Payload(), fin: true, on: stream, &state)
            state.queuedFin = false
        }
        let done = state.queue.isEmpty
        streams[stream] = state
        return done
    }

    private func offer(_ source: any SendSource) {
        var byteCount = 0
        for payload in chunk.payloads { byteCount += payload.count }
        switch chunk.target {
        case .datagram:
            let fits = byteCount <= conditions.maximumDatagramByteCount
            if fits { sendDatagram(byteCount) }
            source.chunkAccepted(.datagram, byteCount: fits ? byteCount : 0, fin: false)
        case .stream(let stream):
            guard var state = streams[stream], !state.sendingEnded else {
                source.chunkAccepted(.stream(stream), byteCount: byteCount, fin: chunk.fin)
                return
            }
            var room = state.allowance - state.sent
            if byteCount > 0, room <= 0 {
                streams[stream]?.isBlocked = true
                source.streamBlocked(stream)
                return
            }
            var taken = 0
            for payload in chunk.payloads where room > 0 {
                let part = payload.slice(from: 0, count: room)
                taken += part.count
                room -= part.count
                let isLast = chunk.fin && taken == byteCount
                transmit(part, fin: isLast, on: stream, &state)
            }
            let fin = chunk.fin && taken == byteCount
            if fin, !state.sendingEnded { transmit(Payload(), fin: true, on: stream, &state) }
            streams[stream] = state
            source.chunkAccepted(.stream(stream), byteCount: taken, fin: fin)
            retireIfDone(stream)
        }
    }

    private func sendDatagram(_ byteCount: Int) {
        occupyLink(byteCount)
        sentByteCount += byteCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for payload in chunk.payloads { bytes += payload.bytes }
        guard !network.random.chance(perMille: conditions.datagramLossPerMille) else { return }
        network.schedule(.datagram(Payload(bytes)), to: peerIndex, after: pathDelay())
    }

    private func transmit(
        _ bytes: Payload, fin: Bool, on stream: StreamID, _ state: inout SimulatedStream
    ) {
        guard !state.sendingEnded else { return }
        occupyLink(bytes.count)
        sentByteCount += bytes.count
        state.sent += bytes.count
        var start = 0
        repeat {
            let limit = max(1, conditions.maximumSegmentByteCount)
            let size = conditions.splitsAtRandom ? 1 + Int(network.random.below(UInt64(limit))) : limit
            let segment = bytes.slice(from: start, count: size)
            start += segment.count
            let isLast = fin && start == bytes.count
            let time = max(state.deliveryFloor, network.now.advanced(byNanoseconds: segmentDelay()))
            state.deliveryFloor = time
            network.schedule(.data(stream, segment, fin: isLast), to: peerIndex, at: time)
        } while start < bytes.count
        if fin { state.sendingEnded = true }
    }

    private func pathDelay() -> UInt64 {
        conditions.latency + network.random.below(conditions.jitter)
    }

    private func segmentDelay() -> UInt64 {
        let isLost = network.random.chance(perMille: conditions.lossPerMille)
        return pathDelay() + (isLost ? 2 * conditions.latency : 0)
    }

    private func occupyLink(_ byteCount: Int) {
        guard let rate = conditions.bytesPerMillisecond, rate > 0 else { return }
        let nanoseconds = UInt64(byteCount) * 1_000_000 / UInt64(rate)
        linkFreeAt = max(linkFreeAt, network.now).advanced(byNanoseconds: nanoseconds)
    }

    private func linkIsFree() -> Bool {
        guard conditions.bytesPerMillisecond != nil, linkFreeAt > network.now else { return true }
        if !linkFreeIsScheduled {
            linkFreeIsScheduled = true
            network.schedule(.linkFree, to: index, at: linkFreeAt)
        }
        return false
    }
}
