import Containers
import Testing
import TransportInterface

@testable import WebTransport

/// Two sessions against each other (draft-ietf-webtrans-http3 sections 3 to 6).
@Suite struct WebTransportSessionTests {
    @Test("Both sides agree on protocol, authority and path (section 3)", arguments: [1, 3, Int.max])
    func establishment(pieceByteCount: Int) {
        let pair = SessionPair(pieceByteCount: pieceByteCount)
        pair.run()
        let expected = NegotiatedProtocol(
            carrier: .webTransport, name: "moqt-18", authority: "example.org:4443", path: "/relay")
        #expect(pair.clientSide.facts == [.established])
        #expect(pair.serverSide.facts == [.established])
        #expect(pair.client.negotiated == expected)
        #expect(pair.server.negotiated == expected)
    }

    @Test("The server's preference decides among what the client offers (section 3.3)")
    func serverPreference() {
        let pair = SessionPair(
            offered: ["moqt-14", "moqt-16", "moqt-18"], supported: ["moqt-17", "moqt-16", "moqt-14"])
        pair.run()
        #expect(pair.client.negotiated?.name == "moqt-16")
        #expect(pair.server.negotiated?.name == "moqt-16")
    }

    @Test("Nothing offered, or nothing in common: a session without a name (section 3.3)")
    func noProtocol() {
        for offered in [[], ["chat"]] {
            let pair = SessionPair(offered: offered)
            pair.run()
            #expect(pair.clientSide.facts == [.established])
            #expect(pair.client.negotiated?.name == nil)
            #expect(pair.server.negotiated?.name == nil)
        }
    }

    @Test("A server that requires a protocol refuses with 400; a client that requires one closes")
    func requiredProtocol() {
        let refused = SessionPair(offered: ["chat"], server: { $0.requiresProtocol = true })
        refused.run()
        #expect(refused.clientSide.closeReasons == [.refused(status: 400)])

        let closed = SessionPair(offered: ["chat"], client: { $0.requiresProtocol = true })
        closed.run()
        guard case .transport(let code, _, byPeer: false)? = closed.clientSide.closeReasons.first else {
            Issue.record("not closed")
            return
        }
        #expect(code == HTTP3ErrorCode.alpnError.rawValue)
    }

    @Test("An origin outside the list is refused with 403, no origin passes (section 3.2)")
    func origins() {
        let outcomes = ["https://evil.example", "https://good.example", nil].map { origin in
            let pair = SessionPair(origin: origin, server: { $0.allowedOrigins = ["https://good.example"] })
            pair.run()
            return pair.clientSide.facts
        }
        #expect(outcomes == [[.closed(.refused(status: 403))], [.established], [.established]])
    }

    @Test("A path that the server does not serve is refused with 404")
    func paths() {
        let pair = SessionPair(path: "/other", server: { $0.acceptsPath = { path, _ in path == "/relay" } })
        pair.run()
        #expect(pair.clientSide.facts == [.closed(.refused(status: 404))])
        #expect(pair.serverSide.facts.contains(.established) == false)
        #expect(pair.clientCarrier.closeCode == HTTP3ErrorCode.noError.rawValue)
    }

    @Test("Streams of both kinds carry bytes both ways, whole or byte by byte", arguments: [1, 7, Int.max])
    func streams(pieceByteCount: Int) throws {
        let pair = SessionPair(pieceByteCount: pieceByteCount)
        pair.run()
        for (from, to, heard) in [
            (pair.client, pair.server, pair.serverSide), (pair.server, pair.client, pair.clientSide),
        ] {
            let uni = try #require(from.openStream(.unidirectional))
            let bidi = try #require(from.openStream(.bidirectional))
            from.send(Payload([1, 2, 3]), fin: true, on: uni)
            from.send(Payload([0x40, 0x54, 4]), fin: false, on: bidi)
            pair.run()
            #expect(heard.bytes[uni] == [1, 2, 3])
            #expect(heard.finished.contains(uni))
            #expect(heard.bytes[bidi] == [0x40, 0x54, 4])
            #expect(!heard.finished.contains(bidi))
            to.send(Payload([9]), fin: true, on: bidi)
            from.send(Payload(), fin: true, on: bidi)
            pair.run()
            let other = heard === pair.serverSide ? pair.clientSide : pair.serverSide
            #expect(other.bytes[bidi] == [9])
            #expect(other.finished.contains(bidi))
            #expect(heard.finished.contains(bidi))
            #expect(heard.streamsClosed.isSuperset(of: [uni, bidi]))
        }
    }

    @Test("All framing bytes are given back to flow control, and only those")
    func flowControl() throws {
        let pair = SessionPair()
        pair.run()
        let uni = try #require(pair.client.openStream(.unidirectional))
        pair.client.send(Payload([1, 2, 3]), fin: true, on: uni)
        pair.run()
        for (stream, byteCount) in pair.serverCarrier.receivedByteCount {
            let expected = stream == uni ? byteCount - 3 : byteCount
            #expect(pair.serverCarrier.consumedByteCount[stream, default: 0] == expected)
        }
        pair.server.consumed(uni, byteCount: 3)
        #expect(pair.serverCarrier.consumedByteCount[uni] == pair.serverCarrier.receivedByteCount[uni])
    }

    @Test(
        "Pulled chunks follow the stream's prefix, pulled datagrams carry the quarter stream id (section 4.5)"
    )
    func pulled() throws {
        let pair = SessionPair()
        let source = QueueSource()
        pair.client.sendSource = source
        source.chunks = [(.datagram, [7, 7], false)]
        pair.run()
        #expect(source.accepted == [2])
        #expect(pair.serverSide.datagrams == [[7, 7]])
        let uni = try #require(pair.client.openStream(.unidirectional))
        source.chunks = [(.stream(uni), [1, 2], false), (.stream(uni), [3], true)]
        pair.run()
        #expect(pair.serverSide.bytes[uni] == [1, 2, 3])
        #expect(pair.serverSide.finished.contains(uni))
        #expect(source.accepted == [2, 2, 1])
        #expect(pair.client.maximumDatagramByteCount == 1199)
    }

    @Test("Application codes cross resets and STOP_SENDING unharmed (section 4.4)")
    func resetCodes() throws {
        let pair = SessionPair()
        pair.run()
        let uni = try #require(pair.client.openStream(.unidirectional))
        let bidi = try #require(pair.server.openStream(.bidirectional))
        pair.client.send(Payload([1]), fin: false, on: uni)
        pair.server.send(Payload([1]), fin: false, on: bidi)
        pair.run()
        pair.client.resetStream(uni, code: 0x1e)
        pair.client.stopSending(bidi, code: 0xffff_ffff)
        pair.run()
        #expect(pair.clientCarrier.resets[uni] == 0x52e4_a40f_a8fa)
        #expect(pair.serverSide.facts.contains(.reset(uni, 0x1e)))
        #expect(pair.serverSide.facts.contains(.stopped(bidi, 0xffff_ffff)))
        #expect(pair.clientSide.facts.contains(.reset(bidi, 0xffff_ffff)))
    }

    @Test("A reset with a code outside the application's range has no code (section 4.4)")
    func foreignResetCode() throws {
        let pair = SessionPair()
        pair.run()
        let uni = try #require(pair.client.openStream(.unidirectional))
        pair.client.send(Payload([1]), fin: false, on: uni)
        pair.run()
        pair.clientCarrier.resetStream(uni, code: 0x10c)
        pair.run()
        #expect(pair.serverSide.facts.contains(.reset(uni, nil)))
    }

    @Test(
        "Code and message of a close reach the peer, streams are abandoned, then the connection closes (section 6)"
    )
    func close() throws {
        for fromClient in [true, false] {
            let pair = SessionPair()
            pair.run()
            let uni = try #require(pair.client.openStream(.unidirectional))
            pair.client.send(Payload([1]), fin: false, on: uni)
            pair.run()
            let (closer, closerSide, otherSide) =
                fromClient
                ? (pair.client, pair.clientSide, pair.serverSide)
                : (pair.server, pair.serverSide, pair.clientSide)
            closer.close(code: 0x1_0001, reason: "gøne")
            // Nothing more can be opened.
            #expect(closer.openStream(.unidirectional) == nil)
            pair.run()
            #expect(otherSide.closeReasons == [.application(code: 0x1_0001, reason: "gøne", byPeer: true)])
            #expect(closerSide.closeReasons == [.application(code: 0x1_0001, reason: "gøne", byPeer: false)])
            #expect(pair.clientCarrier.resets[uni] == HTTP3ErrorCode.sessionGone.rawValue)
            let codes = [pair.clientCarrier.closeCode, pair.serverCarrier.closeCode].compactMap(\.self)
            #expect(!codes.isEmpty && codes.allSatisfy { $0 == HTTP3ErrorCode.noError.rawValue })
        }
    }

    @Test("Streams abandoned with WT_SESSION_GONE are silent: the close message says why (section 6)")
    func resetsOvertakeTheClose() throws {
        let pair = SessionPair()
        pair.run()
        let theirs = try #require(pair.server.openStream(.unidirectional))
        let ours = try #require(pair.client.openStream(.unidirectional))
        let both = try #require(pair.client.openStream(.bidirectional))
        pair.server.send(Payload([1]), fin: false, on: theirs)
        for stream in [ours, both] { pair.client.send(Payload([2]), fin: false, on: stream) }
        pair.run()
        pair.serverCarrier.stopSending(ours, code: HTTP3ErrorCode.sessionGone.rawValue)
        pair.serverCarrier.resetStream(theirs, code: HTTP3ErrorCode.sessionGone.rawValue)
        pair.server.send(Payload([3, 4]), fin: true, on: both)
        pair.run()
        #expect(pair.clientSide.facts == [.established])
        #expect(pair.clientSide.bytes[both] == nil)
        #expect(pair.clientCarrier.consumedByteCount[both] == 2)
        pair.server.close(code: 0x3, reason: "control stream closed")
        pair.run()
        #expect(
            pair.clientSide.closeReasons == [
                .application(code: 0x3, reason: "control stream closed", byPeer: true)
            ])
    }

    @Test("A connection closed with a code of the application's range has the session's code (section 4.4)")
    func connectionClosedByApplication() {
        let pair = SessionPair()
        pair.run()
        pair.serverCarrier.close(code: ApplicationErrorMapping.http3Code(for: 0x1b), reason: "too many")
        pair.run()
        #expect(
            pair.clientSide.closeReasons == [.application(code: 0x1b, reason: "too many", byPeer: true)])
    }

    @Test("A message beyond 1024 bytes is cut at a character (section 6)")
    func longReason() {
        let pair = SessionPair()
        pair.run()
        pair.client.close(code: 1, reason: String(repeating: "ü", count: 2000))
        pair.run()
        let expected = String(repeating: "ü", count: 512)
        #expect(pair.serverSide.closeReasons == [.application(code: 1, reason: expected, byPeer: true)])
    }

    @Test("The connection's own end ends the session as an HTTP/3 error")
    func connectionClosed() {
        let pair = SessionPair()
        pair.run()
        pair.serverCarrier.close(code: 0x107, reason: "enough")
        pair.run()
        #expect(pair.clientSide.closeReasons == [.transport(code: 0x107, reason: "enough", byPeer: true)])
        #expect(pair.serverSide.closeReasons == [.transport(code: 0x107, reason: "enough", byPeer: false)])
    }

    @Test("A client that closes before its session stands tells its own delegate")
    func earlyClose() {
        let pair = SessionPair()
        pair.client.close(code: 3, reason: "never mind")
        pair.run()
        #expect(
            pair.clientSide.facts == [.closed(.application(code: 3, reason: "never mind", byPeer: false))])
    }

    @Test("A close from inside transportEstablished is performed")
    func closeFromInside() {
        let pair = SessionPair()
        pair.serverSide.onEstablished = { [unowned pair] in pair.server.close(code: 5, reason: "no") }
        pair.run()
        #expect(
            pair.clientSide.facts == [
                .established, .closed(.application(code: 5, reason: "no", byPeer: true)),
            ])
    }

    @Test("WT_DRAIN_SESSION reaches the peer and the session goes on (section 4.7)")
    func drain() throws {
        let pair = SessionPair()
        pair.run()
        var asked = 0
        pair.server.drainRequested = { asked += 1 }
        pair.client.drain()
        pair.run()
        #expect(asked == 1)
        #expect(pair.server.openStream(.unidirectional) != nil)
    }

    @Test("Without stream credit the control and CONNECT streams wait for it")
    func credit() {
        let pair = SessionPair()
        pair.clientCarrier.credit = [:]
        pair.run()
        #expect(pair.clientSide.facts.isEmpty)
        pair.clientCarrier.grantCredit(.unidirectional, 1)
        pair.clientCarrier.grantCredit(.bidirectional, 1)
        pair.run()
        #expect(pair.clientSide.facts == [.established])
        #expect(pair.client.openStream(.unidirectional) == nil)
        pair.clientCarrier.grantCredit(.unidirectional, 1)
        pair.run()
        #expect(pair.clientSide.facts == [.established, .credit(.unidirectional)])
        #expect(pair.client.openStream(.unidirectional) != nil)
    }

    @Test("A session frees itself when its connection has closed, and not before")
    func lifetime() {
        weak var session: WebTransportSession?
        let (client, server) = FakeCarrier.pair()
        do {
            session = WebTransportServer.accept(on: server, configuration: WebTransportConfiguration())
        }
        #expect(session != nil)
        server.close(code: 0, reason: "")
        FakeCarrier.run(client, server)
        #expect(session == nil)
    }
}
