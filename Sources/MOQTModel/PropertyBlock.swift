import Containers

/// An object's properties as the bytes in which they arrived, without the length in front. Re-encoded only
/// for subscribers whose draft writes properties in another shape.
public struct PropertyBlock: Equatable, Sendable {
    public var bytes: Payload
    public var shape: WireShape
    @inlinable public init(bytes: Payload, shape: WireShape) {
        self.bytes = bytes
        self.shape = shape
    }
}
