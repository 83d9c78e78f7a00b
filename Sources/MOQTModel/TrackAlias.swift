/// The number that stands for a track on data streams of one session, chosen by the publisher.
public struct TrackAlias: Hashable, Sendable, BitwiseCopyable {
    public var value: UInt64
    @inlinable public init(_ value: UInt64) { self.value = value }
}
