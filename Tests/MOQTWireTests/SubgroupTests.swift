import Containers
import MOQTModel
import MOQTWire
import Testing

/// Subgroup streams (draft-18 section 11.4.2).
struct SubgroupTests {
    /// Which types each family of drafts defines, as their texts list them.
    static let validTypes: [Int: [ClosedRange<UInt64>]] = [
        14: [0x10...0x15, 0x18...0x1D],
        16: [0x10...0x15, 0x18...0x1D, 0x30...0x35, 0x38...0x3D],
        18: [
            0x10...0x15, 0x18...0x1D, 0x30...0x35, 0x38...0x3D, 0x50...0x55, 0x58...0x5D, 0x70...0x75,
            0x78...0x7D,
        ],
    ]

    @Test(arguments: [Draft.draft14, .draft16, .draft18])
    func `exactly the defined stream types are taken`(draft: Draft) throws {
        let valid = try #require(Self.validTypes[draft.number])
        for type: UInt64 in 0...0x300 {
            let isValid = valid.contains { $0.contains(type) }
            switch Result(catching: { try DataStreamKind(type: type, draft.rules) }) {
            case .success(.subgroup(let raw)): #expect(isValid && raw == type)
            case .success(.fetch): #expect(type == 5)
            case .success(let other): Issue.record("\(type) is \(other)")
            case .failure: #expect(!isValid && type != 5)
            }
        }
    }

    @Test func `the control stream and padding are known where they exist`() throws {
        #expect(try DataStreamKind(type: 0x2F00, DraftRules.of(18)) == .control)
        #expect(try DataStreamKind(type: 0x132B_3E28, DraftRules.of(18)) == .padding)
        #expect(try DataStreamKind(type: 0x2F00, DraftRules.of(17)) == .control)
        for type: UInt64 in [0x132B_3E28, 0x50] {
            #expect(throws: WireError.self) { try DataStreamKind(type: type, DraftRules.of(17)) }
        }
        #expect(throws: WireError.self) { try DataStreamKind(type: 0x2F00, DraftRules.of(16)) }
        #expect(throws: WireError.self) { try DataStreamKind(type: 0x30, DraftRules.of(14)) }
    }

    @Test func `a stream of draft 18 with every field`() throws {
        // First object, explicit subgroup, properties, end of group; alias 200.
        let hex = "5d 80c8 07 03 40  05 02 3c01 03 616263  00 00 01 7a  02 00 00 03"
        let rules = DraftRules.of(18)
        let events = try subgroupEvents([UInt8](hex: hex), rules)
        let shape = rules.bodyShape
        let header = SubgroupHeader(
            alias: TrackAlias(200), group: 7, subgroup: .explicit(3), priority: 0x40, hasProperties: true,
            endOfGroup: true, firstObject: true)
        #expect(
            events == [
                .header(header),
                .objectBegan(
                    ObjectHeader(
                        objectID: 5, payloadByteCount: 3,
                        properties: PropertyBlock(bytes: Payload([0x3C, 1]), shape: shape))),
                .payload(Payload(Array("abc".utf8))), .objectEnded,
                .objectBegan(
                    ObjectHeader(
                        objectID: 6, payloadByteCount: 1,
                        properties: PropertyBlock(bytes: Payload(), shape: shape))),
                .payload(Payload(Array("z".utf8))), .objectEnded,
                .objectBegan(
                    ObjectHeader(
                        objectID: 9, status: .endOfGroup, payloadByteCount: 0,
                        properties: PropertyBlock(bytes: Payload(), shape: shape))),
                .objectEnded,
            ])
        #expect(try events.encoded(rules) == [UInt8](hex: hex))
        for step in 1...9 {
            #expect(try subgroupEvents([UInt8](hex: hex), rules, step: step).joined == events)
        }
        for count in 1..<[UInt8](hex: hex).count where ![6, 14, 18].contains(count) {
            #expect(throws: WireError.self, "\(count)") {
                try subgroupEvents(Array([UInt8](hex: hex)[..<count]), rules)
            }
        }
    }

    @Test(arguments: Draft.all)
    func `headers come back in every combination`(draft: Draft) throws {
        let rules = draft.rules
        let hasDefault = draft.number > 14
        for bits in 0..<32 {
            for subgroup in [SubgroupHeader.SubgroupID.explicit(0), .explicit(70), .firstObjectID] {
                let header = SubgroupHeader(
                    alias: TrackAlias(1), group: 1 << 40, subgroup: subgroup,
                    priority: bits & 1 == 0 && hasDefault ? nil : 7, hasProperties: bits & 2 != 0,
                    endOfGroup: bits & 4 != 0, firstObject: bits & 8 != 0 && draft.number >= 18)
                let bytes = try SubgroupEncoder.header(header, alias: header.alias, rules)
                #expect(try subgroupEvents(bytes, rules) == [.header(header)])
                // The type may have been read already.
                var reader = StreamTypeReader(rules)
                var rest = Payload(bytes)
                var parser = SubgroupParser(rules, type: try reader.take(&rest))
                parser.feed(rest)
                #expect(try parser.next() == .header(header))
            }
        }
    }

    @Test func `drafts without the bits write what they can`() throws {
        let header = SubgroupHeader(
            alias: TrackAlias(1), group: 2, subgroup: .explicit(0), priority: nil, firstObject: true)
        #expect(try SubgroupEncoder.header(header, alias: TrackAlias(9), DraftRules.of(18)).hex == "700902")
        #expect(try SubgroupEncoder.header(header, alias: TrackAlias(9), DraftRules.of(16)).hex == "300902")
        #expect(
            try SubgroupEncoder.header(header, alias: TrackAlias(9), DraftRules.of(14), defaultPriority: 33)
                .hex
                == "10090221")
    }

    @Test func `payloads are slices of what was fed`() throws {
        let bytes = Payload([UInt8](hex: "10 01 00 80 00 04 deadbeef 00 02 cafe"))
        var parser = SubgroupParser(DraftRules.of(16))
        parser.feed(bytes)
        var offsets: [Int] = []
        while let event = try parser.next() {
            guard case .payload(let payload) = event, let base = bytes.unsafeBaseAddress,
                let address = payload.unsafeBaseAddress
            else { continue }
            offsets.append(address - base)
        }
        #expect(offsets == [6, 12])
    }

    @Test func `object ids past the end are refused`() throws {
        let rules = DraftRules.of(18)
        let last = "ffffffffffffffffff"
        #expect(throws: WireError.self) {
            try subgroupEvents([UInt8](hex: "30 01 00 \(last) 01 61 00 01 62"), rules)
        }
        #expect(throws: WireError.self) {
            try subgroupEvents([UInt8](hex: "30 01 00 01 01 61 \(last) 01 62"), rules)
        }
        #expect(try subgroupEvents([UInt8](hex: "30 01 00 \(last) 01 61"), rules).count == 4)
    }

    @Test func `a payload length is only a promise`() throws {
        let rules = DraftRules.of(18)
        var parser = SubgroupParser(rules)
        parser.feed(Payload([UInt8](hex: "30 01 00 00 ffffffffffffffffff 61")))
        _ = try parser.next()
        #expect(try parser.next() == .objectBegan(ObjectHeader(objectID: 0, payloadByteCount: .max)))
        #expect(try parser.next() == .payload(Payload([0x61])))
        #expect(try parser.next() == nil)
        #expect(throws: WireError.self) { try parser.finished() }
    }

    @Test func `a property block has a limit, before its bytes are there`() throws {
        let rules = DraftRules.of(18)
        var parser = SubgroupParser(rules)
        // 65537 bytes.
        parser.feed(Payload([UInt8](hex: "31 01 00 00 c10001")))
        _ = try parser.next()
        #expect(throws: WireError.self) { try parser.next() }
        let block = [UInt8](repeating: 0, count: 65536)
        let whole = [UInt8](hex: "31 01 00 00 c10000") + block + [1, 0x61]
        let events = try subgroupEvents(whole, rules, step: 1000)
        guard case .objectBegan(let header) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(header.properties?.bytes.bytes == block)
    }

    @Test(arguments: Draft.all)
    func `"does not exist" is never written to a draft without it`(draft: Draft) {
        var writer = WireWriter(varint: draft.rules.varint)
        let header = ObjectHeader(objectID: 3, status: .doesNotExist, payloadByteCount: 0)
        let wasWritten =
            (try? SubgroupEncoder.objectHeader(
                previousObjectID: nil, header, hasProperties: false, shape: draft.rules.bodyShape,
                into: &writer)) != nil
        #expect(wasWritten == draft.rules.hasDoesNotExistStatus)
    }

    @Test func `statuses and properties that the draft forbids`() throws {
        // Status 1 exists up to draft 15; 2 nowhere.
        let empty = { (status: String) in [UInt8](hex: "10 01 00 80 00 00 " + status) }
        #expect(try subgroupEvents(empty("01"), DraftRules.of(14)).count == 3)
        #expect(throws: WireError.self) { try subgroupEvents(empty("01"), DraftRules.of(16)) }
        for number in [14, 16, 18] {
            #expect(throws: WireError.self) { try subgroupEvents(empty("02"), DraftRules.of(number)) }
            #expect(throws: WireError.self) { try subgroupEvents(empty("4100"), DraftRules.of(number)) }
        }
        let withProperties = [UInt8](hex: "11 01 00 80 00 02 3c01 00 03")
        #expect(try subgroupEvents(withProperties, DraftRules.of(14)).count == 3)
        #expect(throws: WireError.self) { try subgroupEvents(withProperties, DraftRules.of(18)) }
    }

    // Rules: 19-11.2.1.1-1
    @Test(
        "an object with a status has no payload when it is written (draft-19 section 11.2.1.1)",
        arguments: Draft.all)
    func statusWithoutPayload(_ draft: Draft) throws {
        var writer = WireWriter(varint: draft.rules.varint)
        #expect(throws: WireError.self) {
            try SubgroupEncoder.objectHeader(
                previousObjectID: nil, ObjectHeader(objectID: 0, status: .endOfGroup, payloadByteCount: 2),
                hasProperties: false, shape: draft.rules.bodyShape, into: &writer)
        }
        var object = ObjectDatagram(alias: TrackAlias(1), location: .zero)
        object.status = .endOfTrack
        object.payload = Payload([1])
        #expect(throws: WireError.self) {
            try DatagramCodec(draft.rules).encode(object, alias: TrackAlias(1))
        }
        var fetch = FetchEncoder(draft.rules, order: .ascending)
        #expect(throws: WireError.self) {
            try fetch.objectHeader(
                FetchObjectHeader(
                    location: .zero, subgroup: 0, priority: 1, status: .endOfGroup, payloadByteCount: 1),
                into: &writer)
        }
    }

    // Rules: 16-10.2.1.2-1
    @Test(
        "an end of group with properties passes on drafts 15 and 16, on streams only (draft-16 section 10.2.1.2)"
    )
    func toleratedProperties() throws {
        for number in [15, 16] {
            let rules = DraftRules.of(number)
            #expect(try subgroupEvents([UInt8](hex: "11 01 00 80 00 02 3c01 00 03"), rules).count == 3)
            for bytes in ["11 01 00 80 00 02 3c01 00 04", "11 01 00 80 00 02 3c01 00 01"] {
                #expect(throws: WireError.self, "\(bytes)") { try subgroupEvents([UInt8](hex: bytes), rules) }
            }
            for bytes in ["21 01 02 00 80 02 3c01 03", "21 01 02 00 80 02 3c01 01"] {
                #expect(throws: WireError.self, "\(bytes)") {
                    try DatagramCodec(rules).decode(Payload([UInt8](hex: bytes)))
                }
            }
        }
    }

    // Rules: 14-10.2.1.2-1
    @Test(
        "a missing object with properties passes on draft 14, as a datagram only (draft-14 section 10.2.1.2)")
    func toleratedDatagram() throws {
        let rules = DraftRules.of(14)
        let codec = DatagramCodec(rules)
        guard case .object(var object) = try codec.decode(Payload([UInt8](hex: "21 01 02 00 80 02 3c01 01")))
        else {
            Issue.record("no object")
            return
        }
        #expect(object.status == .doesNotExist && object.properties != nil)
        // It goes on without them.
        #expect(try codec.encode(object, alias: TrackAlias(1)) == [UInt8](hex: "20 01 02 00 80 01"))
        object.status = .endOfGroup
        #expect(try codec.encode(object, alias: TrackAlias(1)) == [UInt8](hex: "21 01 02 00 80 02 3c01 03"))
        #expect(throws: WireError.self) {
            try subgroupEvents([UInt8](hex: "11 01 00 80 00 02 3c01 00 01"), rules)
        }
    }
}

extension DraftRules {
    /// For tests: of the draft with this number.
    static func of(_ number: Int) -> DraftRules {
        guard let draft = Draft(number: number) else { preconditionFailure("no draft \(number)") }
        return draft.rules
    }
}
