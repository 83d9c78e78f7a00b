import Containers
import MOQTModel

/// Writes object headers of a subgroup body. RelayCore cannot see a byte layout; MOQTWire knows it.
///
/// Called once per object and shape, whatever the number of subscribers.
public protocol ObjectEncoding: AnyObject {
    /// The bytes in front of an object's payload: id, properties, length, status.
    ///
    /// - Parameters:
    ///   - previousObjectID: the object before it on the same stream; nil when it is the stream's first.
    ///   - hasProperties: whether the stream's header promised a property block on every object.
    /// - Returns: the bytes, or an empty payload when the shape cannot say this object (its streams are
    ///   then reset with `internalError`).
    func objectHeader(
        previousObjectID: UInt64?, _ header: ObjectHeader, hasProperties: Bool, shape: WireShape
    ) -> Payload

    /// The integer of the first property of this type, which is even, among the mutable and then the immutable
    /// ones; nil when the block has none.
    ///
    /// Called once per object and subscribed filter, whatever the number of subscribers.
    func integerProperty(_ type: UInt64, in block: PropertyBlock) -> UInt64?
}
