import Containers
import TransportInterface

/// Gives chunks in order.
final class QueueSource: SendSource {
    var chunks: [(target: SendChunk.Target, bytes: [UInt8], fin: Bool)] = []
    var accepted: [Int] = []

    func nextChunk(_ chunk: inout SendChunk) -> Bool {
        guard let next = chunks.first else { return false }
        chunk.target = next.target
        chunk.payloads.append(Payload(next.bytes))
        chunk.fin = next.fin
        return true
    }
    /// What did not fit the packet stays in front and is offered again.
    func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
        accepted.append(byteCount)
        guard let first = chunks.first else { return }
        if case .stream = target, byteCount < first.bytes.count || first.fin != fin {
            chunks[0].bytes.removeFirst(byteCount)
        } else {
            chunks.removeFirst()
        }
    }
    func streamBlocked(_ stream: StreamID) {}
    func streamUnblocked(_ stream: StreamID) {}
}
