import Containers
import Testing
import TransportInterface

@testable import QUICTransport

@Suite struct AcknowledgementTests {
    @Test("A PING's acknowledgement travels with what is sent next (RFC 9000 section 13.2.1)")
    func withTheNextObject() throws {
        let harness = try Harness(virtualTime: VirtualTime())
        let (client, server) = try harness.virtualPair()
        let stream = try #require(server.connection.openStream(.unidirectional))
        let before = server.connection.statistics
        let heard = client.connection.statistics.packetsSent
        let objectCount: UInt64 = 60
        for _ in 0..<objectCount {
            server.pull(Payload(bytes(3_000)), fin: false, on: stream)
            harness.turn(milliseconds: 16)
        }
        #expect(client.receivedByteCount == 3_000 * Int(objectCount))
        // The client said something about each, with a PING every other time.
        #expect(client.connection.statistics.packetsSent - heard >= objectCount)
        #expect(server.connection.statistics.sendCalls - before.sendCalls <= objectCount + 4)
        harness.turn(milliseconds: 25)
        #expect(client.connection.statistics.bytesInFlight == 0)
        #expect(client.connection.statistics.packetsLost == 0)
    }

    @Test("It leaves alone within the 25 ms of max_ack_delay when nothing is sent (RFC 9000 section 13.2.1)")
    func alone() throws {
        let harness = try Harness(virtualTime: VirtualTime())
        let (client, server) = try harness.virtualPair { $0.keepAliveMilliseconds = 100 }
        let before = server.connection.statistics.sendCalls
        var waited = 0
        var longest = 0
        var pingCount = 0
        harness.turn(milliseconds: 1_000) {
            if client.connection.statistics.bytesInFlight > 0 {
                if waited == 0 { pingCount += 1 }
                waited += 1
                longest = max(longest, waited)
            } else {
                waited = 0
            }
        }
        #expect(pingCount >= 8)
        #expect(longest <= 25)
        // One answer each.
        #expect(server.connection.statistics.sendCalls - before <= UInt64(pingCount) + 1)
    }

    @Test(
        "One packet of data is acknowledged within the 25 ms of max_ack_delay, a second one at once (RFC 9000 section 13.2.2)"
    )
    func everySecond() throws {
        let harness = try Harness(virtualTime: VirtualTime())
        let (client, server) = try harness.virtualPair()
        let stream = try #require(client.connection.openStream(.unidirectional))
        let before = server.connection.statistics.packetsSent
        let objectCount = 100
        var waited = 0
        var longest = 0
        for _ in 0..<objectCount {
            client.pull(Payload(bytes(160)), fin: false, on: stream)
            harness.turn(milliseconds: 20) {
                waited = client.connection.statistics.bytesInFlight > 0 ? waited + 1 : 0
                longest = max(longest, waited)
            }
        }
        #expect(server.receivedByteCount == 160 * objectCount)
        // The first of two waits for the second.
        #expect(longest >= 20 && longest <= 25)
        #expect(server.connection.statistics.packetsSent - before <= UInt64(objectCount) / 2 + 10)
        #expect(client.connection.statistics.packetsLost == 0)
    }

    @Test(
        "Data is acknowledged though nothing follows: one packet within 25 ms, several at once (RFC 9000 section 13.2)",
        // A turn of virtual time moves packets by one hop: 25 ms, and one on each way.
        arguments: [(byteCount: 100, milliseconds: 27), (byteCount: 5_000, milliseconds: 4)])
    func last(byteCount: Int, milliseconds: Int) throws {
        let harness = try Harness(virtualTime: VirtualTime())
        let (client, _) = try harness.virtualPair()
        let stream = try #require(client.connection.openStream(.unidirectional))
        for _ in 0..<20 {
            client.pull(Payload(bytes(byteCount)), fin: false, on: stream)
            harness.turn(milliseconds: milliseconds)
            #expect(client.connection.statistics.bytesInFlight == 0)
            harness.turn(milliseconds: 10)
        }
    }
}
