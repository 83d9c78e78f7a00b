import Containers
import MOQTModel

/// Rewrites property blocks from one shape into another (draft-18 section 2.5).
///
/// IMMUTABLE_PROPERTIES (0x0B) holds a block of its own, which is rewritten too. That breaks a signature over
/// its bytes, but a receiver could not read them otherwise.
public enum PropertyTranscoder {
    /// Appends the length and the bytes of `block` in `shape`; nil is an empty block.
    public static func writeBlock(
        _ block: PropertyBlock?, _ shape: WireShape, into writer: inout WireWriter
    ) throws(WireError) {
        guard let block, !block.bytes.isEmpty else { return try writer.varint(0) }
        if block.shape == shape {
            try writer.varint(UInt64(block.bytes.count))
            block.bytes.withUnsafeBytes { writer.raw($0) }
            return
        }
        let bytes = try transcode(block, to: shape)
        try writer.varint(UInt64(bytes.count))
        writer.raw(bytes)
    }

    /// The pairs of a block. Throws a violation for bytes that are no pairs.
    public static func properties(_ block: PropertyBlock) throws(WireError) -> [Property] {
        let shape = block.shape
        return try block.bytes.withUnsafeBytes { (bytes) throws(WireError) in try pairs(bytes, shape) }
    }

    /// The integer of the first property of this even type: of the mutable ones, then of those in
    /// IMMUTABLE_PROPERTIES (draft-19 section 11.7). nil when there is none, or the block cannot be read.
    public static func integer(_ type: UInt64, in block: PropertyBlock) -> UInt64? {
        block.bytes.withUnsafeBytes { bytes in
            do throws(WireError) { return try integer(type, bytes, block.shape, isImmutable: false) } catch {
                return nil
            }
        }
    }

    private static func integer(
        _ type: UInt64, _ bytes: UnsafeRawBufferPointer, _ shape: WireShape, isImmutable: Bool
    ) throws(WireError) -> UInt64? {
        var reader = WireReader(bytes, varint: shape.varint)
        var types = PairTypes(areDeltas: shape.propertyTypesAreDeltas)
        var immutable: UnsafeRawBufferPointer?
        while !reader.isAtEnd {
            let found = try types.decode(try reader.varint())
            guard found & 1 == 1 else {
                let value = try reader.varint()
                if found == type { return value }
                continue
            }
            let value = try reader.lengthPrefixed(limit: WireLimit.keyValue, "value over 65535 bytes")
            if found == ParameterType.immutableProperties { immutable = value }
        }
        guard !isImmutable, let immutable else { return nil }
        return try integer(type, immutable, shape, isImmutable: true)
    }

    /// A block with these pairs, sorted where types are differences.
    public static func block(_ properties: [Property], _ shape: WireShape) throws(WireError) -> PropertyBlock
    {
        var writer = WireWriter(varint: shape.varint)
        try writer.pairs(properties, areDeltas: shape.propertyTypesAreDeltas)
        guard writer.count <= WireLimit.propertyBlock else {
            throw .notExpressible("property block over 65536 bytes")
        }
        return PropertyBlock(bytes: Payload(writer.bytes), shape: shape)
    }

    /// The pairs of bytes that stand in a message, or inside another property.
    static func properties(_ bytes: [UInt8], in shape: WireShape) throws(WireError) -> [Property] {
        try bytes.withBytes { (raw) throws(WireError) in try pairs(raw, shape) }
    }

    static func transcode(
        _ bytes: [UInt8], from: WireShape, to shape: WireShape
    ) throws(WireError) -> [UInt8] {
        var writer = WireWriter(varint: shape.varint)
        try writer.pairs(try properties(bytes, in: from), areDeltas: shape.propertyTypesAreDeltas)
        return writer.bytes
    }

    static func transcode(_ block: PropertyBlock, to shape: WireShape) throws(WireError) -> [UInt8] {
        try properties(block).transcodedPairs(from: block.shape, to: shape)
    }

    fileprivate static func pairs(
        _ bytes: UnsafeRawBufferPointer, _ shape: WireShape
    ) throws(WireError) -> [Property] {
        var reader = WireReader(bytes, varint: shape.varint)
        var types = PairTypes(areDeltas: shape.propertyTypesAreDeltas)
        var properties: [Property] = []
        do throws(WireError) {
            while !reader.isAtEnd {
                let type = try types.decode(try reader.varint())
                properties.append(Property(type: type, value: try reader.pairValue(type: type)))
            }
        } catch {
            if case .needMore = error { throw .protocolViolation("property block cut short") }
            throw error
        }
        return properties
    }
}

extension [Property] {
    /// The bytes of these pairs in `shape`, with the pairs inside IMMUTABLE_PROPERTIES rewritten.
    fileprivate func transcodedPairs(from: WireShape, to shape: WireShape) throws(WireError) -> [UInt8] {
        var rewritten = self
        for index in rewritten.indices {
            guard rewritten[index].type == ParameterType.immutableProperties,
                case .bytes(let inner) = rewritten[index].value
            else { continue }
            // Never nested: one level is enough.
            rewritten[index].value = .bytes(try PropertyTranscoder.transcode(inner, from: from, to: shape))
        }
        var writer = WireWriter(varint: shape.varint)
        try writer.pairs(rewritten, areDeltas: shape.propertyTypesAreDeltas)
        guard writer.count <= WireLimit.propertyBlock else {
            throw .notExpressible("property block over 65536 bytes")
        }
        return writer.bytes
    }
}
