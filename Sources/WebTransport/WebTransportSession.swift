import Containers
import TransportInterface

/// One WebTransport session, alone on its HTTP/3 connection (draft-ietf-webtrans-http3).
///
/// It keeps the connection, and the connection keeps it as its delegate until it has closed; everything
/// happens on the connection's loop.
public final class WebTransportSession: TransportSession {
    public var delegate: (any TransportSessionDelegate)?
    /// Asked directly by the connection once the session stands: nothing lies between them.
    public var sendSource: (any SendSource)?
    public private(set) var negotiated: NegotiatedProtocol?
    public var isServer: Bool { connection.isServer }

    let connection: any WebTransportCarrier

    init(serving connection: any WebTransportCarrier, configuration: WebTransportConfiguration) {
        self.connection = connection
    }

    /// Opens a session over a new connection whose ALPN is `h3`, before or after its handshake.
    ///
    /// - Parameters:
    ///   - authority: host and port, as `:authority`.
    ///   - path: begins with `/`; may carry a query.
    ///   - origin: only for clients that act for a web page.
    ///   - configuration: its `protocols` are offered, the best first.
    ///
    /// The session becomes the connection's delegate. `transportEstablished` follows a 2xx answer;
    /// `transportClosed(.refused(status:))` any other.
    public static func connect(
        over connection: any WebTransportCarrier, authority: String, path: String, origin: String? = nil,
        configuration: WebTransportConfiguration
    ) -> WebTransportSession {
        WebTransportSession(serving: connection, configuration: configuration)
    }

    public func openStream(_ direction: StreamDirection) -> StreamID? { nil }
    public func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {}
    public func resetStream(_ stream: StreamID, code: UInt64) {}
    public func stopSending(_ stream: StreamID, code: UInt64) {}
    public func consumed(_ stream: StreamID, byteCount: Int) {}
    public var maximumDatagramByteCount: Int { 0 }
    public func wantsToSend() {}
    public func close(code: UInt64, reason: String) {}
}
