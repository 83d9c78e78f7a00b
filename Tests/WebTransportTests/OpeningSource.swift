import Containers
import TransportInterface

@testable import WebTransport

/// Opens a stream for each of twenty objects at the moment it is asked for bytes, as a relay does.
final class OpeningSource: SendSource {
    private let session: WebTransportSession
    private var left = 20
    private var current: (stream: StreamID, sent: Int)?
    private let object = Payload([1, 2, 3, 4])
    private var blocked: Set<StreamID> = []

    init(_ session: WebTransportSession) { self.session = session }

    func nextChunk(_ chunk: inout SendChunk) -> Bool {
        if current == nil, left > 0, let stream = session.openStream(.unidirectional) {
            left -= 1
            current = (stream, 0)
        }
        guard let current, !blocked.contains(current.stream) else { return false }
        chunk.target = .stream(current.stream)
        chunk.payloads.append(object.slice(from: current.sent))
        chunk.fin = true
        return true
    }

    func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
        guard let stream = current?.stream else { return }
        current = fin ? nil : (stream, (current?.sent ?? 0) + byteCount)
    }

    func streamBlocked(_ stream: StreamID) { blocked.insert(stream) }
    func streamUnblocked(_ stream: StreamID) { blocked.remove(stream) }
}
