import Containers
import TransportInterface

@testable import WebTransport

/// One end of a QUIC connection in memory. Nothing is delivered from inside a call: `FakeCarrier.run` moves
/// events from end to end until nothing is left.
final class FakeCarrier: WebTransportCarrier {
    private enum Event {
        case established
        case data(StreamID, [UInt8], fin: Bool)
        case reset(StreamID, UInt64)
        case stop(StreamID, UInt64)
        case streamClosed(StreamID)
        case datagram([UInt8])
        case closed(TransportCloseReason)
        case credit(StreamDirection)
    }

    private struct Stream {
        var sendingEnded: Bool
        var receivingEnded: Bool
        var hasReportedClosed = false
    }

    var delegate: (any TransportSessionDelegate)?
    var sendSource: (any SendSource)?
    let isServer: Bool
    var negotiated: NegotiatedProtocol? = NegotiatedProtocol(carrier: .quic, name: "h3")
    var datagramPrefix = Payload()
    var maximumDatagramByteCount: Int { 1200 - datagramPrefix.count }
    /// Streams that may still be opened.
    var credit: [StreamDirection: Int] = [.unidirectional: 1000, .bidirectional: 1000]
    /// Largest piece in which stream bytes are delivered.
    var pieceByteCount = Int.max

    private(set) var closeCode: UInt64?
    private(set) var closeReason: String?
    private(set) var resets: [StreamID: UInt64] = [:]
    private(set) var stops: [StreamID: UInt64] = [:]
    private(set) var consumedByteCount: [StreamID: Int] = [:]
    private(set) var receivedByteCount: [StreamID: Int] = [:]

    private weak var peer: FakeCarrier?
    private var inbox: [Event] = []
    private var streams: [StreamID: Stream] = [:]
    private var opened: [StreamDirection: UInt64] = [:]
    private var isClosed = false

    init(isServer: Bool) { self.isServer = isServer }

    static func pair() -> (client: FakeCarrier, server: FakeCarrier) {
        let (client, server) = (FakeCarrier(isServer: false), FakeCarrier(isServer: true))
        client.peer = server
        server.peer = client
        client.inbox.append(.established)
        server.inbox.append(.established)
        return (client, server)
    }

    /// Delivers everything that is on its way, and what follows from it.
    static func run(_ carriers: FakeCarrier...) {
        for _ in 0..<100_000 {
            var moved = false
            for carrier in carriers {
                carrier.pull()
                moved = carrier.deliverOne() || moved
            }
            if !moved { return }
        }
        preconditionFailure("two ends that never fall silent")
    }

    func grantCredit(_ direction: StreamDirection, _ count: Int) {
        credit[direction, default: 0] += count
        inbox.append(.credit(direction))
    }

    // MARK: - TransportSession

    func openStream(_ direction: StreamDirection) -> StreamID? {
        guard !isClosed, credit[direction, default: 0] > 0 else { return nil }
        credit[direction, default: 0] -= 1
        let number = opened[direction, default: 0]
        opened[direction] = number + 1
        let id = StreamID(number << 2 | (direction == .unidirectional ? 2 : 0) | (isServer ? 1 : 0))
        streams[id] = Stream(sendingEnded: false, receivingEnded: direction == .unidirectional)
        return id
    }

    func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {
        guard !isClosed, streams[stream]?.sendingEnded == false else { return }
        if fin { streams[stream]?.sendingEnded = true }
        peer?.inbox.append(.data(stream, bytes.bytes, fin: fin))
        closeIfDone(stream)
    }

    func resetStream(_ stream: StreamID, code: UInt64) {
        guard !isClosed, streams[stream]?.sendingEnded == false else { return }
        streams[stream]?.sendingEnded = true
        resets[stream] = code
        peer?.inbox.append(.reset(stream, code))
        closeIfDone(stream)
    }

    func stopSending(_ stream: StreamID, code: UInt64) {
        guard !isClosed, streams[stream]?.receivingEnded == false else { return }
        stops[stream] = code
        peer?.inbox.append(.stop(stream, code))
    }

    func consumed(_ stream: StreamID, byteCount: Int) { consumedByteCount[stream, default: 0] += byteCount }
    func wantsToSend() {}

    func close(code: UInt64, reason: String) {
        guard !isClosed else { return }
        isClosed = true
        closeCode = code
        closeReason = reason
        inbox.append(.closed(.application(code: code, reason: reason, byPeer: false)))
        peer?.inbox.append(.closed(.application(code: code, reason: reason, byPeer: true)))
    }

    // MARK: - Delivery

    private func pull() {
        guard !isClosed, let sendSource else { return }
        var chunk = SendChunk()
        while sendSource.nextChunk(&chunk) {
            let bytes = chunk.payloads.flatMap(\.bytes)
            switch chunk.target {
            case .stream(let id): send(Payload(bytes), fin: chunk.fin, on: id)
            case .datagram: peer?.inbox.append(.datagram(datagramPrefix.bytes + bytes))
            }
            sendSource.chunkAccepted(chunk.target, byteCount: bytes.count, fin: chunk.fin)
            chunk.clear()
        }
    }

    private func deliverOne() -> Bool {
        guard !inbox.isEmpty else { return false }
        let event = inbox.removeFirst()
        switch event {
        case .established: delegate?.transportEstablished()
        case .data(let id, let bytes, let fin):
            accept(id)
            guard streams[id]?.receivingEnded == false else { return true }
            receivedByteCount[id, default: 0] += bytes.count
            var rest = bytes[...]
            while rest.count > pieceByteCount {
                delegate?.streamReceived(id, Payload(Array(rest.prefix(pieceByteCount))), fin: false)
                rest = rest.dropFirst(pieceByteCount)
            }
            if fin { streams[id]?.receivingEnded = true }
            delegate?.streamReceived(id, Payload(Array(rest)), fin: fin)
            closeIfDone(id)
        case .reset(let id, let code):
            accept(id)
            guard streams[id]?.receivingEnded == false else { return true }
            streams[id]?.receivingEnded = true
            delegate?.streamReset(id, code: code)
            closeIfDone(id)
        case .stop(let id, let code):
            accept(id)
            guard streams[id]?.sendingEnded == false else { return true }
            resetStream(id, code: code)
            delegate?.streamStopped(id, code: code)
        case .streamClosed(let id): delegate?.streamClosed(id)
        case .datagram(let bytes): delegate?.datagramReceived(Payload(bytes))
        case .credit(let direction): delegate?.streamCreditGranted(direction)
        case .closed(let reason):
            isClosed = true
            inbox.removeAll()
            sendSource = nil
            let told = delegate
            delegate = nil
            told?.transportClosed(reason)
        }
        return true
    }

    private func accept(_ id: StreamID) {
        guard streams[id] == nil, id.isServerInitiated != isServer else { return }
        streams[id] = Stream(sendingEnded: id.isUnidirectional, receivingEnded: false)
    }

    private func closeIfDone(_ id: StreamID) {
        guard let stream = streams[id], stream.sendingEnded, stream.receivingEnded, !stream.hasReportedClosed
        else {
            return
        }
        streams[id]?.hasReportedClosed = true
        inbox.append(.streamClosed(id))
    }
}
