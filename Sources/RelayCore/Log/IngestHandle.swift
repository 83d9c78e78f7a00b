/// Identifies a publisher's session (or the feed of another shard) to a log.
public typealias SourceID = UInt32

/// One source's subgroup stream inside a `TrackLog`. A handle that has ended is ignored wherever it is used.
public struct IngestHandle: Hashable, Sendable, BitwiseCopyable {
    var slot: UInt32
    var generation: UInt32

    /// A handle that no log knows: everything done with it is ignored.
    public static let none = IngestHandle(slot: .max, generation: 0)
}
