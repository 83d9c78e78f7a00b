import Containers
import MOQTModel
import MOQTText
import MOQTWire
import Testing

/// The published vectors for data streams and datagrams, except those that contradict their draft
/// (the text wins).
struct DataVectorTests {
    static let skipped: [String: String] = [
        "draft16/subgroup-extensions-two-objects-empty": "delta 1 after object 0 is object 2",
        "draft16/subgroup-extensions-two-objects-nonempty": "delta 1 after object 0 is object 2",
        "draft16/fetch-end-of-non-existent-range": "payload length after an end-of-range marker",
        "draft16/fetch-end-of-unknown-range": "payload length after an end-of-range marker",
        "draft16/fetch-with-explicit-subgroup": "first object refers to a prior priority",
        "draft16/fetch-datagram-forwarding": "first object refers to a prior priority",
    ]

    private func vectors(_ draft: Draft, _ name: String) throws -> [(id: String, vector: VectorFile.Vector)] {
        let folder = "draft\(draft.number)"
        return try VectorFile.load("\(folder)/codec/data-streams/\(name).json").vectors
            .map { ("\(folder)/\($0.id)", $0) }
            .filter { Self.skipped[$0.0] == nil }
    }

    @Test(arguments: [Draft.draft14, .draft16])
    func `subgroup streams`(draft: Draft) throws {
        let rules = draft.rules
        for (id, vector) in try vectors(draft, "subgroup") {
            let outcome = Result { try subgroupEvents(vector.bytes, rules) }
            guard let expected = vector.decoded else {
                #expect((try? outcome.get()) == nil, "\(id) must not decode")
                continue
            }
            let events = try #require(try? outcome.get(), "\(id): \(outcome)")
            let type = UInt64(vector.bytes[0])
            #expect(try JSONValue.object(DataText(rules).subgroup(type, events)) == expected, "\(id)")
            #expect(try events.encoded(rules).hex == vector.hex, "\(id)")
            for step in 1...3 {
                #expect(
                    try subgroupEvents(vector.bytes, rules, step: step).joined == events, "\(id) by \(step)")
            }
        }
    }

    @Test(arguments: [Draft.draft14, .draft16])
    func datagrams(draft: Draft) throws {
        let rules = draft.rules
        let codec = DatagramCodec(rules)
        for (id, vector) in try vectors(draft, "datagram") {
            let outcome = Result { try codec.decode(Payload(vector.bytes)) }
            guard let expected = vector.decoded else {
                #expect((try? outcome.get()) == nil, "\(id) must not decode")
                continue
            }
            guard case .object(let object)? = try? outcome.get() else {
                Issue.record("\(id): \(outcome)")
                continue
            }
            let type = UInt64(vector.bytes[0])
            #expect(try JSONValue.object(DataText(rules).datagram(type, object)) == expected, "\(id)")
            var writer = WireWriter(varint: rules.varint)
            try codec.encodeHeader(object, type: type, alias: object.alias, into: &writer)
            #expect((writer.bytes + object.payload.bytes).hex == vector.hex, "\(id)")
            // The form of our own choice says the same, without what the draft forbids and lets pass.
            var kept = object
            if !rules.mayHaveProperties(object.status) { kept.properties = nil }
            #expect(
                try codec.decode(Payload(codec.encode(object, alias: object.alias))) == .object(kept),
                "\(id)")
        }
    }

    @Test(arguments: [Draft.draft14, .draft16])
    func `fetch streams`(draft: Draft) throws {
        let rules = draft.rules
        for (id, vector) in try vectors(draft, "fetch-header") {
            let outcome = Result { try fetchEvents(vector.bytes, rules) }
            guard let expected = vector.decoded else {
                #expect((try? outcome.get()) == nil, "\(id) must not decode")
                continue
            }
            let events = try #require(try? outcome.get(), "\(id): \(outcome)")
            let value = try JSONValue.object(DataText(rules).fetch(events))
            // The flags are compared as bytes, below.
            #expect(value == expected.withoutFlags, "\(id)")
            #expect(try events.encoded(rules).hex == vector.hex, "\(id)")
            #expect(try fetchEvents(vector.bytes, rules, step: 1).joined == events, "\(id)")
        }
    }

    @Test(arguments: [Draft.draft14, .draft16])
    func integers(draft: Draft) throws {
        for vector in try VectorFile.load("draft\(draft.number)/codec/varint.json").vectors {
            try vector.bytes.withUnsafeBytes { bytes in
                var reader = WireReader(bytes, varint: .rfc9000)
                guard case .object(let fields)? = vector.decoded, case .string(let value)? = fields["value"]
                else {
                    #expect(throws: WireError.self) { try reader.varint() }
                    return
                }
                #expect(String(try reader.varint()) == value, "\(vector.id)")
                #expect(reader.isAtEnd)
                guard vector.isCanonical else { return }
                var writer = WireWriter(varint: .rfc9000)
                try writer.varint(#require(UInt64(value)))
                #expect(writer.bytes.hex == vector.hex)
            }
        }
    }
}

extension JSONValue {
    fileprivate var withoutFlags: JSONValue {
        switch self {
        case .object(let fields):
            .object(
                JSONObject(
                    fields.fields.filter { $0.name != "serialization_flags" }
                        .map { (key: $0.name, value: $0.value.withoutFlags) }))
        case .array(let values): .array(values.map(\.withoutFlags))
        default: self
        }
    }
}
