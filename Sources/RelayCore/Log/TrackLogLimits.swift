/// What one track may keep in memory.
public struct TrackLogLimits: Hashable, Sendable {
    /// Bytes of payload and bookkeeping kept in all groups together.
    public var byteCount = 32 * 1024 * 1024
    /// Finished groups that are always kept behind the newest one, whatever their age.
    public var finishedGroupCount = 3
    /// Nanoseconds for which a group behind the newest is kept at least, as long as bytes and groups allow it.
    public var minimumAgeNanoseconds: UInt64 = 5_000_000_000
    /// Groups kept at most.
    public var groupCount = 1024
    /// Subgroups kept at most, of all groups together.
    public var subgroupCount = 4096
    /// Subgroup streams that all sources together may have open; further ones are ignored.
    public var openStreamCount = 4096
    /// Nanoseconds for which an open subgroup waits for another source when its last one is gone.
    public var orphanGraceNanoseconds: UInt64 = 2_000_000_000
    /// Datagrams kept for readers that are behind (a power of two).
    public var datagramCount = 256

    public init() {}
}
