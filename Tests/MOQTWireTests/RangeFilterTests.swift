import MOQTModel
import MOQTWire
import Testing

/// Range filters (draft-19 section 5.1.3; draft-20 section 5.1.4).
struct RangeFilterTests {
    private func subscribe(_ draft: Draft, _ parameters: String) throws(WireError) -> MessageParameters {
        let frame = ControlFrame(type: 0x3, body: [UInt8](hex: "02 01 01 61 01 62 " + parameters))
        guard case .subscribe(let message) = try ControlCodec(draft).decode(frame, context: .requestFirst)
        else { throw .unknownMessage }
        return message.parameters
    }

    private static let drafts = [Draft.draft19, .draft20]

    @Test("ranges are differences, the last may be open, types may repeat", arguments: drafts)
    func ranges(_ draft: Draft) throws {
        // The text's example, 3-5 and 10-15; then the same type with another set, open from 7.
        let found = try subscribe(draft, "03 25 05 00 03020505 00 02 01 07 03 04 00 3c 01 01")
        #expect(
            found.rangeFilters == [
                RangeFilter(.subgroup, ranges: [3...5, 10...15]),
                RangeFilter(.subgroup, setID: 1, ranges: [7...(.max)]),
                RangeFilter(.objectProperty, propertyType: 0x3C, ranges: [1...2]),
            ])
        #expect(!found.hasInvalidFilter && found.rangeFilters.rangeCount == 4)
    }

    @Test(
        "what is wrong with a filter refuses the request, not the session",
        arguments: [
            // Beyond 64 bits, as start and as end.
            "01 25 0c 00 ff ffffffffffffffff 00 01", "01 25 0b 00 01 ff ffffffffffffffff",
            // Odd property type; priority over 255; the same twice; no range.
            "01 28 04 00 3d 01 01", "01 27 04 00 00 8100", "02 25 03 00 01 01 00 03 00 05 01", "01 25 01 00",
        ])
    func invalid(_ hex: String) throws {
        for draft in Self.drafts {
            let found = try subscribe(draft, hex)
            #expect(found.hasInvalidFilter, "\(hex)")
        }
    }

    @Test("a filter that is cut short, or on a track where objects are meant, ends the session")
    func violations() {
        for draft in Self.drafts {
            #expect(throws: WireError.self) { try subscribe(draft, "01 25 02 00 80") }
            #expect(throws: WireError.self) { try subscribe(draft, "01 29 04 00 3c 01 01") }
        }
        #expect(throws: WireError.self) { try subscribe(.draft18, "01 25 03 00 01 01") }
    }

    @Test("no bytes remove a filter in an update", arguments: drafts)
    func removal(_ draft: Draft) throws {
        let frame = ControlFrame(type: 0x2, body: [UInt8](hex: "04 02 25 00 01 00"))
        let message = try ControlCodec(draft).decode(frame, context: .requestReply(.subscribe))
        guard case .requestUpdate(let update) = message else {
            Issue.record("\(message)")
            return
        }
        #expect(update.parameters.removedRangeFilters == [.subgroup, .objectID])
        #expect(update.parameters.rangeFilters.isEmpty && !update.parameters.hasInvalidFilter)
    }

    @Test func `all filters of one set must pass, and one set is enough`() {
        let filters = [
            RangeFilter(.subgroup, setID: 1, ranges: [0...1]),
            RangeFilter(.objectProperty, setID: 2, propertyType: 4, ranges: [9...9]),
            RangeFilter(.objectID, setID: 1, ranges: [5...10, 20...(.max)]),
        ]
        func pass(_ subgroup: UInt64?, _ object: UInt64, _ property: UInt64?) -> Bool {
            filters.pass { filter in
                switch filter.kind {
                case .subgroup: subgroup
                case .objectID: object
                default: property
                }
            }
        }
        #expect(pass(1, 5, nil) && pass(0, 99, nil) && pass(7, 0, 9) && pass(nil, 0, 9))
        #expect(!pass(1, 11, nil) && !pass(2, 5, 8) && !pass(nil, 5, nil))
        #expect([RangeFilter]().pass { _ in nil })
    }

    @Test("SETUP names how many ranges and updates there may be", arguments: drafts)
    func setup(_ draft: Draft) throws {
        let frame = ControlFrame(type: 0x2F00, body: [UInt8](hex: "06 14 02 81 00"))
        guard case .setup(let setup) = try ControlCodec(draft).decode(frame, context: .control) else {
            Issue.record("no SETUP")
            return
        }
        #expect(setup.maxFilterRanges == 20 && setup.maxRequestUpdates == 0x100 && setup.unknown.isEmpty)
    }

    @Test func `grease has the reserved pattern, differs by seed and is sent where the draft has it`() throws
    {
        var types: Set<UInt64> = []
        for seed in UInt64(0)..<600 {
            let option = try #require(Grease.setupOption(seed: seed &* 0x1_0001, Draft.draft17.rules))
            #expect(Grease.contains(option.type))
            types.insert(option.type)
            for draft in Draft.all {
                guard let option = Grease.setupOption(seed: seed, draft.rules) else {
                    #expect(draft.rules.setupTravelsOn == .bidiControlStream)
                    continue
                }
                var setup = Setup(role: .client)
                setup.unknown = [option]
                var reader = ControlFrameReader(draft.rules)
                try ControlCodec(draft).encode(.setup(setup)).withUnsafeBytes { reader.append($0) }
                let frame = try #require(try reader.next())
                #expect(try ControlCodec(draft).decode(frame, context: .control) == .setup(setup))
            }
        }
        #expect(types.count > 100)
        #expect(!Grease.contains(0x9C) && Grease.contains(0x9D) && Grease.contains(0x11C))
    }
}
