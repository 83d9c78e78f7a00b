/// How a byte stream (a file, a pipe) becomes objects and back.
public enum Framing: String, CaseIterable, Sendable {
    /// One object per line; the newline is not part of it.
    case lines
    /// Each object behind its length: 4 bytes, big-endian.
    case length
    /// Fragmented MP4: one track per media track, described by a catalog; one object per fragment.
    case fmp4
    /// Chunks of any bytes: what goes in comes out.
    case raw

    /// The bytes that stand for one object in this framing's output. `fmp4` output has a writer of its own
    /// (`FragmentedMP4Writer`); here its objects pass unchanged.
    public func encoded(_ object: [UInt8]) -> [UInt8] {
        switch self {
        case .lines:
            return object + [UInt8(ascii: "\n")]
        case .length:
            let count = UInt32(truncatingIfNeeded: object.count)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + object
        case .fmp4, .raw:
            return object
        }
    }
}
