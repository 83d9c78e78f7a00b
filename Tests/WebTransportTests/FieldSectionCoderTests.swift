import Testing

@testable import WebTransport

@Suite struct FieldSectionCoderTests {
    private let fields = [
        HTTPField(":method", "CONNECT"), HTTPField(":protocol", "webtransport"), HTTPField("empty", ""),
        HTTPField("wt-available-protocols", #""moqt-18", "moqt-16""#),
        HTTPField("x", String(repeating: "ü", count: 500)),
    ]

    @Test("Fields come back as they were, in order (RFC 9204)")
    func roundTrip() throws {
        let (sender, receiver) = (FieldSectionCoder(), FieldSectionCoder())
        for stream: UInt64 in [0, 4, 8] {
            let section = sender.encode(fields, on: stream)
            // Required insert count and base are 0: no dynamic table.
            #expect(section.prefix(2) == [0, 0])
            #expect(try receiver.decode(section, on: stream, maximumByteCount: 16384) == .fields(fields))
        }
    }

    @Test("Every truncation is an error or a shorter list, never a trap")
    func truncated() {
        let section = FieldSectionCoder().encode(fields, on: 0)
        for byteCount in 0..<section.count {
            let outcome = try? FieldSectionCoder().decode(
                Array(section.prefix(byteCount)), on: 0, maximumByteCount: 16384)
            #expect(outcome != .fields(fields))
        }
    }

    @Test("A section that grows beyond the limit in decoding is too large (RFC 9114 section 4.2.2)")
    func bomb() throws {
        // One byte each: references to the static table's `content-security-policy` line.
        let section: [UInt8] = [0, 0] + Array(repeating: [0xff, 0x16], count: 8000).flatMap(\.self)
        #expect(try FieldSectionCoder().decode(section, on: 0, maximumByteCount: 16384) == .tooLarge)
    }

    @Test(
        "A reference to a dynamic table that does not exist is QPACK_DECOMPRESSION_FAILED (RFC 9204 section 2.2)"
    )
    func dynamicReference() {
        for section in [[0x02, 0x00, 0x80], [0x00, 0x00, 0x80], [0x00, 0x00, 0xff, 0xff, 0xff]] as [[UInt8]] {
            #expect { try FieldSectionCoder().decode(section, on: 0, maximumByteCount: 16384) } throws: {
                error in
                (error as? HTTP3Failure)?.code == .qpackDecompressionFailed
            }
        }
    }
}
