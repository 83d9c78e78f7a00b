import Containers
import TransportInterface

/// What `HTTP3Connection` wants done, in order. Codes are HTTP/3's, as they stand on the wire.
enum HTTP3Action: Equatable {
    // For the QUIC connection.
    /// Open a unidirectional stream, report its id by `controlStreamOpened`, and send these bytes on it.
    case openControlStream(Payload)
    /// Open a bidirectional stream and report its id by `requestStreamOpened`.
    case openRequestStream
    case send(Payload, fin: Bool, on: StreamID)
    case reset(StreamID, HTTP3ErrorCode)
    case stopSending(StreamID, HTTP3ErrorCode)
    case consumed(StreamID, byteCount: Int)
    case closeConnection(HTTP3ErrorCode, reason: String)

    // For the session's owner.
    case sessionEstablished(StreamID, NegotiatedProtocol)
    /// What a session's stream brought with its prefix, or before its session was known.
    case streamReceived(StreamID, Payload, fin: Bool)
    case datagramReceived(Payload)
    /// The peer asks us to wind down: WT_DRAIN_SESSION or GOAWAY.
    case drainRequested
    case sessionEnded(TransportCloseReason)
}
