import MOQTModel
import TransportInterface

/// Why a client's connection ended, for a person and for an exit code.
public enum ClientClosure: Sendable, Equatable {
    /// We closed it.
    case local
    /// A rule of MoQT was broken, by the peer as far as we can tell.
    case protocolError(SessionFailure)
    /// The peer closed the session with a MoQT code.
    case closedByPeer(code: UInt64, reason: String)
    /// TLS failed: a certificate that we do not trust, or no common protocol.
    case handshakeFailed(String)
    /// WebTransport: the server answered the CONNECT with this HTTP status.
    case refused(status: Int)
    /// Nobody answers there.
    case unreachable(String)
    /// It stopped answering.
    case idleTimeout
    /// QUIC or HTTP/3 broke off.
    case transport(code: UInt64, reason: String)

    init(_ reason: TransportCloseReason) {
        switch reason {
        case .application(let code, let reason, let byPeer):
            self = byPeer ? .closedByPeer(code: code, reason: reason) : .local
        case .transport(let code, let reason, _): self = .transport(code: code, reason: reason)
        case .handshakeFailed(let reason): self = .handshakeFailed(reason)
        case .refused(let status): self = .refused(status: status)
        case .idleTimeout: self = .idleTimeout
        case .unreachable(let reason): self = .unreachable(reason)
        case .statelessReset: self = .transport(code: 0, reason: "the server has lost the connection's state")
        }
    }
}
