import Containers
import MOQTModel
import RelayCore

/// Object headers of eight bytes, written into one slab after the other.
final class FixedEncoding: ObjectEncoding {
    static let shape = WireShape(rawValue: 1)
    private var writer = SlabWriter()

    func objectHeader(
        previousObjectID: UInt64?, _ header: ObjectHeader, hasProperties: Bool, shape: WireShape
    ) -> Payload {
        withUnsafeBytes(of: header.objectID.bigEndian) { writer.copy($0) }
    }

    func integerProperty(_ type: UInt64, in block: PropertyBlock) -> UInt64? { nil }
}
