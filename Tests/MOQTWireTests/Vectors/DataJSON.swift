import Containers
import MOQTModel
import MOQTWire

/// Streams and datagrams in the vectors' words. The draft-14 files write them differently from the later ones.
struct DataJSON {
    let rules: DraftRules
    private var isFirstDialect: Bool { rules.versionsInSetup }

    // MARK: Subgroups

    func subgroup(_ type: UInt64, _ events: [SubgroupEvent]) -> [String: JSONValue] {
        var fields: [String: JSONValue] =
            isFirstDialect
            ? ["stream_type": "subgroup_header", "stream_type_id": .number(type)]
            : ["stream_type": "subgroup", "header_type": .code(type)]
        var objects: [[String: JSONValue]] = []
        var previous: UInt64?
        var subgroupIsFirstObject = false
        for event in events {
            switch event {
            case .header(let header):
                fields["track_alias"] = .number(header.alias.value)
                fields["group_id"] = .number(header.group)
                switch header.subgroup {
                case .explicit(let id): fields["subgroup_id"] = .number(id)
                case .firstObjectID: subgroupIsFirstObject = true
                }
                if let priority = header.priority { fields["publisher_priority"] = .number(priority) }
                if header.endOfGroup, !isFirstDialect { fields["end_of_group"] = .bool(true) }
            case .objectBegan(let header):
                if subgroupIsFirstObject, objects.isEmpty { fields["subgroup_id"] = .number(header.objectID) }
                objects.append(object(header, previous))
                previous = header.objectID
            case .payload(let payload): objects.append(payload: payload)
            case .objectEnded: break
            }
        }
        return fields.with("objects", .array(objects.map { .object($0) }))
    }

    private func object(_ header: ObjectHeader, _ previous: UInt64?) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "object_id": .number(header.objectID), "payload_length": .number(header.payloadByteCount),
        ]
        if isFirstDialect {
            fields["object_id_delta"] = .number(previous.map { header.objectID - $0 - 1 } ?? header.objectID)
        }
        if let properties = header.properties { fields = fields.merged(extensions(properties)) }
        if header.payloadByteCount == 0 {
            fields[isFirstDialect ? "object_status" : "status"] = .number(header.status.rawValue)
            if !isFirstDialect { fields["payload_hex"] = "" }
        }
        return fields
    }

    private func extensions(_ block: PropertyBlock) -> [String: JSONValue] {
        let properties = (try? PropertyTranscoder.properties(block)) ?? []
        if isFirstDialect {
            let length: [String: JSONValue] = ["extension_headers_length": .number(block.bytes.count)]
            return properties.isEmpty
                ? length : length.with("extension_headers", .array(properties.map { .object(pair($0)) }))
        }
        guard !properties.isEmpty else { return [:] }
        let names: [UInt64: String] = [
            0x02: "delivery_timeout", 0x3C: "prior_group_id_gap", 0x3E: "prior_object_id_gap",
        ]
        var fields: [String: JSONValue] = [:]
        for property in properties {
            guard case .integer(let value) = property.value else { continue }
            fields[names[property.type] ?? String(property.type)] = .number(value)
        }
        return ["extension_headers": .object(fields)]
    }

    private func pair(_ property: Property) -> [String: JSONValue] {
        switch property.value {
        case .integer(let value): ["type": .number(property.type), "value": .number(value)]
        case .bytes(let bytes): ["type": .number(property.type), "value": .hex(bytes)]
        }
    }

    // MARK: Datagrams

    func datagram(_ type: UInt64, _ object: ObjectDatagram) -> [String: JSONValue] {
        let isStatus = type & 0x20 != 0
        var fields: [String: JSONValue] = [
            "track_alias": .number(object.alias.value), "group_id": .number(object.location.group),
        ]
        if isFirstDialect {
            fields["stream_type"] = .string(isStatus ? "object_datagram_status" : "object_datagram")
            fields["stream_type_id"] = .number(type)
        } else {
            fields["stream_type"] = "datagram"
            fields["datagram_type"] = .code(type)
            if object.endOfGroup { fields["end_of_group"] = .bool(true) }
        }
        if !isFirstDialect || type & 0x04 == 0 { fields["object_id"] = .number(object.location.object) }
        if let priority = object.priority { fields["publisher_priority"] = .number(priority) }
        if let properties = object.properties { fields = fields.merged(extensions(properties)) }
        fields[isStatus ? "object_status" : "payload_hex"] =
            isStatus ? .number(object.status.rawValue) : .hex(object.payload.bytes)
        return fields
    }

    // MARK: Fetch streams

    func fetch(_ events: [FetchEvent]) -> [String: JSONValue] {
        var fields: [String: JSONValue] = ["stream_type": .string(isFirstDialect ? "fetch_header" : "fetch")]
        var objects: [[String: JSONValue]] = []
        for event in events {
            switch event {
            case .header(let request): fields["request_id"] = .number(request.value)
            case .objectBegan(let header): objects.append(object(header))
            case .payload(let payload): objects.append(payload: payload)
            case .objectEnded: break
            case .gap(_, let location):
                objects.append(["group_id": .number(location.group), "object_id": .number(location.object)])
            }
        }
        return fields.with("objects", .array(objects.map { .object($0) }))
    }

    private func object(_ header: FetchObjectHeader) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "group_id": .number(header.location.group), "object_id": .number(header.location.object),
            "publisher_priority": .number(header.priority),
            "payload_length": .number(header.payloadByteCount),
        ]
        if let subgroup = header.subgroup { fields["subgroup_id"] = .number(subgroup) }
        if isFirstDialect {
            fields["extension_headers_length"] = .number(header.properties?.bytes.count ?? 0)
            if let properties = header.properties {
                fields["extension_headers_hex"] = .hex(properties.bytes.bytes)
            }
            if header.payloadByteCount == 0 { fields["object_status"] = .number(header.status.rawValue) }
        } else if let properties = header.properties {
            fields = fields.merged(extensions(properties))
        }
        return fields
    }
}

extension JSONValue {
    static func code(_ type: UInt64) -> JSONValue {
        let digits = String(type, radix: 16)
        return .string("0x" + (digits.count == 1 ? "0" : "") + digits)
    }
}

extension [[String: JSONValue]] {
    /// Adds payload bytes to the last object.
    fileprivate mutating func append(payload: Payload) {
        guard let index = indices.last else { return }
        var text = payload.bytes.hex
        if case .string(let before)? = self[index]["payload_hex"] { text = before + text }
        self[index]["payload_hex"] = .string(text)
    }
}
