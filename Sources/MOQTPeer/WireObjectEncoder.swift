import Containers
import MOQTModel
import MOQTWire
import RelayCore

/// Lends MOQTWire's object headers to RelayCore, which cannot see a byte layout: one per shard, called once
/// per object and wire shape.
public final class WireObjectEncoder: ObjectEncoding {
    /// One writer per shape that has been asked for; there are never more than a few.
    private var writers: [(shape: WireShape, writer: WireWriter)] = []
    private var slab = SlabWriter()

    public init() {}

    public func objectHeader(
        previousObjectID: UInt64?, _ header: ObjectHeader, hasProperties: Bool, shape: WireShape
    ) -> Payload {
        let index = writerIndex(for: shape)
        writers[index].writer.removeAll()
        do throws(WireError) {
            try SubgroupEncoder.objectHeader(
                previousObjectID: previousObjectID, header, hasProperties: hasProperties, shape: shape,
                into: &writers[index].writer)
        } catch {
            return Payload()
        }
        return slab.copy(writers[index].writer.bytes)
    }

    public func integerProperty(_ type: UInt64, in block: PropertyBlock) -> UInt64? {
        PropertyTranscoder.integer(type, in: block)
    }

    private func writerIndex(for shape: WireShape) -> Int {
        for index in writers.indices where writers[index].shape == shape { return index }
        writers.append((shape, WireWriter(varint: shape.varint, reserving: 256)))
        return writers.count - 1
    }
}
