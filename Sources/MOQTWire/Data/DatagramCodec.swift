import Containers
import MOQTModel

/// Object datagrams of one draft (draft-18 section 11.3).
public struct DatagramCodec: Sendable {
    private enum Bit {
        static let properties: UInt64 = 0x01
        static let endOfGroup: UInt64 = 0x02
        static let objectIDIsZero: UInt64 = 0x04
        static let defaultPriority: UInt64 = 0x08
        static let status: UInt64 = 0x20
    }
    private static let paddingType: UInt64 = 0x132B_3E29

    private let rules: DraftRules

    public init(_ rules: DraftRules) { self.rules = rules }

    /// Decodes one datagram; its payload and properties are slices of `bytes`. Throws with the session's
    /// scope; a datagram that is cut short is a violation.
    public func decode(_ bytes: Payload) throws(WireError) -> Datagram {
        let rules = rules
        let found: (ObjectDatagram, properties: Range<Int>, payload: Int)?
        do throws(WireError) {
            found = try bytes.withUnsafeBytes { (raw) throws(WireError) in
                try Self.object(raw, rules)
            }
        } catch {
            if case .needMore = error { throw .datagramCutShort }
            throw error
        }
        guard case (var object, let properties, let payload)? = found else { return .padding }
        if !properties.isEmpty {
            object.properties = PropertyBlock(
                bytes: bytes.slice(from: properties.lowerBound, count: properties.count),
                shape: rules.bodyShape)
        }
        object.payload = bytes.slice(from: payload)
        return .object(object)
    }

    private static func object(
        _ bytes: UnsafeRawBufferPointer, _ rules: DraftRules
    ) throws(WireError) -> (ObjectDatagram, properties: Range<Int>, payload: Int)? {
        var reader = WireReader(bytes, varint: rules.varint)
        let type = try reader.varint()
        if rules.hasPadding, type == paddingType { return nil }
        let isStatus = type & Bit.status != 0
        guard type & ~(isStatus ? rules.datagramStatusBits : rules.datagramPayloadBits) == 0 else {
            throw .unknownDatagram
        }
        let alias = TrackAlias(try reader.varint())
        let group = try reader.varint()
        let objectID = type & Bit.objectIDIsZero != 0 ? 0 : try reader.varint()
        var object = ObjectDatagram(alias: alias, location: Location(group: group, object: objectID))
        object.endOfGroup = type & Bit.endOfGroup != 0
        if type & Bit.defaultPriority == 0 { object.priority = try reader.u8() }
        var properties = 0..<0
        if type & Bit.properties != 0 {
            properties = try reader.propertyBlock()
            guard !properties.isEmpty else { throw .protocolViolation("empty property block in a datagram") }
        }
        if isStatus {
            object.status = try reader.objectStatus(
                rules, hasProperties: !properties.isEmpty,
                tolerated: rules.missingDatagramsWithPropertiesAreTolerated ? .doesNotExist : nil)
            try reader.finish()
        }
        return (object, properties, reader.position)
    }

    /// Everything before the payload, for senders that pass the payload on by reference.
    ///
    /// `defaultPriority` is written where the draft has no "default" bit and the object names no priority.
    public func encodeHeader(
        _ object: ObjectDatagram, alias: TrackAlias, defaultPriority: UInt8 = TrackProperties.defaultPriority,
        into writer: inout WireWriter
    ) throws(WireError) {
        let isStatus = object.status != .normal
        let bits = isStatus ? rules.datagramStatusBits : rules.datagramPayloadBits
        var type: UInt64 = isStatus ? Bit.status : 0
        let properties = rules.mayHaveProperties(object.status) ? object.properties : nil
        if let properties, !properties.bytes.isEmpty { type |= Bit.properties }
        // With a status the bit is not allowed; end of group is a status of its own there.
        if object.endOfGroup { type |= Bit.endOfGroup & bits }
        if object.location.object == 0 { type |= Bit.objectIDIsZero & bits }
        if object.priority == nil { type |= Bit.defaultPriority & bits }
        try encodeHeader(object, type: type, alias: alias, defaultPriority: defaultPriority, into: &writer)
    }

    /// The same with a type of the caller's choice, which must be one that the draft defines and that fits
    /// the object.
    public func encodeHeader(
        _ object: ObjectDatagram, type: UInt64, alias: TrackAlias,
        defaultPriority: UInt8 = TrackProperties.defaultPriority, into writer: inout WireWriter
    ) throws(WireError) {
        guard type & Bit.status == 0 || object.payload.isEmpty else {
            throw .notExpressible("status with a payload")
        }
        if object.status == .doesNotExist, !rules.hasDoesNotExistStatus {
            throw .notExpressible("object status")
        }
        try writer.varint(type)
        try writer.varint(alias.value)
        try writer.varint(object.location.group)
        if type & Bit.objectIDIsZero == 0 { try writer.varint(object.location.object) }
        if type & Bit.defaultPriority == 0 { writer.u8(object.priority ?? defaultPriority) }
        if type & Bit.properties != 0 {
            try PropertyTranscoder.writeBlock(object.properties, rules.bodyShape, into: &writer)
        }
        if type & Bit.status != 0 { try writer.varint(UInt64(object.status.rawValue)) }
    }

    /// The whole datagram.
    public func encode(_ object: ObjectDatagram, alias: TrackAlias) throws(WireError) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint, reserving: 40 + object.payload.count)
        try encodeHeader(object, alias: alias, into: &writer)
        object.payload.withUnsafeBytes { writer.raw($0) }
        return writer.bytes
    }
}
