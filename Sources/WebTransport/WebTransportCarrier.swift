import Containers
import QUICTransport
import TransportInterface

/// What WebTransport needs of a QUIC connection beyond `TransportSession`; its ALPN is `h3`.
///
/// On a carrier the codes of `resetStream`, `stopSending` and `close`, and those that its delegate hears, are
/// HTTP/3 error codes and cross the wire unchanged. It keeps its delegate and its `sendSource` until
/// `transportClosed`, and what was sent by `send` leaves before anything that is pulled for the same stream.
public protocol WebTransportCarrier: TransportSession {
    /// Bytes that the carrier puts before each datagram that it pulls from its `sendSource`: the quarter
    /// stream id (1...8 bytes). They count neither in `maximumDatagramByteCount`, which is what is left beside
    /// them, nor in `chunkAccepted`.
    var datagramPrefix: Payload { get set }
}

extension QUICConnection: WebTransportCarrier {}
