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

    /// Milliseconds that a fragment waits at most for the other tracks.
    public let patience: UInt64
    /// Bytes that may wait.
    public static let maximumByteCount = 32 * 1024 * 1024

    public init(trackCount: Int, patience: UInt64 = 1000) {
        queues = Array(repeating: [], count: trackCount)
        ended = Array(repeating: false, count: trackCount)
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
    }

    /// Nothing more comes from this track.
    public mutating func end(track: Int) { ended[track] = true }

    /// The next fragment that may be written; nil when it is better to wait.
    public mutating func pop(nowMilliseconds: UInt64) -> (bytes: [UInt8], track: Int)? {
        var best: Entry?
        var everyTrackIsHeard = true
        for (track, queue) in queues.enumerated() {
            guard let head = queue.first else {
                if !ended[track] { everyTrackIsHeard = false }
                continue
            }
            if best == nil || head.nanoseconds < best?.nanoseconds ?? 0 { best = head }
        }
        guard let entry = best else { return nil }
        let oldest = queues.compactMap(\.first?.arrival).min() ?? entry.arrival
        let isLate = nowMilliseconds >= oldest && nowMilliseconds - oldest >= patience
        guard everyTrackIsHeard || isLate || queuedByteCount > Self.maximumByteCount else { return nil }
        queues[entry.track].removeFirst()
        queuedByteCount -= entry.bytes.count
        return (entry.bytes, entry.track)
    }
}
