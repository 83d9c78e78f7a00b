import Containers

/// What a session asks of its transport, in the order in which it must happen.
public enum SessionAction: Sendable {
    /// Open a stream of ours as soon as the peer's credit allows and answer with `streamOpened(token:id:)`.
    case openStream(token: UInt32, StreamDirection)
    /// Queue bytes ahead of all data; `fin` ends our half after them.
    case send(StreamID, Payload, fin: Bool)
    case resetStream(StreamID, code: UInt64)
    case stopSending(StreamID, code: UInt64)
    /// The session holds these bytes no longer: give the credit back.
    case consumed(StreamID, byteCount: Int)
    /// Close the session; nothing follows.
    case closeSession(code: UInt64, reason: String)
}
