import Testing

@testable import QUICTransport

@Suite("Packets of one message that name one connection are read together")
struct PacketRunTests {
    private static let segment = 20

    /// A packet whose first byte and connection ID are these.
    private func packet(_ first: UInt8, id: UInt8, count: Int = segment) -> [UInt8] {
        [first] + [UInt8](repeating: id, count: min(8, count - 1))
            + [UInt8](repeating: 0, count: max(0, count - 9))
    }

    private func run(_ packets: [UInt8]...) -> Int {
        let bytes = packets.flatMap { $0 }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { QUICEndpoint.run($0, buffer.count, segment: Self.segment) } ?? 0
        }
    }

    @Test("short headers with the same connection ID, the last packet shorter")
    func together() {
        #expect(run(packet(0x40, id: 1)) == 20)
        #expect(run(packet(0x40, id: 1), packet(0x5f, id: 1), packet(0x40, id: 1, count: 9)) == 49)
    }

    @Test("another connection's packet ends it")
    func other() {
        #expect(run(packet(0x40, id: 1), packet(0x40, id: 2), packet(0x40, id: 1)) == 20)
        #expect(run(packet(0x40, id: 1), packet(0x40, id: 1), packet(0x40, id: 2)) == 40)
    }

    @Test("a long header stands alone, first or later")
    func long() {
        #expect(run(packet(0xc0, id: 1), packet(0xc0, id: 1)) == 20)
        #expect(run(packet(0x40, id: 1), packet(0xc0, id: 1)) == 20)
    }

    @Test("a packet too short for a connection ID stands alone")
    func stub() {
        #expect(run(packet(0x40, id: 1), packet(0x40, id: 1, count: 8)) == 20)
        #expect(run(packet(0x40, id: 1), packet(0x40, id: 1, count: 1)) == 20)
        #expect(
            [0x40, 1].withUnsafeBufferPointer {
                QUICEndpoint.run($0.baseAddress.unsafelyUnwrapped, 2, segment: 1)
            } == 1)
        #expect(run(packet(0x40, id: 1, count: 5)) == 5)
    }
}
