import Containers
import Testing
import TransportInterface

@testable import WebTransport

/// The client's side (draft-ietf-webtrans-http3 sections 3.1 to 3.3).
@Suite struct ClientTests {
    private static let settings = Wire.settings((0x08, 1), (0x33, 1), (0xc671_706a, 1))

    @Test("The CONNECT waits for SETTINGS and carries what was asked for (section 3.2)")
    func request() throws {
        let machine = Machine(clientOf: Self.settings, offering: ["moqt-18", "moq-00"])
        #expect(
            try machine.sentFields(0) == [
                HTTPField(":method", "CONNECT"), HTTPField(":protocol", "webtransport"),
                HTTPField(":scheme", "https"),
                HTTPField(":authority", "a.example"), HTTPField(":path", "/"),
                HTTPField("wt-available-protocols", #""moqt-18", "moq-00""#),
            ])
        #expect(!machine.sent(0).fin)
    }

    @Test("Version fields follow the server's settings")
    func versions() throws {
        let old = Machine(clientOf: Wire.settings((0x33, 1), (0x2b60_3742, 1)))
        #expect(try old.sentFields(0).contains(HTTPField("sec-webtransport-http3-draft02", "1")))
        let new = Machine(clientOf: Wire.settings((0x08, 1), (0x33, 1), (0x2c7c_f000, 1)))
        #expect(try new.sentFields(0).contains(HTTPField(":protocol", "webtransport-h3")))
    }

    @Test(
        "A server without WebTransport is told so with a sentence (section 3.1)",
        arguments: [
            Wire.settings((0x08, 1), (0x33, 1)), Wire.settings((0x33, 1), (0xc671_706a, 1)), Wire.settings(),
        ])
    func unsupported(settings: [UInt8]) {
        let machine = Machine(clientOf: settings)
        #expect(machine.connectionError == 0x212c_0d48)
        guard case .transport(_, let sentence, byPeer: false)? = machine.ended else {
            Issue.record("not ended")
            return
        }
        #expect(sentence.contains("do not offer"))
        #expect(!machine.actions.contains(.openRequestStream))
    }

    @Test("Interim answers are passed over; any 2xx establishes (section 3.2)", arguments: ["200", "204"])
    func accepted(status: String) {
        var machine = Machine(clientOf: Self.settings)
        machine.receive(
            0, Wire.headers([(":status", "103"), ("link", "x")]) + Wire.headers([(":status", status)]))
        #expect(
            machine.negotiated
                == NegotiatedProtocol(carrier: .webTransport, name: nil, authority: "a.example", path: "/"))
    }

    @Test(
        "Any other status refuses, redirections included (section 3.2)", arguments: [301, 403, 404, 429, 503])
    func refused(status: Int) {
        var machine = Machine(clientOf: Self.settings)
        machine.receive(0, Wire.headers([(":status", String(status))]))
        #expect(machine.ended == .refused(status: status))
        #expect(machine.connectionError == 0x100)
    }

    @Test("A choice that was not offered is WT_ALPN_ERROR (section 3.3)")
    func wrongProtocol() {
        var machine = Machine(clientOf: Self.settings, offering: ["moqt-18"])
        machine.receive(0, Wire.headers([(":status", "200"), ("wt-protocol", #""moqt-99""#)]))
        #expect(machine.negotiated == nil)
        #expect(machine.reset(0) == 0x0817_b3dd)
        guard case .transport(0x0817_b3dd, _, byPeer: false)? = machine.ended else {
            Issue.record("not ended")
            return
        }
    }

    @Test(
        "A choice is read from a string or a token; none is fine (section 3.3)",
        arguments: [
            (#""moqt-18""#, "moqt-18"), ("moqt-18", "moqt-18"), (#""moqt-18";v=1"#, "moqt-18"), ("5", nil),
        ] as [(String, String?)])
    func chosen(field: String, name: String?) {
        var machine = Machine(clientOf: Self.settings, offering: ["moqt-18"])
        machine.receive(0, Wire.headers([(":status", "200"), ("wt-protocol", field)]))
        #expect(machine.negotiated != nil)
        #expect(machine.negotiated?.name == name)
    }

    @Test(
        "Malformed answers end the session (RFC 9114 section 4.1.2)",
        arguments: [
            Wire.headers([("x", "y")]), Wire.headers([(":status", "20")]), Wire.headers([(":status", "abc")]),
            Wire.headers([(":status", "200"), (":path", "/")]),
        ])
    func malformed(bytes: [UInt8]) {
        var machine = Machine(clientOf: Self.settings)
        machine.receive(0, bytes)
        #expect(machine.reset(0) == 0x10e)
        #expect(machine.ended != nil)
    }

    @Test("A server's streams before the answer are kept, those of another session rejected (section 4.6)")
    func early() {
        var machine = Machine(clientOf: Self.settings)
        machine.receive(7, [0x40, 0x54, 0x00, 1])
        machine.receive(1, [0x40, 0x41, 0x00, 2])
        machine.receive(11, [0x40, 0x54, 0x04, 1])
        #expect(machine.stopped(11) == 0x3994_bd84)
        machine.receive(0, Wire.headers([(":status", "200")]))
        #expect(machine.delivered(7) == [1])
        #expect(machine.delivered(1) == [2])
    }

    @Test(
        "What a server may not send ends the connection with its code",
        arguments: [
            (1, [0x00, 0x01, 0x00], 0x103), (7, [0x01, 0x00], 0x108), (0, [0x05, 1, 0], 0x108),
            (3, [0x0d, 1, 0], 0x105), (3, [0x07, 1, 1], 0x108), (0, [0x00, 1, 1], 0x105),
        ] as [(UInt64, [UInt8], UInt64)])
    func errors(stream: UInt64, bytes: [UInt8], code: UInt64) {
        var machine = Machine(clientOf: Self.settings)
        machine.receive(stream, bytes)
        #expect(machine.connectionError == code)
    }

    @Test("GOAWAY asks a session to wind down, and forbids a new one (section 4.7)")
    func goaway() {
        var machine = Machine(clientOf: Self.settings)
        machine.receive(3, [0x07, 1, 0x04])
        #expect(!machine.actions.contains(.drainRequested))
        machine.receive(0, Wire.headers([(":status", "200")]))
        #expect(machine.actions.contains(.drainRequested))
        #expect(machine.ended == nil)

        var waiting = Machine(clientOf: [])
        waiting.receive(3, Self.settings + [0x07, 1, 0x00])
        #expect(waiting.ended != nil)
        waiting.http3.requestStreamOpened(StreamID(0))
        waiting.collect()
        #expect(waiting.sent(0).bytes.isEmpty)
    }

    @Test("An answer that never comes, or whose stream goes, ends the session")
    func noAnswer() {
        var ended = Machine(clientOf: Self.settings)
        ended.receive(0, [], fin: true)
        #expect(ended.ended != nil)
        #expect(ended.connectionError != nil)
        var reset = Machine(clientOf: Self.settings)
        reset.http3.streamReset(StreamID(0), code: 0x10b)
        reset.collect()
        guard case .transport(0x10b, _, byPeer: true)? = reset.ended else {
            Issue.record("not ended")
            return
        }
    }
}
