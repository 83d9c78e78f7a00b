import CNgtcp2
import CQUIC
import Containers
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Packet protection: two ways that agree", .serialized)
struct PacketProtectionTests {
    private static func octets(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
    }

    @Test(
        "the fast way makes what RFC 9001 appendix A.2 prints, mask and tag",
        .enabled(if: cquic_protection_is_fast() != 0))
    func knownAnswer() {
        // The client's Initial packet: a CRYPTO frame and padding, 1162 bytes.
        let frame = Self.octets(
            """
            060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c000004130113\
            02010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504\
            616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43\
            e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320\
            408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e515708060480\
            00ffff
            """)
        #expect(frame.count == 245)
        var bytes = frame + [UInt8](repeating: 0, count: 1162 - frame.count + 16)
        let header = Self.octets("c300000001088394c8f03e5157080000449e00000002")
        var mask = [UInt8](repeating: 0, count: 5)
        let result = cquic_protection_try(
            Self.octets("1f369613dd76d5467730efcbe3b1a22d"), Self.octets("fa044b2f42a3fd3b46fb255e"), header,
            header.count, &bytes, 1162, Self.octets("9f50449e04a0e810283a1e9933adedd2"),
            Self.octets("d1b1c98dd7689fb8ec11d242b123dc9b"), &mask)
        #expect(result == 0)
        #expect(mask == Self.octets("437b9aec36"))
        #expect(Array(bytes.prefix(16)) == Self.octets("d1b1c98dd7689fb8ec11d242b123dc9b"))
        #expect(Array(bytes.suffix(16)) == Self.octets("e221af44860018ab0856972e194cd934"))
    }

    @Test(
        "a server on either way understands a client on either, over key updates from both sides",
        arguments: [true, false], [true, false])
    func keyUpdates(isFast: Bool, isClientFast: Bool) throws {
        let harness = try Harness(server: { $0.usesFastCiphers = isFast })
        harness.onAccept = {
            $0.echoes = true
            $0.keepsBytes = false
        }
        let (client, server) = try harness.pair { $0.usesFastCiphers = isClientFast }
        client.keepsBytes = false
        client.checksPattern = true
        for round in 0..<5 {
            let stream = try #require(client.connection.openStream(.bidirectional))
            client.pullPattern(256 << 10, on: stream)
            try #require(harness.turn { client.finished.contains(stream) }, "round \(round)")
            if round == 4 { break }
            // Another may follow three probe timeouts after the last was acknowledged; ngtcp2 makes the next keys
            // when it is asked for a packet.
            let peer = round % 2 == 0 ? client : server
            let connection = try #require(peer.connection.connection)
            #expect(
                harness.turn(seconds: 3) {
                    peer.connection.wantsToSend()
                    return ngtcp2_conn_initiate_key_update(connection, harness.loop.now.nanoseconds) == 0
                })
        }
        #expect(client.receivedByteCount == 5 * 256 << 10)
        #expect(client.corruptByteCount == 0)
        #expect(client.closeReason == nil && server.closeReason == nil)
    }

    @Test("a packet whose tag is wrong is dropped, and the connection goes on", arguments: [true, false])
    func forged(isFast: Bool) throws {
        let harness = try Harness(server: { $0.usesFastCiphers = isFast })
        let (client, server) = try harness.pair()
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.connection.send(Payload([1]), fin: false, on: stream)
        try #require(harness.turn { server.received[stream] == [1] })
        let identifier = try #require(server.connection.issuedIDs.first)
        var packet = [UInt8](repeating: 0x55, count: 60)
        packet[0] = 0x41
        withUnsafeBytes(of: identifier) { packet.replaceSubrange(1..<9, with: $0) }
        var remote = harness.client.localAddress.raw
        var local = harness.server.localAddress.raw
        server.connection.read(
            packet, count: packet.count, segment: packet.count, from: &remote, to: &local, ecn: 0)
        server.connection.received()
        #expect(server.closeReason == nil)
        client.connection.send(Payload([2]), fin: true, on: stream)
        #expect(harness.turn { server.received[stream] == [1, 2] })
    }
}
