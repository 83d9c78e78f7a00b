import Containers
import Glibc
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Streams and datagrams") struct StreamTests {
    @Test("A bidirectional stream is echoed to its end")
    func echo() throws {
        let harness = try Harness()
        harness.onAccept = { $0.echoes = true }
        let (client, _) = try harness.pair()
        let stream = try #require(client.connection.openStream(.bidirectional))
        client.connection.send(Payload(Array("hello".utf8)), fin: true, on: stream)
        #expect(harness.turn { client.finished.contains(stream) })
        #expect(client.received[stream] == Array("hello".utf8))
        #expect(harness.turn { client.closedStreams.contains(stream) })
    }

    @Test("10 MB are pulled, echoed by pull, and arrive whole", arguments: [false, true])
    func largeEcho(isIPv6: Bool) throws {
        let harness = try Harness(isIPv6: isIPv6)
        harness.onAccept = {
            $0.echoes = true
            $0.keepsBytes = false
        }
        let (client, server) = try harness.pair()
        client.keepsBytes = false
        client.checksPattern = true
        let total = 10 << 20
        let stream = try #require(client.connection.openStream(.bidirectional))
        client.pullPattern(total, on: stream)
        #expect(harness.turn(seconds: 15) { client.finished.contains(stream) })
        #expect(client.receivedByteCount == total)
        #expect(client.corruptByteCount == 0)
        #expect(harness.turn { server.closedStreams.contains(stream) })
        #expect(client.connection.statistics.segmentedSends > 0)
        #expect(server.connection.streams.count == 0)
    }

    @Test("Pushed bytes of a stream leave before its pulled ones")
    func pushBeforePull() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pull(Payload([3, 4]), fin: true, on: stream)
        client.connection.send(Payload([1]), fin: false, on: stream)
        client.connection.send(Payload([2]), fin: false, on: stream)
        #expect(harness.turn { server.finished.contains(stream) })
        #expect(server.received[stream] == [1, 2, 3, 4])
    }

    @Test("RESET_STREAM and STOP_SENDING carry the application's code unchanged")
    func codes() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let first = try #require(client.connection.openStream(.unidirectional))
        let second = try #require(client.connection.openStream(.unidirectional))
        let both = try #require(client.connection.openStream(.bidirectional))
        for stream in [first, second, both] { client.connection.send(Payload([7]), fin: false, on: stream) }
        #expect(harness.turn { server.received.count == 3 })
        client.connection.resetStream(first, code: 0x52e4_a40f_a8db)
        server.connection.stopSending(second, code: 0x1234)
        server.connection.stopSending(both, code: 5)
        #expect(
            harness.turn {
                server.resets[first] != nil && client.stops[second] != nil && client.stops[both] != nil
            })
        #expect(server.resets[first] == 0x52e4_a40f_a8db)
        #expect(client.stops[second] == 0x1234)
        #expect(client.stops[both] == 5)
        #expect(harness.turn { client.closedStreams.isSuperset(of: [first, second]) })
        // The other half of a stopped stream lives on.
        server.connection.send(Payload([8]), fin: true, on: both)
        #expect(harness.turn { client.finished.contains(both) })
        #expect(client.received[both] == [8])
        #expect(harness.turn { client.closedStreams.contains(both) })
        #expect(client.closeReason == nil && server.closeReason == nil)
    }

    @Test("A stopped stream takes no more, and the others go on")
    func stopMidway() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let stopped = try #require(client.connection.openStream(.unidirectional))
        let other = try #require(client.connection.openStream(.unidirectional))
        server.consumes = false
        client.pullPattern(4 << 20, on: stopped)
        #expect(harness.turn { server.receivedByteCount > 100_000 })
        server.connection.stopSending(stopped, code: 9)
        #expect(harness.turn { client.stops[stopped] != nil })
        client.connection.send(Payload([1]), fin: true, on: other)
        #expect(harness.turn { server.finished.contains(other) })
        #expect(server.resets.isEmpty)
    }

    @Test("A stream that nobody reads stops its sender at the window and holds up no other")
    func slowReader() throws {
        let harness = try Harness(server: { $0.streamWindow = 64 << 10 })
        harness.onAccept = { $0.consumes = false }
        let (client, server) = try harness.pair()
        let slow = try #require(client.connection.openStream(.unidirectional))
        let fast = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(1 << 20, on: slow)
        #expect(harness.turn { client.blocked.contains(slow) })
        client.pull(Payload(bytes(1000)), fin: true, on: fast)
        #expect(harness.turn { server.finished.contains(fast) })
        #expect(server.received[slow]?.count == 64 << 10)
        server.connection.consumed(slow, byteCount: 64 << 10)
        #expect(harness.turn { server.received[slow]?.count == 128 << 10 })
    }

    @Test("A full connection window blocks every stream until bytes are given back")
    func connectionWindow() throws {
        let harness = try Harness(server: { $0.connectionWindow = 100_000 })
        harness.onAccept = { $0.consumes = false }
        let (client, server) = try harness.pair()
        var streams: [StreamID] = []
        for _ in 0..<3 {
            let stream = try #require(client.connection.openStream(.unidirectional))
            streams.append(stream)
            client.pull(Payload(bytes(50_000)), fin: true, on: stream)
        }
        #expect(harness.turn { server.receivedByteCount == 100_000 })
        harness.turn(seconds: 0.1) { false }
        #expect(server.receivedByteCount == 100_000)
        for stream in streams {
            server.connection.consumed(stream, byteCount: server.received[stream]?.count ?? 0)
        }
        #expect(harness.turn { server.receivedByteCount == 150_000 })
    }

    @Test("Stream credit runs out, and comes back when streams end")
    func streamCredit() throws {
        let harness = try Harness(server: { $0.maximumUnidirectionalStreams = 4 })
        let (client, server) = try harness.pair()
        var opened: [StreamID] = []
        while let stream = client.connection.openStream(.unidirectional) { opened.append(stream) }
        #expect(opened.count == 4)
        client.connection.send(Payload([1]), fin: true, on: opened[0])
        #expect(harness.turn { !client.credits.isEmpty })
        #expect(client.credits == [.unidirectional])
        #expect(client.connection.openStream(.unidirectional) != nil)
        #expect(server.finished == [opened[0]])
    }

    @Test("Datagrams arrive whole behind their prefix; one that is too large is dropped")
    func datagrams() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let limit = client.connection.maximumDatagramByteCount
        #expect(limit > 1000)
        client.connection.datagramPrefix = Payload([0x40])
        #expect(client.connection.maximumDatagramByteCount == limit - 1)
        client.datagramsToSend = [
            Payload([1, 2, 3]), Payload(bytes(limit - 1)), Payload(bytes(70_000)), Payload([4]),
        ]
        client.connection.wantsToSend()
        #expect(harness.turn { server.datagrams.count == 3 })
        #expect(server.datagrams == [[0x40, 1, 2, 3], [0x40] + bytes(limit - 1), [0x40, 4]])
        #expect(client.acceptedDatagrams == [3, limit - 1, 0, 1])
    }

    @Test("Without GSO the same bytes arrive, one datagram per call")
    func segmentationRefused() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        harness.client.socket.refusesSegmentsWith = -EIO
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pull(Payload(bytes(300_000)), fin: true, on: stream)
        #expect(harness.turn { server.finished.contains(stream) })
        #expect(server.received[stream] == bytes(300_000))
        #expect(!harness.client.socket.usesGSO)
    }

    @Test("A full socket keeps its train and sends it when it is writable again")
    func blockedSocket() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        harness.client.socket.refusesSegmentsWith = -EAGAIN
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pull(Payload(bytes(300_000)), fin: true, on: stream)
        #expect(harness.turn { harness.client.isSendBlocked })
        harness.client.socket.refusesSegmentsWith = nil
        #expect(harness.turn { server.finished.contains(stream) })
        #expect(server.received[stream] == bytes(300_000))
        #expect(client.connection.statistics.packetsLost == 0)
    }

    @Test("A thousand short streams come and go, and leave nothing behind")
    func manyStreams() throws {
        let harness = try Harness(server: { $0.maximumUnidirectionalStreams = 100 })
        let (client, server) = try harness.pair()
        var opened = 0
        #expect(
            harness.turn(seconds: 8) {
                while opened < 1000, let stream = client.connection.openStream(.unidirectional) {
                    client.pull(Payload(bytes(100)), fin: true, on: stream)
                    opened += 1
                }
                return server.finished.count == 1000 && client.closedStreams.count == 1000
            })
        #expect(server.receivedByteCount == 100_000)
        #expect(client.connection.streams.count == 0 && server.connection.streams.count == 0)
    }

    @Test(
        "Every congestion controller carries a transfer to its end",
        arguments: [QUICConfiguration.CongestionController.cubic, .bbr, .reno])
    func controllers(controller: QUICConfiguration.CongestionController) throws {
        let harness = try Harness()
        harness.onAccept = { $0.checksPattern = true }
        let (client, server) = try harness.pair { $0.congestionController = controller }
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(2 << 20, on: stream)
        #expect(harness.turn(seconds: 8) { server.finished.contains(stream) })
        #expect(server.receivedByteCount == 2 << 20 && server.corruptByteCount == 0)
    }

    @Test("Both ends count what they sent and lost nothing on a loopback")
    func statistics() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(1 << 20, on: stream)
        #expect(harness.turn { client.closedStreams.contains(stream) })
        let sent = client.connection.statistics
        #expect(sent.bytesSent > 1 << 20 && sent.packetsSent > 700)
        #expect(sent.smoothedRTT > 0 && sent.congestionWindow > 10_000)
        // Many datagrams per call: the point of GSO.
        #expect(sent.sendCalls < sent.packetsSent / 4)
        #expect(server.connection.statistics.bytesReceived >= 1 << 20)
    }

    @Test("The source is asked for a train of packets, not for each, and not because of acknowledgements")
    func askedOncePerTrain() throws {
        let harness = try Harness()
        let (client, server) = try harness.pair()
        server.keepsBytes = false
        let stream = try #require(client.connection.openStream(.unidirectional))
        client.pullPattern(2 << 20, on: stream)
        #expect(harness.turn { client.closedStreams.contains(stream) })
        #expect(server.receivedByteCount == 2 << 20)
        #expect(client.askedCount < client.connection.statistics.packetsSent / 3)
    }

    @Test("A datagram that finds no room in a packet goes in the next, also from a source that forgets it")
    func carriedDatagrams() throws {
        final class Forgetful: SendSource {
            var left: [Payload] = []
            var accepted: [Int] = []
            func nextChunk(_ chunk: inout SendChunk) -> Bool {
                guard !left.isEmpty else { return false }
                chunk.target = .datagram
                chunk.payloads.append(left.removeFirst())
                return true
            }
            func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
                accepted.append(byteCount)
            }
            func streamBlocked(_ stream: StreamID) {}
            func streamUnblocked(_ stream: StreamID) {}
        }
        let harness = try Harness()
        let (client, server) = try harness.pair()
        let source = Forgetful()
        source.left = (0..<60).map { Payload(bytes($0 % 3 == 0 ? 10 : 900)) }
        client.connection.sendSource = source
        client.connection.wantsToSend()
        #expect(harness.turn { server.datagrams.count == 60 })
        #expect(source.accepted == (0..<60).map { $0 % 3 == 0 ? 10 : 900 })
    }
}
