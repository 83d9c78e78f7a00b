import Containers

/// What a transport session tells its owner: facts in the past tense, on the owning loop, never from inside
/// a C callback.
public protocol TransportSessionDelegate: AnyObject {
    /// Handshake (and CONNECT) done; `negotiated` is set.
    func transportEstablished()
    /// The next bytes of a stream, in order; `fin` after the last. May be empty with `fin`. The payload may
    /// be kept; call `consumed` when its bytes no longer burden the sender's window.
    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool)
    /// The peer abandoned its sending half; nil when the code lies outside the application's range.
    func streamReset(_ stream: StreamID, code: UInt64?)
    /// The peer sent STOP_SENDING for our half; the transport has already reset it.
    func streamStopped(_ stream: StreamID, code: UInt64?)
    /// Both halves are finished and acknowledged, or abandoned: the id will not be heard of again.
    func streamClosed(_ stream: StreamID)
    /// `openStream` may succeed again.
    func streamCreditGranted(_ direction: StreamDirection)
    func datagramReceived(_ bytes: Payload)
    /// The session is gone; nothing follows.
    func transportClosed(_ reason: TransportCloseReason)
}

/// Why a transport session ended.
public enum TransportCloseReason: Sendable, Equatable {
    /// Closed with an application code, by the peer or by ourselves.
    case application(code: UInt64, reason: String, byPeer: Bool)
    /// A QUIC or HTTP/3 error, by its code and a sentence.
    case transport(code: UInt64, reason: String, byPeer: Bool)
    /// A TLS alert or a certificate that was refused.
    case handshakeFailed(String)
    /// WebTransport: the CONNECT was answered with this status.
    case refused(status: Int)
    case idleTimeout
    /// Nobody answered.
    case unreachable(String)
    /// A stateless reset: the peer has lost the connection's state.
    case statelessReset
}
