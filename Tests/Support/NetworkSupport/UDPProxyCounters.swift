/// What happened in one direction of a `UDPProxy` so far, in datagrams.
public struct UDPProxyCounters: Sendable, Equatable {
    public var received = 0
    public var forwarded = 0
    public var lost = 0
    public var duplicated = 0
    public var reordered = 0
    /// Dropped at the bottleneck, for their size, or because the proxy itself was full.
    public var dropped = 0
    public var receivedByteCount = 0

    public init() {}
}
