/// The server's side of WebTransport.
public enum WebTransportServer {
    /// Serves one WebTransport session on a new connection whose ALPN is `h3`, before its
    /// `transportEstablished`: where a QUIC endpoint reports the connection is the place.
    ///
    /// The session becomes the connection's delegate and lives until the connection has closed. Set its own
    /// `delegate` at once: `transportEstablished` follows when a client's CONNECT has been accepted. A client
    /// that never asks for a session ends with the connection's idle timeout.
    public static func accept(
        on connection: any WebTransportCarrier, configuration: WebTransportConfiguration
    ) -> WebTransportSession {
        WebTransportSession(over: connection, role: .server, configuration: configuration)
    }
}
