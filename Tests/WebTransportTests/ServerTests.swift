import Containers
import Testing
import TransportInterface

@testable import WebTransport

/// The server's side, byte by byte as clients send it (draft-ietf-webtrans-http3 sections 3 to 6).
@Suite struct ServerTests {
    @Test(
        "Both tokens open a session (section 3.2, drafts before 15)",
        arguments: ["webtransport", "webtransport-h3"])
    func tokens(token: String) throws {
        var machine = Machine(slowly: true)
        machine.receive(2, Wire.control)
        machine.receive(0, Wire.connect(path: "/live", token: token))
        #expect(
            machine.negotiated
                == NegotiatedProtocol(
                    carrier: .webTransport, name: nil, authority: "a.example", path: "/live"))
        #expect(try machine.sentFields(0) == [HTTPField(":status", "200")])
        #expect(!machine.sent(0).fin)
    }

    @Test("A draft 02 client hears that it is understood")
    func versionField() throws {
        var machine = Machine()
        machine.receive(2, Wire.control)
        machine.receive(0, Wire.connect([("sec-webtransport-http3-draft02", "1")]))
        #expect(try machine.sentFields(0).contains(HTTPField("sec-webtransport-http3-draft", "draft02")))
    }

    @Test(
        "WT-Protocol is our best among the offered, quoted; tokens and several lines are read (section 3.3)",
        arguments: [
            ([#""moqt-16", "moqt-18""#], "moqt-18"), (["moq-00"], "moq-00"),
            ([#""chat""#, #""moqt-16""#], "moqt-16"),
            ([#""moqt-18", 5"#], nil), ([#""chat""#], nil), ([], nil),
        ] as [([String], String?)])
    func protocols(lines: [String], chosen: String?) throws {
        var machine = Machine()
        machine.receive(2, Wire.control)
        machine.receive(0, Wire.connect(lines.map { ("wt-available-protocols", $0) }))
        #expect(machine.negotiated?.name == chosen)
        let answer = try machine.sentFields(0).first { $0.name == "wt-protocol" }?.value
        #expect(answer == chosen.map { "\"\($0)\"" })
    }

    @Test("A CONNECT that overtakes SETTINGS waits for them, its capsules too (section 3.1)")
    func connectBeforeSettings() {
        for slowly in [false, true] {
            var machine = Machine(slowly: slowly)
            machine.receive(
                0, Wire.connect() + Wire.frame(0x00, Capsule.close(code: 9, reason: "x").encoded), fin: true)
            #expect(machine.negotiated == nil)
            #expect(machine.sent(0).bytes.isEmpty)
            machine.receive(2, Wire.control)
            #expect(machine.negotiated != nil)
            #expect(machine.ended == .application(code: 9, reason: "x", byPeer: true))
        }
    }

    @Test("Too many bytes behind a CONNECT that waits reset it")
    func connectBeforeSettingsBound() {
        var machine = Machine(server: { $0.maximumEarlyByteCount = 1000 })
        machine.receive(0, Wire.connect())
        machine.receive(0, Wire.frame(0x00, Array(repeating: 0, count: 1200)))
        #expect(machine.reset(0) == 0x107)
        #expect(machine.connectionError == nil)
    }

    @Test(
        "Other requests get a small answer and the connection lives",
        arguments: [
            ([(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")], "404"),
            ([(":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/")], "405"),
            ([(":method", "CONNECT"), (":authority", "a:1")], "405"),
            (
                [
                    (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"),
                    (":authority", "a"), (":path", "/"),
                ], "501"
            ),
            (
                [
                    (":method", "CONNECT"), (":protocol", "webtransport"), (":scheme", "http"),
                    (":authority", "a"), (":path", "/"),
                ], "400"
            ),
        ])
    func otherRequests(fields: [(String, String)], status: String) throws {
        var machine = Machine()
        machine.receive(2, Wire.control)
        machine.receive(0, Wire.headers(fields))
        machine.receive(0, Wire.frame(0x00, [1, 2, 3]), fin: true)
        #expect(try machine.sentFields(0).first == HTTPField(":status", status))
        #expect(machine.sent(0).fin)
        #expect(machine.connectionError == nil)
        machine.http3.streamClosed(StreamID(0))
        machine.receive(4, Wire.connect())
        #expect(machine.negotiated != nil)
    }

    @Test(
        "Malformed requests are reset with H3_MESSAGE_ERROR (RFC 9114 section 4.1.2)",
        arguments: [
            [(":method", "CONNECT"), (":protocol", "webtransport"), (":scheme", "https"), (":path", "/")],
            [
                (":method", "CONNECT"), (":protocol", "webtransport"), (":scheme", "https"),
                (":authority", "a"), (":path", ""),
            ],
            [(":method", "GET"), (":method", "GET"), (":scheme", "https"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), ("x", "y"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":new", "1")],
            [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("Upper", "1")],
            [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("connection", "close")],
            [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("x", "a\u{0}")],
            [("x", "y")], [(":method", "GET")],
        ])
    func malformed(fields: [(String, String)]) {
        var machine = Machine()
        machine.receive(2, Wire.control)
        machine.receive(0, Wire.headers(fields))
        #expect(machine.reset(0) == 0x10e)
        #expect(machine.connectionError == nil)
    }

    @Test(
        "A header section beyond the limit is answered with 431, encoded or decoded (RFC 9114 section 4.2.2)")
    func tooLarge() throws {
        for bytes in [
            [0x01] + Wire.varint(20_000) + Array(repeating: 0, count: 20_000),
            Wire.frame(0x01, [0, 0] + Array(repeating: [0xff, 0x16], count: 8000).flatMap(\.self)),
        ] {
            var machine = Machine()
            machine.receive(0, bytes)
            #expect(try machine.sentFields(0).first == HTTPField(":status", "431"))
            #expect(machine.stopped(0) == 0x100)
            #expect(machine.consumedByteCount(0) == bytes.count)
            #expect(machine.connectionError == nil)
        }
    }

    @Test(
        "A request that ends without a header section is reset with H3_REQUEST_INCOMPLETE (RFC 9114 section 4.1)"
    )
    func incomplete() {
        for bytes in [[], [0x40], Wire.frame(0x21)] as [[UInt8]] {
            var machine = Machine()
            machine.receive(0, bytes, fin: true)
            #expect(machine.reset(0) == 0x10d)
            #expect(machine.connectionError == nil)
        }
    }

    @Test("A second CONNECT is reset with H3_REQUEST_REJECTED (section 5.1)")
    func secondSession() {
        var machine = Machine()
        machine.establish()
        machine.receive(4, Wire.connect())
        #expect(machine.reset(4) == 0x10b)
        #expect(machine.ended == nil)
    }

    @Test("Streams and datagrams that overtake their CONNECT are kept for it (section 4.6)")
    func early() {
        for slowly in [false, true] {
            var machine = Machine(slowly: slowly)
            machine.receive(6, [0x40, 0x54, 0x00, 1, 2])
            machine.receive(4, [0x40, 0x41, 0x00, 3])
            machine.receive(6, [3], fin: true)
            #expect(machine.http3.datagramReceived(Payload([0x00, 8])) == nil)
            #expect(machine.delivered(6) == [])
            machine.establish()
            #expect(machine.delivered(6) == [1, 2, 3])
            #expect(machine.delivered(4) == [3])
            #expect(machine.actions.contains(.datagramReceived(Payload([8]))))
            // Only the prefix is given back: the rest is the session's to give.
            #expect(machine.consumedByteCount(6) == 3)
            #expect(machine.http3.isSessionStream(StreamID(4)))
            // Later ones go straight through.
            machine.receive(10, [0x40, 0x54, 0x00, 5])
            #expect(machine.delivered(10) == [5])
            #expect(machine.http3.datagramReceived(Payload([0x00, 9]))?.bytes == [9])
        }
    }

    @Test(
        "Beyond the bounds a stream is stopped with WT_BUFFERED_STREAM_REJECTED, a datagram dropped (section 4.6)"
    )
    func earlyBounds() {
        var machine = Machine(server: {
            $0.maximumEarlyStreamCount = 2
            $0.maximumEarlyByteCount = 10
            $0.maximumEarlyDatagramCount = 1
        })
        machine.receive(6, [0x40, 0x54, 0x00, 1])
        machine.receive(10, [0x40, 0x54, 0x00, 1])
        machine.receive(14, [0x40, 0x54, 0x00, 1])
        machine.receive(4, [0x40, 0x41, 0x00, 1])
        #expect(machine.stopped(14) == 0x3994_bd84)
        #expect(machine.stopped(4) == 0x3994_bd84)
        #expect(machine.reset(4) == 0x3994_bd84)
        #expect(machine.stopped(6) == nil)
        machine.receive(6, Array(repeating: 0, count: 9))
        #expect(machine.stopped(6) == 0x3994_bd84)
        #expect(machine.consumedByteCount(6) == 13)
        for value: UInt8 in [1, 2] { #expect(machine.http3.datagramReceived(Payload([0, value])) == nil) }
        machine.establish()
        #expect(machine.delivered(10) == [1])
        #expect(machine.delivered(6) == [])
        #expect(machine.actions.filter { if case .datagramReceived = $0 { true } else { false } }.count == 1)
    }

    @Test("Streams of a session that will never be are rejected, its datagrams dropped (section 4.6)")
    func unknownSession() {
        var machine = Machine()
        machine.receive(6, [0x40, 0x54, 0x08, 1])
        machine.establish()
        machine.receive(10, [0x40, 0x54, 0x04, 1])
        #expect(machine.stopped(6) == 0x3994_bd84)
        #expect(machine.stopped(10) == 0x3994_bd84)
        #expect(machine.http3.datagramReceived(Payload([0x05, 1])) == nil)
        machine.receive(10, [2, 3], fin: true)
        #expect(machine.consumedByteCount(10) == 6)
        #expect(machine.connectionError == nil)
    }

    @Test("Streams for a CONNECT that was refused are rejected, and another CONNECT may follow")
    func refusedThenAccepted() throws {
        var machine = Machine(server: { $0.acceptsPath = { path, _ in path == "/good" } })
        machine.receive(2, Wire.control)
        machine.receive(6, [0x40, 0x54, 0x00, 1])
        machine.receive(0, Wire.connect(path: "/bad"))
        #expect(try machine.sentFields(0).first == HTTPField(":status", "404"))
        #expect(machine.stopped(6) == 0x3994_bd84)
        machine.receive(4, Wire.connect(path: "/good"))
        #expect(machine.negotiated?.path == "/good")
    }

    @Test("WT_CLOSE_SESSION ends the session: FIN, streams abandoned with WT_SESSION_GONE (section 6)")
    func closed() {
        var machine = Machine()
        machine.establish()
        machine.receive(6, [0x40, 0x54, 0x00, 1])
        machine.http3.sessionStreamOpened(StreamID(7))
        machine.receive(0, Wire.frame(0x00, Capsule.close(code: 4, reason: "bye").encoded))
        #expect(machine.ended == .application(code: 4, reason: "bye", byPeer: true))
        #expect(machine.sent(0).fin)
        #expect(machine.stopped(6) == 0x170d_7b68)
        #expect(machine.reset(7) == 0x170d_7b68)
        // What comes later for the session is refused in the same way.
        machine.receive(10, [0x40, 0x54, 0x00, 1])
        #expect(machine.stopped(10) == 0x170d_7b68)
        #expect(machine.http3.datagramReceived(Payload([0, 1])) == nil)
        // The connection closes only when the CONNECT stream has.
        #expect(machine.connectionError == nil)
        machine.receive(0, [], fin: true)
        machine.http3.streamClosed(StreamID(0))
        machine.collect()
        #expect(machine.connectionError == 0x100)
    }

    @Test("Bytes after WT_CLOSE_SESSION reset the stream with H3_MESSAGE_ERROR (section 6)")
    func bytesAfterClose() {
        var machine = Machine()
        machine.establish()
        machine.receive(0, Wire.frame(0x00, Capsule.close(code: 4, reason: "").encoded))
        machine.receive(0, Wire.frame(0x00, [0]))
        #expect(machine.reset(0) == 0x10e)
        #expect(machine.ended == .application(code: 4, reason: "", byPeer: true))
    }

    @Test("A CONNECT stream that just ends is a close with code 0 (section 6)")
    func cleanEnd() {
        var machine = Machine()
        machine.establish()
        machine.receive(0, [], fin: true)
        #expect(machine.ended == .application(code: 0, reason: "", byPeer: true))
        #expect(machine.sent(0).fin)
    }

    @Test("A CONNECT stream that ends inside a capsule is malformed (RFC 9297 section 3.3)")
    func truncatedCapsule() {
        var machine = Machine()
        machine.establish()
        machine.receive(0, Wire.frame(0x00, [0x68, 0x43, 6]), fin: true)
        #expect(machine.reset(0) == 0x10e)
        guard case .transport(0x10e, _, byPeer: false)? = machine.ended else {
            Issue.record("\(String(describing: machine.ended))")
            return
        }
    }

    @Test("A CONNECT stream that is reset or stopped takes the session along (section 6)")
    func abruptEnd() {
        for isReset in [true, false] {
            var machine = Machine()
            machine.establish()
            if isReset {
                machine.http3.streamReset(StreamID(0), code: 0x10c)
            } else {
                machine.http3.streamStopped(StreamID(0), code: 0x10c)
            }
            machine.collect()
            guard case .transport(0x10c, _, byPeer: true)? = machine.ended else {
                Issue.record("\(String(describing: machine.ended))")
                return
            }
            #expect((machine.reset(0) != nil) == isReset)
            #expect(machine.connectionError == nil)
        }
    }

    @Test("A capsule may span DATA frames, and a frame hold several capsules")
    func capsulesAcrossFrames() {
        for slowly in [false, true] {
            var machine = Machine(slowly: slowly)
            machine.establish()
            let capsules =
                Capsule.drain.encoded + Wire.frame(0x17, [1, 2, 3])
                + Capsule.close(code: 2, reason: "ok").encoded
            machine.receive(
                0,
                Wire.frame(0x00, Array(capsules[..<7])) + Wire.frame(0x21, [5])
                    + Wire.frame(0x00, Array(capsules[7...])))
            #expect(machine.actions.contains(.drainRequested))
            #expect(machine.ended == .application(code: 2, reason: "ok", byPeer: true))
        }
    }

    @Test("A prefix of any integer width is read (section 4)")
    func widePrefix() {
        var machine = Machine()
        machine.establish()
        machine.receive(6, [0x80, 0, 0, 0x54, 0xc0, 0, 0, 0, 0, 0, 0, 0, 7])
        #expect(machine.delivered(6) == [7])
    }

    @Test("A stream that is reset before it said what it is leaves no trace")
    func resetBeforePrefix() {
        var machine = Machine()
        machine.establish()
        machine.receive(6, [0x40])
        machine.http3.streamReset(StreamID(6), code: 1)
        machine.http3.streamReset(StreamID(10), code: 1)
        machine.http3.streamReset(StreamID(8), code: 1)
        machine.collect()
        #expect(machine.reset(8) == 0x10c)
        machine.http3.streamClosed(StreamID(6))
        machine.http3.streamClosed(StreamID(8))
        machine.http3.streamClosed(StreamID(10))
        #expect(machine.http3.streams.keys.sorted() == [StreamID(0), StreamID(2)])
        #expect(machine.ended == nil)
    }
}
