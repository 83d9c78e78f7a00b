/// Bounds on what a peer can make a session keep.
public struct SessionLimits: Hashable, Sendable {
    /// Requests of the peer that are open at once; more are refused with EXCESSIVE_LOAD.
    public var openIncomingRequests = 4096
    /// Requests of ours that wait for the peer's credit or for a stream.
    public var waitingOutgoingRequests = 4096
    /// Data streams whose alias is not known yet, and the bytes kept of each and of all.
    public var heldStreams = 256
    public var heldBytesPerStream = 256 * 1024
    public var heldBytes = 4 * 1024 * 1024
    public var heldDatagrams = 256
    /// Milliseconds that data may precede its alias.
    public var holdTime: UInt64 = 3_000
    /// Request streams that arrived before SETUP, and their bytes together.
    public var earlyStreams = 128
    public var earlyBytes = 256 * 1024
    /// Namespaces remembered per SUBSCRIBE_NAMESPACE of ours.
    public var namespacesPerRequest = 65_536
    /// Data streams open at once.
    public var openDataStreams = 16_384

    public init() {}
}
