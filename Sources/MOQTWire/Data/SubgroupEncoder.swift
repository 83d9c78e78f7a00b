import Containers
import MOQTModel

/// Writes subgroup streams (draft-18 section 11.4.2).
public enum SubgroupEncoder {
    /// The stream's first bytes. `defaultPriority` is written where the draft has no "default" bit and the
    /// header names no priority.
    public static func header(
        _ header: SubgroupHeader, alias: TrackAlias, _ rules: DraftRules,
        defaultPriority: UInt8 = TrackProperties.defaultPriority
    ) throws(WireError) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint, reserving: 40)
        var type = SubgroupType.base
        if header.hasProperties { type |= SubgroupType.hasProperties }
        if header.endOfGroup { type |= SubgroupType.endOfGroup }
        if header.firstObject { type |= SubgroupType.firstObject & rules.subgroupTypeBits }
        let priority =
            header.priority
            ?? (rules.subgroupTypeBits & SubgroupType.defaultPriority == 0 ? defaultPriority : nil)
        if priority == nil { type |= SubgroupType.defaultPriority }
        switch header.subgroup {
        case .explicit(0): break
        case .explicit: type |= SubgroupType.idIsExplicit
        case .firstObjectID: type |= SubgroupType.idIsFirstObject
        }
        try writer.varint(type)
        try writer.varint(alias.value)
        try writer.varint(header.group)
        if case .explicit(let id) = header.subgroup, id != 0 { try writer.varint(id) }
        if let priority { writer.u8(priority) }
        return writer.bytes
    }

    /// Appends an object's header to `writer`, whose integers must be those of `shape`. The payload follows.
    ///
    /// With `hasProperties` an object without properties gets an empty block; without it they are left out.
    /// Properties of an object that is not normal are left out unless `keepsStatusProperties`: only the oldest
    /// drafts allow them.
    public static func objectHeader(
        previousObjectID: UInt64?, _ header: ObjectHeader, hasProperties: Bool, shape: WireShape,
        keepsStatusProperties: Bool = false, into writer: inout WireWriter
    ) throws(WireError) {
        // The drafts with differences of types are those without this status: their receivers close the session.
        guard header.status != .doesNotExist || !shape.propertyTypesAreDeltas else {
            throw .notExpressible("object status")
        }
        guard header.status == .normal || header.payloadByteCount == 0 else {
            throw .notExpressible("status with a payload")
        }
        if let previousObjectID {
            guard header.objectID > previousObjectID else { throw .notExpressible("object ids out of order") }
            try writer.varint(header.objectID - previousObjectID - 1)
        } else {
            try writer.varint(header.objectID)
        }
        if hasProperties {
            try PropertyTranscoder.writeBlock(
                header.status == .normal || keepsStatusProperties ? header.properties : nil, shape,
                into: &writer)
        }
        try writer.varint(header.payloadByteCount)
        if header.payloadByteCount == 0 { try writer.varint(UInt64(header.status.rawValue)) }
    }
}
