import Testing

@testable import WebTransport

@Suite struct SettingsTests {
    @Test(
        "Ours announce what section 3.1 and the deployed drafts ask for, each once and with value 1, and a reserved setting (RFC 9114 section 7.2.4.1)"
    )
    func ours() throws {
        let bytes = HTTP3Settings.ours(maximumFieldSectionByteCount: 16384).encoded
        var expected = Wire.varint(0x06, 16384)
        for identifier: UInt64 in [0x08, 0x33, 0x2b60_3742, 0xc671_706a, 0x14e9_cd29] {
            expected += Wire.varint(identifier, 1)
        }
        expected += Wire.varint(0xfa, 0)
        #expect(bytes == expected)
        let read = try HTTP3Settings(bytes)
        #expect(read == .ours(maximumFieldSectionByteCount: 16384))
    }

    @Test("Unknown and reserved identifiers are ignored (RFC 9114 section 7.2.4.1)")
    func grease() throws {
        let settings = try HTTP3Settings(
            Wire.varint(0x21, 5, 0x1f * 1000 + 0x21, VarintWriter.maximum, 0x33, 1))
        #expect(settings == HTTP3Settings(enablesDatagrams: true))
    }

    @Test("A value of 0 announces nothing; more than one session is still WebTransport")
    func values() throws {
        #expect(try HTTP3Settings(Wire.varint(0x2b60_3742, 0, 0xc671_706a, 0)).webTransport.isEmpty)
        #expect(
            try HTTP3Settings(Wire.varint(0x14e9_cd29, VarintWriter.maximum)).webTransport == .maxSessions)
    }

    @Test(
        "Errors have the codes of RFC 9114 sections 7.2.4 and 8.1 and of section 3.1",
        arguments: [
            (Wire.varint(0x33, 1, 0x33, 1), 0x109), (Wire.varint(0x4040, 1, 0x4040, 2), 0x109),
            (Wire.varint(0x02, 1), 0x109),
            (Wire.varint(0x03, 1), 0x109), (Wire.varint(0x04, 1), 0x109), (Wire.varint(0x05, 1), 0x109),
            (Wire.varint(0x00, 1), 0x109), (Wire.varint(0x08, 2), 0x109), (Wire.varint(0x33, 2), 0x109),
            (Wire.varint(0x2c7c_f000, 2), 0x109), (Wire.varint(0x33), 0x106), ([0x33, 0x40], 0x106),
            ([0x40], 0x106),
        ] as [([UInt8], UInt64)])
    func errors(content: [UInt8], code: UInt64) {
        #expect { try HTTP3Settings(content) } throws: { ($0 as? HTTP3Failure)?.code.rawValue == code }
    }
}
