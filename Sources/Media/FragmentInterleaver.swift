/// Orders fragments of several tracks by decode time, waiting only a bounded while for a slow track.
public struct FragmentInterleaver: Sendable {
    private struct Entry {
        var track: Int
        var nanoseconds: UInt64
        var arrival: UInt64
        var bytes: [UInt8]
    }

    private var queues: [[Entry]]
    private var ended: [Bool]
    private var queuedByteCount = 0
    /// Decode time of the newest fragment of each track, in nanoseconds.
    private var newest: [UInt64?]

    /// Milliseconds that a fragment waits at most for the other tracks.
    public let patience: UInt64
    /// Nanoseconds by which a fragment may overtake another track's: less than any player's buffer, more than
    /// live tracks drift apart, so that nothing waits in the usual case.
    public static let tolerance: UInt64 = 200_000_000
    /// Bytes that may wait.
    public static let maximumByteCount = 32 * 1024 * 1024

    public init(trackCount: Int, patience: UInt64 = 1000) {
        queues = Array(repeating: [], count: trackCount)
        ended = Array(repeating: false, count: trackCount)
        newest = Array(repeating: nil, count: trackCount)
        self.patience = patience
    }

    /// `decodeTime` counts in `timescale` units per second.
    public mutating func push(
        _ bytes: [UInt8], track: Int, decodeTime: UInt64, timescale: UInt32, nowMilliseconds: UInt64
    ) {
        let scale = UInt64(max(timescale, 1))
        let (seconds, rest) = decodeTime.quotientAndRemainder(dividingBy: scale)
        let nanoseconds = (seconds &* 1_000_000_000) &+ (rest &* 1_000_000_000) / scale
        queues[track].append(
            Entry(track: track, nanoseconds: nanoseconds, arrival: nowMilliseconds, bytes: bytes))
        queuedByteCount += bytes.count
        newest[track] = nanoseconds
    }

    /// Nothing more comes from this track.
    public mutating func end(track: Int) { ended[track] = true }

    /// The next fragment that may be written; nil when it is better to wait.
    public mutating func pop(nowMilliseconds: UInt64) -> (bytes: [UInt8], track: Int)? {
        var best: Entry?
        for queue in queues {
            guard let head = queue.first else { continue }
            if best.map({ head.nanoseconds < $0.nanoseconds }) ?? true { best = head }
        }
        guard let entry = best else { return nil }
        let everyTrackIsHeard = queues.indices.allSatisfy { track in
            if !queues[track].isEmpty || ended[track] { return true }
            guard let last = newest[track] else { return false }
            return entry.nanoseconds <= last &+ Self.tolerance || last > entry.nanoseconds
        }
        let oldest = queues.compactMap(\.first?.arrival).min() ?? entry.arrival
        let isLate = nowMilliseconds >= oldest && nowMilliseconds - oldest >= patience
        guard everyTrackIsHeard || isLate || queuedByteCount > Self.maximumByteCount else { return nil }
        queues[entry.track].removeFirst()
        queuedByteCount -= entry.bytes.count
        return (entry.bytes, entry.track)
    }
}
