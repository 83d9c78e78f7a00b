import Containers
import QUICTransport
import Testing
import TransportInterface

@testable import WebTransport

/// Sessions over QUICTransport on loopback sockets.
@Suite struct LoopbackTests {
    @Test("A session stands, with protocol, authority and path", arguments: [false, true])
    func establishment(isIPv6: Bool) throws {
        let pair = try LoopbackPair(isIPv6: isIPv6)
        let (client, server) = try pair.establish()
        let expected = NegotiatedProtocol(
            carrier: .webTransport, name: "moqt-18", authority: "localhost", path: "/relay")
        #expect(client.negotiated == expected)
        #expect(server.negotiated == expected)
    }

    @Test("Streams carry bytes both ways, whoever opened them", arguments: [false, true])
    func streams(isIPv6: Bool) throws {
        let pair = try LoopbackPair(isIPv6: isIPv6)
        let (client, server) = try pair.establish()
        let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for (from, to, heard, back) in [
            (client, server, pair.serverSide, pair.clientSide),
            (server, client, pair.clientSide, pair.serverSide),
        ] {
            let uni = try #require(from.openStream(.unidirectional))
            let bidi = try #require(from.openStream(.bidirectional))
            from.send(Payload(long), fin: true, on: uni)
            from.send(Payload([1, 2]), fin: true, on: bidi)
            #expect(pair.turn { heard.finished.isSuperset(of: [uni, bidi]) })
            #expect(heard.bytes[uni] == long)
            #expect(heard.bytes[bidi] == [1, 2])
            to.consumed(uni, byteCount: long.count)
            to.consumed(bidi, byteCount: 2)
            to.send(Payload([3]), fin: true, on: bidi)
            #expect(pair.turn { back.finished.contains(bidi) && back.streamsClosed.contains(uni) })
            #expect(back.bytes[bidi] == [3])
        }
    }

    @Test("Datagrams go both ways, pulled and within the announced size")
    func datagrams() throws {
        let pair = try LoopbackPair()
        let (client, server) = try pair.establish()
        for (from, heard) in [(client, pair.serverSide), (server, pair.clientSide)] {
            // Each side has found out about its own direction of the path.
            let size = from.maximumDatagramByteCount
            #expect(size > 1000)
            let source = QueueSource()
            source.chunks = [
                (.datagram, [1, 2, 3], false), (.datagram, Array(repeating: 9, count: size), false),
            ]
            from.sendSource = source
            from.wantsToSend()
            #expect(pair.turn { heard.datagrams.count == 2 })
            #expect(heard.datagrams.map(\.count).sorted() == [3, size])
            #expect(source.accepted == [3, size])
        }
    }

    @Test("A stream that is opened while it is pulled has its prefix first")
    func openedWhilePulled() throws {
        let pair = try LoopbackPair()
        let (client, _) = try pair.establish()
        let source = OpeningSource(client)
        client.sendSource = source
        client.wantsToSend()
        #expect(pair.turn { pair.serverSide.finished.count == 20 })
        #expect(pair.serverSide.bytes.count == 20)
        #expect(pair.serverSide.bytes.values.allSatisfy { $0 == [1, 2, 3, 4] })
    }

    @Test("Reset and STOP_SENDING codes arrive as they were given")
    func resetCodes() throws {
        let pair = try LoopbackPair()
        let (client, server) = try pair.establish()
        let uni = try #require(client.openStream(.unidirectional))
        let bidi = try #require(server.openStream(.bidirectional))
        client.send(Payload([1]), fin: false, on: uni)
        server.send(Payload([1]), fin: false, on: bidi)
        #expect(pair.turn { pair.serverSide.bytes[uni] != nil && pair.clientSide.bytes[bidi] != nil })
        client.resetStream(uni, code: 0x1e)
        client.stopSending(bidi, code: 0xffff_ffff)
        #expect(
            pair.turn {
                pair.serverSide.facts.contains(.reset(uni, 0x1e))
                    && pair.serverSide.facts.contains(.stopped(bidi, 0xffff_ffff))
            })
    }

    @Test(
        "Code and message of a close arrive in both directions, then both connections end",
        arguments: [true, false])
    func close(fromClient: Bool) throws {
        let pair = try LoopbackPair()
        let (client, server) = try pair.establish()
        let stream = try #require(client.openStream(.unidirectional))
        client.send(Payload([1]), fin: false, on: stream)
        #expect(pair.turn { pair.serverSide.bytes[stream] != nil })
        (fromClient ? client : server).close(code: 0x10, reason: "gøodbye")
        let (near, far) = fromClient ? (pair.clientSide, pair.serverSide) : (pair.serverSide, pair.clientSide)
        #expect(pair.turn { !near.closeReasons.isEmpty && !far.closeReasons.isEmpty })
        #expect(near.closeReasons == [.application(code: 0x10, reason: "gøodbye", byPeer: false)])
        #expect(far.closeReasons == [.application(code: 0x10, reason: "gøodbye", byPeer: true)])
        #expect(
            pair.turn { pair.clientConnection?.isClosed == true && pair.serverConnection?.isClosed == true })
    }

    @Test("A close before the session stands ends it with its own code")
    func abandonedHandshake() throws {
        let pair = try LoopbackPair()
        try pair.connect()
        pair.client?.close(code: 1, reason: "early")
        #expect(pair.turn { !pair.clientSide.closeReasons.isEmpty })
        #expect(pair.clientSide.closeReasons == [.application(code: 1, reason: "early", byPeer: false)])
    }
}
