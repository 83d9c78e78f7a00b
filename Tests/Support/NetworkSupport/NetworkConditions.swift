/// What one direction of a `UDPProxy` does to the datagrams that pass.
public struct NetworkConditions: Sendable, Equatable {
    /// Datagrams of 100 that disappear.
    public var lossPercent: Double = 0
    /// Datagrams of 100 that arrive twice; the copy draws its own jitter.
    public var duplicatePercent: Double = 0
    /// Added to every datagram, milliseconds.
    public var delayMilliseconds: Int = 0
    /// An extra delay, uniform between 0 and this many milliseconds; neighbours overtake each other.
    public var jitterMilliseconds: Int = 0
    /// Datagrams of 100 that are held back by `reorderMilliseconds`, so that the ones behind them overtake.
    public var reorderPercent: Double = 0
    /// How long a reordered datagram is held back, milliseconds.
    public var reorderMilliseconds: Int = 5
    /// Larger datagrams disappear, as in a path with a smaller MTU and no ICMP; nil is no limit.
    public var maximumDatagramByteCount: Int?
    /// The bottleneck's rate; nil is no limit.
    public var bytesPerSecond: Int?
    /// How much waits before the bottleneck; more is dropped at the tail.
    public var queueByteCount: Int = 64 * 1024

    public init() {}

    public init(
        lossPercent: Double = 0, duplicatePercent: Double = 0, delayMilliseconds: Int = 0,
        jitterMilliseconds: Int = 0, reorderPercent: Double = 0
    ) {
        self.lossPercent = lossPercent
        self.duplicatePercent = duplicatePercent
        self.delayMilliseconds = delayMilliseconds
        self.jitterMilliseconds = jitterMilliseconds
        self.reorderPercent = reorderPercent
    }

    /// A path that changes nothing.
    public static let perfect = NetworkConditions()
    /// A path that loses everything.
    public static let blackHole = NetworkConditions(lossPercent: 100)
}
