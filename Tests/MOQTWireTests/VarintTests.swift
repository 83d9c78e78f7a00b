import MOQTModel
import MOQTWire
import Testing

/// MoQT's own integers (draft-18 section 1.4.1).
struct VarintTests {
    /// Shortest forms that every draft of the family writes.
    static let table: [(hex: String, value: UInt64)] = [
        ("00", 0), ("7f", 127), ("8080", 128), ("bbbd", 15293), ("af00", 0x2F00), ("bfff", 16383),
        ("c04000", 16384), ("dfffff", 2_097_151), ("e0200000", 2_097_152), ("ed7f3e7d", 226_442_877),
        ("efffffff", 268_435_455), ("f010000000", 1 << 28), ("f0132b3e28", 0x132B_3E28),
        ("faa1a0e403d8", 2_893_212_287_960), ("fefa318fa8e3ca11", 70_423_237_261_249_041),
        ("ff0100000000000000", 1 << 56), ("ffffffffffffffffff", .max),
    ]

    private func decode(_ hex: String, _ kind: VarintKind) throws(WireError) -> (UInt64, Int) {
        try [UInt8](hex: hex).withUnsafeBufferPointer { (bytes) throws(WireError) in
            var reader = WireReader(UnsafeRawBufferPointer(bytes), varint: kind)
            return (try reader.varint(), reader.position)
        }
    }

    @Test(arguments: [VarintKind.vi64, .vi64WithoutSevenBytes])
    func `the table of the text`(kind: VarintKind) throws {
        for (hex, value) in Self.table {
            let (decoded, count) = try decode(hex, kind)
            #expect(decoded == value && count == hex.count / 2, "\(hex)")
            var writer = WireWriter(varint: kind)
            try writer.varint(value)
            #expect(writer.bytes.hex == hex)
        }
    }

    @Test func `seven bytes are read from draft 18 on and never written`() throws {
        #expect(try decode("fc8998abc66bc0", .vi64) == (151_288_809_941_952, 7))
        #expect(try decode("fdffffffffffff", .vi64) == ((1 << 49) - 1, 7))
        for first in ["fc", "fd"] {
            #expect(throws: WireError.self) { try decode(first + "000000000000", .vi64WithoutSevenBytes) }
        }
        var writer = WireWriter(varint: .vi64)
        try writer.varint(151_288_809_941_952)
        #expect(writer.bytes.hex == "fe008998abc66bc0")
    }

    @Test func `longer forms than needed are read`() throws {
        for hex in ["8025", "c00025", "e0000025", "f000000025", "f80000000025", "fe00000000000025"] {
            #expect(try decode(hex, .vi64).0 == 0x25, "\(hex)")
        }
        #expect(try decode("ff0000000000000025", .vi64) == (0x25, 9))
    }

    @Test func `every length at its edges, there and back`() throws {
        for kind in [VarintKind.rfc9000, .vi64, .vi64WithoutSevenBytes] {
            for bits in 0..<64 {
                for value in [UInt64(1) << bits, (UInt64(1) << bits) &- 1, (UInt64(1) << bits) &+ 1] {
                    var writer = WireWriter(varint: kind)
                    guard value <= kind.maximum else {
                        #expect(throws: WireError.self) { try writer.varint(value) }
                        continue
                    }
                    try writer.varint(value)
                    let (decoded, count) = try decode(writer.bytes.hex, kind)
                    #expect(decoded == value && count == writer.count)
                    for short in 0..<writer.count {
                        #expect(throws: WireError.self) {
                            try decode(Array(writer.bytes[..<short]).hex, kind)
                        }
                    }
                }
            }
        }
    }
}
