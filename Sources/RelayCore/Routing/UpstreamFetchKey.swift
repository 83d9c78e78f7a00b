import MOQTModel

/// What makes two FETCHes of the relay the same.
public struct UpstreamFetchKey: Hashable, Sendable {
    public var name: FullTrackName
    public var range: FetchRange
    public var order: GroupOrder
    /// So many groups back from the end of the track, whatever `range` says; 1 is the newest alone.
    public var groupCount: UInt64?

    /// What a reader asked for by name.
    public var target: FetchTarget { groupCount.map { .tail(name, groupCount: $0) } ?? .name(name) }
}
