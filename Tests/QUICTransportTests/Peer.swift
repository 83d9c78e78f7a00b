import Containers
import Glibc
import TransportInterface

@testable import QUICTransport

/// One end of a connection in a test: notes everything, echoes if told to, and gives what is queued when
/// pulled.
final class Peer: TransportSessionDelegate, SendSource {
    let connection: QUICConnection
    var isEstablished = false
    var received: [StreamID: [UInt8]] = [:]
    var receivedByteCount = 0
    var finished: Set<StreamID> = []
    var resets: [StreamID: UInt64?] = [:]
    var stops: [StreamID: UInt64?] = [:]
    var closedStreams: Set<StreamID> = []
    var credits: [StreamDirection] = []
    var datagrams: [[UInt8]] = []
    var closeReason: TransportCloseReason?

    /// Sends every byte of a bidirectional stream back by the pull source.
    var echoes = false
    /// Gives credit back as bytes come.
    var consumes = true
    /// Keeps the bytes, rather than their number.
    var keepsBytes = true
    /// Whether a byte at an offset is what the sender made; nil to skip.
    var corruptByteCount = 0
    var checksPattern = false

    /// Pulled in order of the array.
    var pulls: [(stream: StreamID, payloads: [Payload], fin: Bool)] = []
    var datagramsToSend: [Payload] = []
    var blocked: Set<StreamID> = []
    var acceptedByteCount = 0
    var acceptedDatagrams: [Int] = []
    /// How often the transport wanted a chunk.
    private(set) var askedCount = 0
    private var offsets: [StreamID: Int] = [:]

    init(_ connection: QUICConnection) {
        self.connection = connection
        connection.delegate = self
        connection.sendSource = self
    }

    /// 64 kB that every long transfer repeats.
    static let block: [UInt8] = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    static let blockPayload = Payload(block)

    private static func matchesPattern(_ bytes: Payload, at start: Int) -> Bool {
        bytes.withUnsafeBytes { raw in
            var done = 0
            while done < raw.count {
                let from = (start + done) % block.count
                let size = min(raw.count - done, block.count - from)
                let isEqual = block.withUnsafeBytes { expected in
                    guard let a = raw.baseAddress, let b = expected.baseAddress else { return false }
                    return memcmp(a + done, b + from, size) == 0
                }
                if !isEqual { return false }
                done += size
            }
            return true
        }
    }

    /// Pulls `count` bytes of the pattern, a multiple of 64 kB, with FIN.
    func pullPattern(_ count: Int, on stream: StreamID) {
        pulls.append((stream, Array(repeating: Peer.blockPayload, count: count / Peer.block.count), true))
        connection.wantsToSend()
    }

    func pull(_ payload: Payload, fin: Bool, on stream: StreamID) {
        if let index = pulls.firstIndex(where: { $0.stream == stream }) {
            pulls[index].payloads.append(payload)
            if fin { pulls[index].fin = true }
        } else {
            pulls.append((stream, [payload], fin))
        }
        connection.wantsToSend()
    }

    // MARK: TransportSessionDelegate

    func transportEstablished() { isEstablished = true }

    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        receivedByteCount += bytes.count
        if checksPattern {
            let start = offsets[stream, default: 0]
            if !Peer.matchesPattern(bytes, at: start) { corruptByteCount += bytes.count }
            offsets[stream] = start + bytes.count
        }
        if keepsBytes { received[stream, default: []] += bytes.bytes }
        if fin { finished.insert(stream) }
        if consumes { connection.consumed(stream, byteCount: bytes.count) }
        if echoes, !stream.isUnidirectional { pull(bytes, fin: fin, on: stream) }
    }

    func streamReset(_ stream: StreamID, code: UInt64?) { resets[stream] = code }
    func streamStopped(_ stream: StreamID, code: UInt64?) {
        stops[stream] = code
        pulls.removeAll { $0.stream == stream }
    }
    func streamClosed(_ stream: StreamID) { closedStreams.insert(stream) }
    func streamCreditGranted(_ direction: StreamDirection) { credits.append(direction) }
    func datagramReceived(_ bytes: Payload) { datagrams.append(bytes.bytes) }
    func transportClosed(_ reason: TransportCloseReason) { closeReason = reason }

    // MARK: SendSource

    func nextChunk(_ chunk: inout SendChunk) -> Bool {
        askedCount += 1
        if let datagram = datagramsToSend.first {
            chunk.target = .datagram
            chunk.payloads.append(datagram)
            return true
        }
        for pull in pulls where !blocked.contains(pull.stream) {
            chunk.target = .stream(pull.stream)
            chunk.payloads.append(contentsOf: pull.payloads.prefix(SendChunk.maximumPayloadCount))
            chunk.fin = pull.fin && pull.payloads.count <= SendChunk.maximumPayloadCount
            return true
        }
        return false
    }

    func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
        switch target {
        case .datagram:
            datagramsToSend.removeFirst()
            acceptedDatagrams.append(byteCount)
        case .stream(let stream):
            acceptedByteCount += byteCount
            guard let index = pulls.firstIndex(where: { $0.stream == stream }) else { return }
            var rest = byteCount
            while rest > 0, let first = pulls[index].payloads.first {
                if first.count <= rest {
                    rest -= first.count
                    pulls[index].payloads.removeFirst()
                } else {
                    pulls[index].payloads[0] = first.slice(from: rest)
                    rest = 0
                }
            }
            if fin || (pulls[index].payloads.allSatisfy(\.isEmpty) && !pulls[index].fin) {
                pulls.remove(at: index)
            }
        }
    }

    func streamBlocked(_ stream: StreamID) { blocked.insert(stream) }
    func streamUnblocked(_ stream: StreamID) { blocked.remove(stream) }
}
