import Containers

/// Stub, replaced in the next commit; the public signatures stay.
public final class QUICEndpoint {
    /// `configuration.serverIdentity` makes it a server; it can always connect out.
    public init(loop: EventLoop, bind: SocketAddress, configuration: QUICConfiguration) throws(TransportError)
    {
        localAddress = bind
    }
    /// With the real port.
    public let localAddress: SocketAddress
    public weak var delegate: (any QUICEndpointDelegate)?
    public var statistics: QUICStatistics { QUICStatistics() }
    public var connectionCount: Int { 0 }

    /// Starts a connection; the outcome arrives at the connection's delegate, which the caller sets at once.
    public func connect(to address: SocketAddress, serverName: String, configuration: QUICConfiguration)
        throws(TransportError) -> QUICConnection
    { QUICConnection() }
    /// Resolves `host` off the loop and tries its addresses in order.
    public func connect(toHost host: String, port: UInt16, configuration: QUICConfiguration)
        throws(TransportError) -> QUICConnection
    { QUICConnection() }
    /// Accepts nothing more; existing connections go on.
    public func stopAccepting() {}
    /// Closes every connection with `code` and calls `completion` when the last closing period is over.
    public func close(code: UInt64 = 0, reason: String = "", completion: (() -> Void)? = nil) {}
}
