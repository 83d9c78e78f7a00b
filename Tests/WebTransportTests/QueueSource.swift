import Containers
import TransportInterface

/// Gives chunks in order.
final class QueueSource: SendSource {
    var chunks: [(target: SendChunk.Target, bytes: [UInt8], fin: Bool)] = []
    var accepted: [Int] = []

    func nextChunk(_ chunk: inout SendChunk) -> Bool {
        guard !chunks.isEmpty else { return false }
        let next = chunks.removeFirst()
        chunk.target = next.target
        chunk.payloads.append(Payload(next.bytes))
        chunk.fin = next.fin
        return true
    }
    func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) { accepted.append(byteCount) }
    func streamBlocked(_ stream: StreamID) {}
    func streamUnblocked(_ stream: StreamID) {}
}
