import Containers
import MOQTModel

@testable import RelayCore

/// A byte layout that says everything twice, so that a reader can check it: marker, first-on-stream flag,
/// object id, difference to the object before, payload length, status, property length and properties.
final class TestEncoding: ObjectEncoding {
    static let native = WireShape(rawValue: 1)
    static let foreign = WireShape(rawValue: 2)
    /// Has no word for objects that do not exist, and cannot say object ids above 1000.
    static let narrow = WireShape(rawValue: 3)

    private var writer = SlabWriter(slabCapacity: 64 * 1024)
    private(set) var callCount = 0

    func objectHeader(
        previousObjectID: UInt64?, _ header: ObjectHeader, hasProperties: Bool, shape: WireShape
    ) -> Payload {
        callCount += 1
        if shape == Self.narrow, header.status == .doesNotExist || header.objectID > 1000 { return Payload() }
        return writer.copy(Self.encode(previousObjectID: previousObjectID, header, shape: shape))
    }

    /// Properties are pairs of bytes here: type and value.
    func integerProperty(_ type: UInt64, in block: PropertyBlock) -> UInt64? {
        let bytes = block.bytes.bytes
        for index in stride(from: 0, to: bytes.count - 1, by: 2) where UInt64(bytes[index]) == type {
            return UInt64(bytes[index + 1])
        }
        return nil
    }

    static func encode(previousObjectID: UInt64?, _ header: ObjectHeader, shape: WireShape) -> [UInt8] {
        var bytes: [UInt8] = [0xA0 | shape.rawValue, previousObjectID == nil ? 1 : 0]
        put(header.objectID, &bytes)
        put(header.objectID &- (previousObjectID ?? 0), &bytes)
        put(header.payloadByteCount, &bytes)
        bytes.append(header.status.rawValue)
        let properties = header.properties?.bytes.bytes ?? []
        bytes.append(UInt8(properties.count))
        return bytes + properties
    }

    private static func put(_ value: UInt64, _ bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
