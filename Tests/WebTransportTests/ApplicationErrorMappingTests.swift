import Testing

@testable import WebTransport

@Suite struct ApplicationErrorMappingTests {
    @Test(
        "Codes map as in the table of section 4.4",
        arguments: [
            (0, 0x52e4_a40f_a8db), (1, 0x52e4_a40f_a8dc), (0x12, 0x52e4_a40f_a8ed), (0x1d, 0x52e4_a40f_a8f8),
            (0x1e, 0x52e4_a40f_a8fa), (0xff, 0x52e4_a40f_a9e2), (0xffff_ffff, 0x52e5_ac98_3162),
        ] as [(UInt64, UInt64)])
    func table(code: UInt64, wire: UInt64) {
        #expect(ApplicationErrorMapping.http3Code(for: code) == wire)
        #expect(ApplicationErrorMapping.applicationCode(for: wire) == code)
    }

    @Test("Codes outside the range, and the reserved ones within, have no application code (section 4.4)")
    func noCode() {
        for wire: UInt64 in [0, 0x10c, 0x52e4_a40f_a8da, 0x52e5_ac98_3163, .max, 0x52e4_a40f_a8f9] {
            #expect(ApplicationErrorMapping.applicationCode(for: wire) == nil)
        }
    }

    @Test("Every code comes back, and no wire code is reserved (section 4.4)")
    func roundTrip() {
        for code in Array(0...100_000) + Array((UInt64(UInt32.max) - 1000)...UInt64(UInt32.max)) {
            let wire = ApplicationErrorMapping.http3Code(for: code)
            #expect((wire - 0x21) % 0x1f != 0)
            #expect(ApplicationErrorMapping.applicationCode(for: wire) == code)
        }
    }

    @Test("A code beyond 32 bits becomes the largest that there is")
    func clamped() {
        #expect(ApplicationErrorMapping.http3Code(for: 1 << 40) == 0x52e5_ac98_3162)
    }
}
