import Containers
import QUICTransport
import TransportInterface

/// What WebTransport needs of a QUIC connection beyond `TransportSession`; its ALPN is `h3`.
///
/// On a carrier the codes of `resetStream`, `stopSending` and `close`, and those that its delegate hears, are
/// HTTP/3 error codes and cross the wire unchanged.
public protocol WebTransportCarrier: TransportSession {
    /// Bytes that the carrier puts before each datagram that it pulls from its `sendSource`: the quarter
    /// stream id (1...8 bytes). They count in `maximumDatagramByteCount`, which is the carrier's own, but
    /// neither for the source nor in `chunkAccepted`.
    var datagramPrefix: Payload { get set }
}

extension QUICConnection: WebTransportCarrier {}
