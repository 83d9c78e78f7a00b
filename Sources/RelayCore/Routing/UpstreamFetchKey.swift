import MOQTModel

/// What makes two FETCHes of the relay the same.
public struct UpstreamFetchKey: Hashable, Sendable {
    public var name: FullTrackName
    public var range: FetchRange
    public var order: GroupOrder
}
