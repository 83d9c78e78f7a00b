/// The server's side of WebTransport.
public enum WebTransportServer {
    /// Serves one WebTransport session on a new connection whose ALPN is `h3`, before or after its handshake.
    ///
    /// The session becomes the connection's delegate. Set its own `delegate` at once: `transportEstablished`
    /// follows when the client's CONNECT has been accepted.
    public static func accept(
        on connection: any WebTransportCarrier, configuration: WebTransportConfiguration
    ) -> WebTransportSession {
        WebTransportSession(serving: connection, configuration: configuration)
    }
}
