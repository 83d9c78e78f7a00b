import Containers
import MOQTModel
import MOQTWire
import Testing

/// FETCH streams (draft-18 section 11.4.4).
struct FetchStreamTests {
    private func locations(_ events: [FetchEvent]) -> [Location] {
        events.compactMap { if case .objectBegan(let header) = $0 { header.location } else { nil } }
    }

    @Test func `differences of ids in draft 18, ascending`() throws {
        // {5,2} {5,3} {6,0} {6,4}: a group counts one more than its difference, an object does not.
        let hex = "05 04  1c 05 02 80 01 61  00 01 62  0c 00 00 01 63  04 04 01 64"
        let rules = DraftRules.of(18)
        let events = try fetchEvents([UInt8](hex: hex), rules)
        let expected = [(5, 2), (5, 3), (6, 0), (6, 4)].map { Location(group: $0.0, object: $0.1) }
        #expect(locations(events) == expected)
        #expect(try events.encoded(rules) == [UInt8](hex: hex))
        for step in 1...5 { #expect(try fetchEvents([UInt8](hex: hex), rules, step: step).joined == events) }
    }

    @Test func `groups count down when the fetch is descending`() throws {
        let rules = DraftRules.of(18)
        let bytes = [UInt8](hex: "05 04  1c 05 00 80 01 61  0c 02 00 01 62")
        let events = try fetchEvents(bytes, rules, order: .descending)
        #expect(locations(events) == [Location(group: 5, object: 0), Location(group: 2, object: 0)])
        #expect(try events.encoded(rules, order: .descending) == bytes)
        // Three groups below 2 there is none.
        #expect(throws: WireError.self) {
            try fetchEvents([UInt8](hex: "05 04 1c 02 00 80 01 61 0c 02 00 01 62"), rules, order: .descending)
        }
        #expect(throws: WireError.self) { try events.encoded(rules, order: .ascending) }
    }

    @Test(arguments: [16, 17, 18, 19])
    func `the first object may refer to nothing`(number: Int) throws {
        let rules = DraftRules.of(number)
        // No group, no object, no priority, prior subgroup, next subgroup.
        for flags in ["14", "18", "0c", "1d", "1e"] {
            #expect(throws: WireError.self, "\(flags)") {
                try fetchEvents([UInt8](hex: "05 04 \(flags) 01 02 03 01 61"), rules)
            }
        }
        #expect(try fetchEvents([UInt8](hex: "05 04 1c 01 02 03 01 61"), rules).count == 4)
    }

    @Test(arguments: [16, 18])
    func `after an end of range the location is the marker's and the rest the object's`(number: Int) throws {
        let rules = DraftRules.of(number)
        var writer = WireWriter(varint: rules.varint)
        writer.raw([UInt8](hex: "05 04 1f 05 07 02 80 01 61"))
        try writer.varint(0x10C)
        writer.raw([UInt8](hex: "05 09 01 01 62"))
        let events = try fetchEvents(writer.bytes, rules)
        #expect(events.contains(.gap(.unknown, through: Location(group: 5, object: 9))))
        #expect(
            events.contains(
                .objectBegan(
                    FetchObjectHeader(
                        location: Location(group: 5, object: 10), subgroup: 7, priority: 128,
                        payloadByteCount: 1))))
        #expect(try events.encoded(rules) == writer.bytes)
        // Before any object there is no priority to refer to.
        var early = WireWriter(varint: rules.varint)
        early.raw([5, 4])
        try early.varint(0x8C)
        early.raw([UInt8](hex: "05 09 00 01 62"))
        #expect(throws: WireError.self) { try fetchEvents(early.bytes, rules) }
    }

    @Test func `flags that the draft does not define`() {
        for (number, hex) in [(15, "5c"), (15, "8c"), (16, "4080"), (18, "8080"), (18, "820c")] {
            #expect(throws: WireError.self, "draft \(number) \(hex)") {
                try fetchEvents([UInt8](hex: "05 04 \(hex) 01 02 03 01 61"), DraftRules.of(number))
            }
        }
    }

    @Test(arguments: Draft.all)
    func `objects come back from every draft`(draft: Draft) throws {
        let rules = draft.rules
        let block = PropertyBlock(bytes: Payload([0x3C, 1]), shape: rules.bodyShape)
        var events: [FetchEvent] = [.header(RequestID(70))]
        let rows: [(UInt64, UInt64, UInt64, UInt8, Bool)] = [
            (1, 0, 0, 1, false), (1, 0, 1, 1, true), (1, 1, 2, 1, false), (1, 5, 9, 2, true),
            (4, 5, 10, 2, false),
            (4, 0, 11, 2, false), (5, 0, 0, 9, true),
        ]
        for (group, subgroup, object, priority, hasProperties) in rows {
            events.append(
                .objectBegan(
                    FetchObjectHeader(
                        location: Location(group: group, object: object), subgroup: subgroup,
                        priority: priority,
                        payloadByteCount: 2, properties: hasProperties ? block : nil)))
            events += [.payload(Payload([1, 2])), .objectEnded]
        }
        #expect(try fetchEvents(events.encoded(rules), rules) == events)
    }

    // Rules: 19-11.4.4.1-6
    @Test(arguments: [16, 17, 18, 19, 20])
    func `the subgroup bits of a datagram's object mean nothing`(number: Int) throws {
        let rules = DraftRules.of(number)
        for mode in 0..<4 as Range<UInt64> {
            var writer = WireWriter(varint: rules.varint)
            writer.raw([5, 4])
            try writer.varint(0x5C | mode)
            writer.raw([UInt8](hex: "01 07 03 01 61"))
            guard case .objectBegan(let header) = try fetchEvents(writer.bytes, rules)[1] else { return }
            #expect(header.subgroup == nil && header.location == Location(group: 1, object: 7))
        }
    }

    @Test func `a datagram has no subgroup from draft 16 on and its own id before`() throws {
        let header = FetchObjectHeader(
            location: Location(group: 1, object: 7), subgroup: nil, priority: 3, payloadByteCount: 0)
        for (number, hex) in [
            (14, "05040107070300 00 00"), (15, "05041f0107070300 00"), (16, "0504405c01070300"),
            (18, "05045c01070300"),
        ] {
            let rules = DraftRules.of(number)
            let bytes = try [FetchEvent.header(RequestID(4)), .objectBegan(header), .objectEnded].encoded(
                rules)
            #expect(bytes == [UInt8](hex: hex), "draft \(number)")
            guard case .objectBegan(let read) = try fetchEvents(bytes, rules)[1] else { return }
            #expect(read.subgroup == (number < 16 ? 7 : nil) && read.location == header.location)
        }
    }
}
