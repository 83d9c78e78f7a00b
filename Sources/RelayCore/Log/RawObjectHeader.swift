import Containers
import MOQTModel

/// An object header as it arrived, so that subscribers of the same shape get the very bytes and the image
/// can join them with the payload behind them.
public struct RawObjectHeader: Sendable {
    /// The whole header, from the object id to the byte before the payload.
    public var bytes: Payload
    public var shape: WireShape

    public init(bytes: Payload, shape: WireShape) {
        self.bytes = bytes
        self.shape = shape
    }
}
