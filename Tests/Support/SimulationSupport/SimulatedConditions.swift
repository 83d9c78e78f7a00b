/// How a simulated path behaves. Both directions alike.
public struct SimulatedConditions: Sendable {
    /// Nanoseconds one way.
    public var latency: UInt64 = 10_000_000
    /// Nanoseconds added at random per segment; different streams overtake each other by it.
    public var jitter: UInt64 = 0
    /// Segments that are lost once, out of 1000: they (and what follows on their stream) come two latencies
    /// later.
    public var lossPerMille = 0
    /// Datagrams that never arrive, out of 1000.
    public var datagramLossPerMille = 0
    /// Stream bytes arrive in random pieces of at most this size.
    public var maximumSegmentByteCount = 1200
    /// Pieces are of random size (else as large as allowed).
    public var splitsAtRandom = false
    /// Streams that each side may have open at once, per direction; credit returns as streams close.
    public var bidirectionalStreamCredit = 100
    public var unidirectionalStreamCredit = 1000
    /// Bytes of a stream that the receiver may leave unconsumed.
    public var streamWindow = 1 << 20
    /// Bytes per millisecond that leave a side; nil = no limit. `sendSource` is asked packet by packet.
    public var bytesPerMillisecond: Int?
    public var maximumDatagramByteCount = 1200

    public init() {}

    /// A path that does everything that a path may do: jitter, loss, pieces down to one byte, little credit.
    public static var hostile: SimulatedConditions {
        var conditions = SimulatedConditions()
        conditions.jitter = 20_000_000
        conditions.lossPerMille = 50
        conditions.datagramLossPerMille = 50
        conditions.maximumSegmentByteCount = 64
        conditions.splitsAtRandom = true
        conditions.bidirectionalStreamCredit = 4
        conditions.unidirectionalStreamCredit = 4
        conditions.streamWindow = 4096
        return conditions
    }
}
