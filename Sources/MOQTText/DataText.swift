import Containers
import MOQTModel
import MOQTWire

/// Streams and datagrams in the vectors' words. The files of the draft that negotiates inside SETUP write them differently
/// from the later ones.
public struct DataText: Sendable {
    let rules: DraftRules
    var isFirstDialect: Bool { rules.versionsInSetup }

    public init(_ rules: DraftRules) { self.rules = rules }

    // MARK: Subgroups

    /// The events of a whole stream; `type` is the integer that it begins with.
    public func subgroup(_ type: UInt64, _ events: [SubgroupEvent]) throws(TextFailure) -> JSONObject {
        var fields: JSONObject =
            isFirstDialect
            ? ["stream_type": "subgroup_header", "stream_type_id": .number(type)]
            : ["stream_type": "subgroup", "header_type": .code(type)]
        var objects: [JSONObject] = []
        var previous: UInt64?
        var subgroupIsFirstObject = false
        var priority: UInt8?
        for event in events {
            switch event {
            case .header(let header):
                fields["track_alias"] = .number(header.alias.value)
                fields["group_id"] = .number(header.group)
                switch header.subgroup {
                case .explicit(let id): fields["subgroup_id"] = .number(id)
                case .firstObjectID: subgroupIsFirstObject = true
                }
                priority = header.priority
                if header.endOfGroup, !isFirstDialect { fields["end_of_group"] = .bool(true) }
                if header.firstObject { fields["first_object"] = .bool(true) }
            case .objectBegan(let header):
                if subgroupIsFirstObject, objects.isEmpty { fields["subgroup_id"] = .number(header.objectID) }
                objects.append(try object(header, previous))
                previous = header.objectID
            case .payload(let payload): objects.append(payload: payload)
            case .objectEnded: break
            }
        }
        if let priority { fields["publisher_priority"] = .number(priority) }
        return fields.with("objects", .array(objects.map { .object($0) }))
    }

    private func object(_ header: ObjectHeader, _ previous: UInt64?) throws(TextFailure) -> JSONObject {
        var fields: JSONObject = [:]
        if isFirstDialect {
            fields["object_id_delta"] = .number(previous.map { header.objectID - $0 - 1 } ?? header.objectID)
        }
        fields["object_id"] = .number(header.objectID)
        if let properties = header.properties { fields = fields.merged(try extensions(properties)) }
        fields["payload_length"] = .number(header.payloadByteCount)
        if header.payloadByteCount == 0 {
            fields[statusField] = .number(header.status.rawValue)
            if !isFirstDialect { fields["payload_hex"] = "" }
        }
        return fields
    }

    var statusField: String { isFirstDialect ? "object_status" : "status" }

    // MARK: Properties

    /// "Extension headers" became "properties" when the track's did.
    var extensionsField: String {
        rules.parameterForm == .typed ? "object_properties" : "extension_headers"
    }

    static let names: [UInt64: String] = [
        0x02: "delivery_timeout", 0x3C: "prior_group_id_gap", 0x3E: "prior_object_id_gap",
    ]

    private func extensions(_ block: PropertyBlock) throws(TextFailure) -> JSONObject {
        let properties: [Property]
        do throws(WireError) { properties = try PropertyTranscoder.properties(block) } catch {
            throw TextFailure(error)
        }
        if isFirstDialect {
            let length: JSONObject = ["extension_headers_length": .number(block.bytes.count)]
            return properties.isEmpty
                ? length : length.with("extension_headers", .array(properties.map { .object(pair($0)) }))
        }
        guard !properties.isEmpty else { return [:] }
        var fields: JSONObject = [:]
        for property in properties {
            let name = Self.names[property.type] ?? String(property.type)
            // A type that is there again makes a list.
            switch fields[name] {
            case nil: fields[name] = value(property)
            case .array(let before)?: fields[name] = .array(before + [value(property)])
            case let before?: fields[name] = .array([before, value(property)])
            }
        }
        return [extensionsField: .object(fields)]
    }

    private func pair(_ property: Property) -> JSONObject {
        ["type": .number(property.type), "value": value(property)]
    }

    private func value(_ property: Property) -> JSONValue {
        switch property.value {
        case .integer(let value): .number(value)
        case .bytes(let bytes): .hex(bytes)
        }
    }

    // MARK: Datagrams

    /// `type` is the integer that the datagram begins with.
    public func datagram(_ type: UInt64, _ object: ObjectDatagram) throws(TextFailure) -> JSONObject {
        let isStatus = type & 0x20 != 0
        var fields: JSONObject =
            isFirstDialect
            ? [
                "stream_type": .string(isStatus ? "object_datagram_status" : "object_datagram"),
                "stream_type_id": .number(type),
            ] : ["stream_type": "datagram", "datagram_type": .code(type)]
        fields["track_alias"] = .number(object.alias.value)
        fields["group_id"] = .number(object.location.group)
        if !isFirstDialect || type & 0x04 == 0 { fields["object_id"] = .number(object.location.object) }
        if let priority = object.priority { fields["publisher_priority"] = .number(priority) }
        if object.endOfGroup, !isFirstDialect { fields["end_of_group"] = .bool(true) }
        if let properties = object.properties { fields = fields.merged(try extensions(properties)) }
        fields[isStatus ? "object_status" : "payload_hex"] =
            isStatus ? .number(object.status.rawValue) : .hex(object.payload.bytes)
        return fields
    }

    // MARK: Fetch streams

    /// The events of a whole stream; `flags` are the serialization flags of its objects and markers, in order.
    public func fetch(_ events: [FetchEvent], flags: [UInt64] = []) throws(TextFailure) -> JSONObject {
        var fields: JSONObject = ["stream_type": .string(isFirstDialect ? "fetch_header" : "fetch")]
        var objects: [JSONObject] = []
        func start() -> JSONObject {
            objects.count < flags.count ? ["serialization_flags": .code(flags[objects.count])] : [:]
        }
        for event in events {
            switch event {
            case .header(let request): fields["request_id"] = .number(request.value)
            case .objectBegan(let header): objects.append(start().merged(try object(header)))
            case .payload(let payload): objects.append(payload: payload)
            case .objectEnded: break
            case .gap(_, let location):
                objects.append(
                    start().merged(
                        ["group_id": .number(location.group), "object_id": .number(location.object)]))
            }
        }
        return fields.with("objects", .array(objects.map { .object($0) }))
    }

    private func object(_ header: FetchObjectHeader) throws(TextFailure) -> JSONObject {
        var fields: JSONObject = ["group_id": .number(header.location.group)]
        if let subgroup = header.subgroup { fields["subgroup_id"] = .number(subgroup) }
        fields["object_id"] = .number(header.location.object)
        fields["publisher_priority"] = .number(header.priority)
        if isFirstDialect {
            fields["extension_headers_length"] = .number(header.properties?.bytes.count ?? 0)
            if let properties = header.properties {
                fields["extension_headers_hex"] = .hex(properties.bytes.bytes)
            }
        } else if let properties = header.properties {
            fields = fields.merged(try extensions(properties))
        }
        fields["payload_length"] = .number(header.payloadByteCount)
        let hasStatus = rules.fetchObjects == .allFields || rules.fetchObjects == .byteFlagsWithStatus
        if hasStatus, header.payloadByteCount == 0 { fields[statusField] = .number(header.status.rawValue) }
        return fields
    }
}

extension [JSONObject] {
    /// Adds payload bytes to the last object.
    fileprivate mutating func append(payload: Payload) {
        guard let index = indices.last else { return }
        var text = HexText.text(payload.bytes)
        if case .string(let before)? = self[index]["payload_hex"] { text = before + text }
        self[index]["payload_hex"] = .string(text)
    }
}
