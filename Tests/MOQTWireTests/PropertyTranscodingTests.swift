import Containers
import MOQTModel
import MOQTWire
import Testing

/// Property blocks between drafts.
struct PropertyTranscodingTests {
    private let properties = [
        Property(type: 0x3C, value: .integer(70_000)), Property(type: 0x7D, value: .bytes([1, 2, 3])),
        Property(type: 0x7D, value: .bytes([])), Property(type: 0x3800, value: .integer((1 << 62) - 1)),
    ]

    @Test(arguments: Draft.all, Draft.all)
    func `pairs survive every pair of drafts`(from: Draft, to: Draft) throws {
        let block = try PropertyTranscoder.block(properties, from.rules.bodyShape)
        var writer = WireWriter(varint: to.rules.varint)
        try PropertyTranscoder.writeBlock(block, to.rules.bodyShape, into: &writer)
        let bytes = try writer.bytes.withUnsafeBytes { raw in
            var reader = WireReader(raw, varint: to.rules.varint)
            let block = try reader.bytes(limit: 65536)
            #expect(reader.isAtEnd)
            return block
        }
        let there = PropertyBlock(bytes: Payload(bytes), shape: to.rules.bodyShape)
        #expect(try PropertyTranscoder.properties(there) == properties)
        if from.rules.bodyShape == to.rules.bodyShape { #expect(there == block) }
    }

    @Test func `types in any order are sorted for drafts that write differences`() throws {
        let old = PropertyBlock(bytes: Payload([0x3E, 1, 0x3C, 2]), shape: DraftRules.of(14).bodyShape)
        var writer = WireWriter(varint: .vi64)
        try PropertyTranscoder.writeBlock(old, DraftRules.of(18).bodyShape, into: &writer)
        #expect(writer.bytes.hex == "043c020201")
    }

    @Test func `the block inside IMMUTABLE_PROPERTIES is rewritten too`() throws {
        // 0x3C = 70, 0x3E = 1: RFC 9000 integers and absolute types, then MoQT's and differences.
        let old = PropertyBlock(
            bytes: Payload([UInt8](hex: "0b 05 3c4046 3e01")), shape: DraftRules.of(14).bodyShape)
        var writer = WireWriter(varint: .vi64)
        try PropertyTranscoder.writeBlock(old, DraftRules.of(18).bodyShape, into: &writer)
        #expect(writer.bytes.hex == "060b043c460201")
    }

    // Rules: 19-12.7-3, 19-12.7-4, 19-12.7-5
    @Test(arguments: Draft.all)
    func `between drafts that write alike IMMUTABLE_PROPERTIES keep their bytes`(draft: Draft) throws {
        // The integer inside is longer than it needs to be.
        let long: [UInt8] = draft.rules.varint == .rfc9000 ? [0x40, 0x01] : [0x80, 0x01]
        let bytes: [UInt8] = [0x0B, 3, 0x3C] + long + [draft.rules.propertyTypesAreDeltas ? 3 : 0x0E, 9]
        let block = PropertyBlock(bytes: Payload(bytes), shape: draft.rules.bodyShape)
        #expect(try PropertyTranscoder.properties(block).map(\.type) == [0x0B, 0x0E])
        for other in Draft.all where other.rules.bodyShape == draft.rules.bodyShape {
            var writer = WireWriter(varint: other.rules.varint)
            try PropertyTranscoder.writeBlock(block, other.rules.bodyShape, into: &writer)
            #expect(Array(writer.bytes.dropFirst()) == bytes)
        }
    }

    @Test func `integers over 62 bits cannot go to old drafts`() throws {
        let block = try PropertyTranscoder.block(
            [Property(type: 2, value: .integer(1 << 62))], DraftRules.of(18).bodyShape)
        var writer = WireWriter(varint: .rfc9000)
        #expect(throws: WireError.self) {
            try PropertyTranscoder.writeBlock(block, DraftRules.of(16).bodyShape, into: &writer)
        }
    }

    @Test func `bytes that are no pairs are a violation`() {
        for hex in ["02", "03 05 61", "ff", "03 c10000"] {
            let block = PropertyBlock(bytes: Payload([UInt8](hex: hex)), shape: DraftRules.of(18).bodyShape)
            #expect(throws: WireError.self) { try PropertyTranscoder.properties(block) }
        }
    }
}
