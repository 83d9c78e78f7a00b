import Containers
import MOQTModel
import MOQTWire
import Testing

/// A generator whose every run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Nothing that a peer sends may trap: random bytes, and right messages with some bytes changed.
struct HostileBytesTests {
    static let seed: UInt64 = 0xCA5C_ADE0_2026_1120

    private static let contexts: [StreamContext] = [
        .control, .requestFirst, .requestReply(nil), .requestReply(.publish), .requestReply(.trackStatus),
        .namespaceReply,
    ]

    @Test(arguments: Draft.all)
    func `random messages`(draft: Draft) {
        var random = SeededGenerator(state: Self.seed)
        let codec = ControlCodec(draft)
        var decoded = 0
        for _ in 0..<4000 {
            let count = Int.random(in: 0...16, using: &random)
            // Small values reach deeper than uniform bytes.
            let masks: [UInt8] = [0xFF, 0x07, 0x01, 0x01]
            let mask = masks[Int(random.next() % 4)]
            let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) & mask }
            let types: [UInt64] = [0x2F00, 0x50, 0x51]
            let type = UInt64.random(in: 0...0x24, using: &random)
            let frame = ControlFrame(type: type > 0x21 ? types[Int(type - 0x22)] : type, body: body)
            for context in Self.contexts where (try? codec.decode(frame, context: context)) != nil {
                decoded += 1
            }
        }
        #expect(decoded > 50, "seed \(Self.seed): only \(decoded) decoded, so little was reached")
    }

    @Test(arguments: Draft.all)
    func `right messages with some bytes changed`(draft: Draft) throws {
        var random = SeededGenerator(state: Self.seed &+ 1)
        let codec = ControlCodec(draft)
        for (message, context) in SampleMessages(draft: draft).all {
            var reader = ControlFrameReader(draft.rules)
            try codec.encode(message).withUnsafeBytes { reader.append($0) }
            let frame = try #require(try reader.next())
            guard !frame.body.isEmpty else { continue }
            for _ in 0..<60 {
                var changed = frame
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let index = Int.random(in: 0..<changed.body.count, using: &random)
                    changed.body[index] = Bool.random(using: &random) ? 0xFF : UInt8(random.next() & 0xFF)
                }
                // What decodes must be writable or refused in words, never trap.
                if let decoded = try? codec.decode(changed, context: context) {
                    _ = try? codec.encode(decoded)
                }
            }
        }
    }

    @Test(arguments: Draft.all)
    func `random streams and datagrams, split anywhere`(draft: Draft) throws {
        var random = SeededGenerator(state: Self.seed &+ 2)
        let rules = draft.rules
        let datagrams = DatagramCodec(rules)
        var objects = 0
        for _ in 0..<3000 {
            let mask: UInt8 = Bool.random(using: &random) ? 0xFF : 0x0F
            var bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8(random.next() & 0xFF) & mask
            }
            let types: [UInt8] = [0x10, 0x11, 0x1D, 0x38, 0x7D, 0x05]
            if !bytes.isEmpty { bytes[0] = types[Int(random.next() % 6)] }
            let step = Int.random(in: 1...20, using: &random)
            let whole = Result { try subgroupEvents(bytes, rules) }
            let split = Result { try subgroupEvents(bytes, rules, step: step) }
            switch (whole, split) {
            case (.success(let a), .success(let b)):
                #expect(a == b.joined, "seed \(Self.seed): \(bytes.hex) by \(step)")
                objects += a.count
            case (.failure, .failure): break
            default: Issue.record("seed \(Self.seed): \(bytes.hex) by \(step): \(whole) or \(split)")
            }
            let order: GroupOrder = Bool.random(using: &random) ? .ascending : .descending
            let fetch = Result { try fetchEvents(bytes, rules, order: order) }
            let fetchSplit = Result { try fetchEvents(bytes, rules, order: order, step: step) }
            #expect((try? fetch.get()) == (try? fetchSplit.get())?.joined, "seed \(Self.seed): \(bytes.hex)")
            _ = try? datagrams.decode(Payload(bytes))
            let block = PropertyBlock(bytes: Payload(bytes), shape: rules.bodyShape)
            for other in Draft.all {
                var writer = WireWriter(varint: other.rules.varint)
                try? PropertyTranscoder.writeBlock(block, other.rules.bodyShape, into: &writer)
            }
            var reader = ControlFrameReader(rules)
            for piece in bytes.pieces(step) {
                reader.append(piece)
                while let frame = try? reader.next() { _ = frame }
            }
        }
        #expect(objects > 100, "seed \(Self.seed): too little was reached")
    }
}
