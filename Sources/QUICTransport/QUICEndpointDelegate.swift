/// Told by a `QUICEndpoint` about new connections, on its loop.
public protocol QUICEndpointDelegate: AnyObject {
    /// A client's handshake is complete and its ALPN known (`connection.negotiated`). Set
    /// `connection.delegate` (and `sendSource`) here; `transportEstablished` follows at once.
    func connectionAccepted(_ connection: QUICConnection)
}
