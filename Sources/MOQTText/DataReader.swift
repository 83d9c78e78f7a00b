import Containers
import MOQTModel
import MOQTWire

/// Turns the fields of `DataText` back into bytes.
///
/// Where a type or flags are given they are written as they stand, whether or not they are our own choice.
public struct DataReader: Sendable {
    let rules: DraftRules
    private let order: GroupOrder
    private var text: DataText { DataText(rules) }

    /// `order` is the one of the fetch; other kinds have none.
    public init(_ rules: DraftRules, order: GroupOrder = .ascending) {
        self.rules = rules
        self.order = order
    }

    // MARK: Subgroups

    public func subgroup(_ object: JSONObject) throws(TextFailure) -> [UInt8] {
        var fields = FieldReader(object, "subgroup")
        fields.ignore("stream_type", "first_object")
        let objects = try fields.objects("objects")
        let endOfGroup = try fields.optionalFlag("end_of_group") ?? false
        let subgroup = try fields.optionalInteger("subgroup_id")
        let priority = try fields.optionalByte("publisher_priority")
        var type: UInt64 = 0x10 | (endOfGroup ? 0x08 : 0) | (priority == nil ? 0x20 : 0)
        if let subgroup, subgroup != 0 { type |= 0x04 }
        if objects.contains(where: { $0.has(text.extensionsField) }) { type |= 0x01 }
        type = try fields.optionalInteger(text.isFirstDialect ? "stream_type_id" : "header_type") ?? type
        var writer = WireWriter(varint: rules.varint)
        do throws(WireError) { try writer.varint(type) } catch { throw TextFailure(error) }
        let alias = try fields.integer("track_alias")
        let group = try fields.integer("group_id")
        try fields.finish()
        try wire { () throws(WireError) in
            try writer.varint(alias)
            try writer.varint(group)
            if type & 0x06 == 0x04 { try writer.varint(subgroup ?? 0) }
            if type & 0x20 == 0 { writer.u8(priority ?? TrackProperties.defaultPriority) }
        }
        var previous: UInt64?
        for var object in objects {
            let (header, payload) = try subgroupObject(&object)
            try wire { () throws(WireError) in
                try SubgroupEncoder.objectHeader(
                    previousObjectID: previous, header, hasProperties: type & 1 != 0, shape: rules.bodyShape,
                    keepsStatusProperties: true, into: &writer)
            }
            writer.raw(payload)
            previous = header.objectID
        }
        return writer.bytes
    }

    private func subgroupObject(
        _ fields: inout FieldReader
    ) throws(TextFailure) -> (ObjectHeader, payload: [UInt8]) {
        fields.ignore("object_id_delta", "payload_length")
        let payload = try fields.optionalBytes(hex: "payload_hex") ?? []
        let header = ObjectHeader(
            objectID: try fields.integer("object_id"), status: try status(text.statusField, &fields),
            payloadByteCount: UInt64(payload.count), properties: try properties(&fields))
        try fields.finish()
        return (header, payload)
    }

    // MARK: Datagrams

    public func datagram(_ object: JSONObject) throws(TextFailure) -> [UInt8] {
        var fields = FieldReader(object, "datagram")
        fields.ignore("stream_type")
        let payload = try fields.optionalBytes(hex: "payload_hex") ?? []
        var datagram = ObjectDatagram(
            alias: TrackAlias(try fields.integer("track_alias")),
            location: Location(
                group: try fields.integer("group_id"), object: try fields.optionalInteger("object_id") ?? 0))
        datagram.priority = try fields.optionalByte("publisher_priority")
        datagram.endOfGroup = try fields.optionalFlag("end_of_group") ?? false
        datagram.status = try status("object_status", &fields)
        datagram.properties = try properties(&fields)
        let type = try fields.optionalInteger(text.isFirstDialect ? "stream_type_id" : "datagram_type")
        try fields.finish()
        let codec = DatagramCodec(rules)
        var writer = WireWriter(varint: rules.varint)
        try wire { () throws(WireError) in
            if let type {
                try codec.encodeHeader(datagram, type: type, alias: datagram.alias, into: &writer)
            } else {
                try codec.encodeHeader(datagram, alias: datagram.alias, into: &writer)
            }
        }
        return writer.bytes + payload
    }

    // MARK: Fetch streams

    public func fetch(_ object: JSONObject) throws(TextFailure) -> [UInt8] {
        var fields = FieldReader(object, "fetch")
        fields.ignore("stream_type")
        let request = RequestID(try fields.integer("request_id"))
        let objects = try fields.objects("objects")
        try fields.finish()
        var encoder = FetchEncoder(rules, order: order)
        var writer = WireWriter(varint: rules.varint)
        try wire { () throws(WireError) in writer.raw(try FetchEncoder.header(request, rules)) }
        for var object in objects {
            let flags = try object.optionalInteger("serialization_flags")
            let location = Location(
                group: try object.integer("group_id"), object: try object.integer("object_id"))
            if let gap = flags.flatMap({ FetchGap(flags: $0) }) {
                try object.finish()
                try wire { () throws(WireError) in
                    try encoder.gap(gap, through: location, into: &writer)
                }
                continue
            }
            let (header, payload) = try fetchObject(location, &object)
            try wire { () throws(WireError) in
                try encoder.objectHeader(header, flags: flags, into: &writer)
            }
            writer.raw(payload)
        }
        return writer.bytes
    }

    private func fetchObject(
        _ location: Location, _ fields: inout FieldReader
    ) throws(TextFailure) -> (FetchObjectHeader, payload: [UInt8]) {
        fields.ignore("payload_length", "extension_headers_length")
        let payload = try fields.optionalBytes(hex: "payload_hex") ?? []
        var header = FetchObjectHeader(
            location: location, subgroup: try fields.optionalInteger("subgroup_id"),
            priority: try fields.optionalByte("publisher_priority") ?? TrackProperties.defaultPriority,
            status: try status(text.statusField, &fields), payloadByteCount: UInt64(payload.count))
        if let bytes = try fields.optionalBytes(hex: "extension_headers_hex") {
            header.properties = PropertyBlock(bytes: Payload(bytes), shape: rules.bodyShape)
        } else {
            header.properties = try properties(&fields)
        }
        try fields.finish()
        return (header, payload)
    }

    // MARK: Parts

    private func wire(_ write: () throws(WireError) -> Void) throws(TextFailure) {
        do throws(WireError) { try write() } catch { throw TextFailure(error) }
    }

    private func status(_ name: String, _ fields: inout FieldReader) throws(TextFailure) -> ObjectStatus {
        guard let byte = try fields.optionalByte(name) else { return .normal }
        guard let status = ObjectStatus(rawValue: byte) else {
            throw fields.failure("'\(name)' is no object status")
        }
        return status
    }

    private func properties(_ fields: inout FieldReader) throws(TextFailure) -> PropertyBlock? {
        var properties: [Property] = []
        if text.isFirstDialect {
            fields.ignore("extension_headers_length")
            for var pair in try fields.objects("extension_headers") {
                let type = try pair.integer("type")
                properties.append(try property(type, pair.value("value"), fields))
                try pair.finish()
            }
        } else if var inner = try fields.optionalObject(text.extensionsField) {
            for (name, value) in inner.rest() {
                let known = DataText.names.first { $0.value == name }?.key
                guard let type = known ?? FieldReader.number(.string(name)) else {
                    throw inner.failure("'\(name)' is no property")
                }
                if case .array(let values) = value {
                    for value in values { properties.append(try property(type, value, inner)) }
                } else {
                    properties.append(try property(type, value, inner))
                }
            }
            properties.sort { $0.type < $1.type }
        }
        guard !properties.isEmpty else { return nil }
        do throws(WireError) {
            return try PropertyTranscoder.block(properties, rules.bodyShape)
        } catch {
            throw TextFailure(error)
        }
    }

    private func property(
        _ type: UInt64, _ value: JSONValue?, _ fields: FieldReader
    ) throws(TextFailure) -> Property {
        guard case .string(let digits)? = value else { throw fields.failure("a property wants a value") }
        if type & 1 == 0 {
            guard let number = FieldReader.number(.string(digits)) else {
                throw fields.failure("property \(type) wants an integer")
            }
            return Property(type: type, value: .integer(number))
        }
        guard let bytes = HexText.bytes(digits) else {
            throw fields.failure("property \(type) wants hexadecimal digits")
        }
        return Property(type: type, value: .bytes(bytes))
    }
}
