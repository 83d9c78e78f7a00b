/// Names a FETCH of the relay's to a publisher; never used twice.
public struct UpstreamFetchID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var value: UInt64

    @inlinable public init(_ value: UInt64) { self.value = value }
    @inlinable public static func < (a: UpstreamFetchID, b: UpstreamFetchID) -> Bool { a.value < b.value }
}
