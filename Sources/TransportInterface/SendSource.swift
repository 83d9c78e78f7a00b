import Containers

/// Whoever decides which byte leaves next. The transport asks when a packet can leave, never earlier, so
/// priorities, timeouts and cancellation act on everything that has not left.
public protocol SendSource: AnyObject {
    /// Fills `chunk`, which is empty, with the bytes that should leave next; false when there is nothing to send.
    /// Called again and again until the packets that may leave now are full; a chunk of a stream may fill many.
    /// The source may open streams on the transport here.
    func nextChunk(_ chunk: inout SendChunk) -> Bool
    /// The transport took the first `byteCount` bytes of the last chunk (and its FIN), in as many packets as it
    /// liked; nothing more of it will be taken. A datagram is taken
    /// whole (`byteCount` is then its size) or dropped (0); once given it is the transport's, which asks for
    /// nothing else before this call. When nothing of a stream's chunk could leave there is no call: the
    /// source keeps it, and `nextChunk` will ask again.
    func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool)
    /// The stream has no flow-control credit; it must not be offered again before `streamUnblocked`.
    func streamBlocked(_ stream: StreamID)
    func streamUnblocked(_ stream: StreamID)
}
