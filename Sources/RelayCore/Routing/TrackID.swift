/// Stands for a track inside the relay process: after a request is routed, no name is hashed or compared again.
///
/// Given out by `Relay`; names one life of a track (a track that ended and comes back has another id) and is
/// used again only after more than four thousand million others.
public struct TrackID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var value: UInt32

    @inlinable public init(_ value: UInt32) { self.value = value }
    @inlinable public static func < (a: TrackID, b: TrackID) -> Bool { a.value < b.value }
}
