/// Names a byte layout of a subgroup's objects. Two drafts that write objects alike have the same shape, and
/// subscribers on them share one image of the bytes. Only MOQTWire knows what a shape looks like.
public struct WireShape: Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
}
