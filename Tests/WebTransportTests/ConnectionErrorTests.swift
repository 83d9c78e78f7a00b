import Containers
import Testing

@testable import WebTransport

/// What ends a connection, and with which code (RFC 9114 section 8.1).
@Suite struct ConnectionErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let code: UInt64
        /// Stream, bytes, FIN; the client's control stream is 2.
        let steps: [(stream: UInt64, bytes: [UInt8], fin: Bool)]
        var testDescription: String { name }

        init(_ name: String, _ code: UInt64, _ steps: (UInt64, [UInt8], Bool)...) {
            self.name = name
            self.code = code
            self.steps = steps
        }
    }

    static let control = Wire.control
    static let cases = [
        Case("control stream without SETTINGS", 0x10a, (2, [0x00] + Wire.frame(0x21), false)),
        Case("SETTINGS twice", 0x105, (2, control + Wire.settings(), false)),
        Case("DATA on the control stream", 0x105, (2, control + Wire.frame(0x00), false)),
        Case("HEADERS on the control stream", 0x105, (2, control + Wire.frame(0x01), false)),
        Case("PUSH_PROMISE on the control stream", 0x105, (2, control + Wire.frame(0x05), false)),
        Case("HTTP/2 frame on the control stream", 0x105, (2, control + Wire.frame(0x06), false)),
        Case("WebTransport signal on the control stream", 0x106, (2, control + [0x40, 0x41], false)),
        Case("control stream ends", 0x104, (2, control, true)),
        Case("control stream ends before SETTINGS", 0x104, (2, [0x00], true)),
        Case("QPACK encoder stream ends", 0x104, (2, control, false), (6, [0x02], true)),
        Case("QPACK decoder stream ends", 0x104, (2, control, false), (6, [0x03], true)),
        Case("second control stream", 0x103, (2, control, false), (6, control, false)),
        Case("second QPACK encoder stream", 0x103, (2, [0x02], false), (6, [0x02], false)),
        Case("second QPACK decoder stream", 0x103, (2, [0x03], false), (6, [0x03], false)),
        Case("push stream from a client", 0x103, (2, [0x01, 0x00], false)),
        Case("QPACK table capacity that was never allowed", 0x201, (2, [0x02, 0x3f, 0x45], false)),
        Case("QPACK section acknowledgement of nothing", 0x202, (2, [0x03, 0x80], false)),
        Case("SETTINGS too long", 0x107, (2, [0x00, 0x04] + Wire.varint(5000), false)),
        Case("GOAWAY of a wrong length", 0x106, (2, control + [0x07, 0x02, 0x00, 0x00], false)),
        Case("empty GOAWAY", 0x106, (2, control + [0x07, 0x00], false)),
        Case("GOAWAY that grows", 0x108, (2, control + [0x07, 0x01, 0x04, 0x07, 0x01, 0x08], false)),
        Case("MAX_PUSH_ID that shrinks", 0x108, (2, control + [0x0d, 0x01, 0x04, 0x0d, 0x01, 0x03], false)),
        Case("CANCEL_PUSH of no push", 0x108, (2, control + [0x03, 0x01, 0x00], false)),
        Case("DATA before HEADERS", 0x105, (0, Wire.frame(0x00, [1]), false)),
        Case("SETTINGS on a request stream", 0x105, (0, Wire.settings(), false)),
        Case("GOAWAY on a request stream", 0x105, (0, [0x07, 1, 0], false)),
        Case("PUSH_PROMISE from a client", 0x105, (0, [0x05, 1, 0], false)),
        Case("HTTP/2 frame on a request stream", 0x105, (0, [0x09, 0], false)),
        Case("WebTransport signal after a frame", 0x106, (0, [0x21, 0x00, 0x40, 0x41], false)),
        Case("request ends inside a frame", 0x106, (0, [0x01, 0x05, 0x00], true)),
        Case("header section that QPACK cannot read", 0x200, (0, [0x01, 0x03, 0x02, 0x00, 0x80], false)),
        Case(
            "HEADERS after the CONNECT", 0x105, (2, control, false),
            (0, Wire.connect() + Wire.headers([("x", "y")]), false)),
        Case(
            "CONNECT stream ends inside a frame", 0x106, (2, control, false),
            (0, Wire.connect() + [0x00, 5, 1], true)),
        Case("session id of a server's stream, unidirectional", 0x108, (2, [0x40, 0x54, 0x01], false)),
        Case("session id of a unidirectional stream, bidirectional", 0x108, (0, [0x40, 0x41, 0x02], false)),
    ]

    @Test("Each has its code, whole or byte by byte", arguments: cases)
    func server(example: Case) {
        for slowly in [false, true] {
            var machine = Machine(slowly: slowly)
            for step in example.steps { machine.receive(step.stream, step.bytes, fin: step.fin) }
            #expect(machine.connectionError == example.code)
            #expect(
                machine.actions.filter { if case .closeConnection = $0 { true } else { false } }.count == 1)
            // Nothing is heard after that.
            let count = machine.actions.count
            machine.receive(100, [0x40, 0x41, 0x01])
            #expect(machine.actions.count == count)
        }
    }

    @Test(
        "A critical stream that is reset or closed, ours stopped: H3_CLOSED_CRITICAL_STREAM (RFC 9114 section 6.2.1)"
    )
    func criticalStreams() {
        for step in 0..<3 {
            var machine = Machine()
            machine.http3.controlStreamOpened(StreamID(3))
            machine.receive(2, Wire.control)
            switch step {
            case 0: machine.http3.streamReset(StreamID(2), code: 0)
            case 1: machine.http3.streamStopped(StreamID(3), code: 0)
            default: machine.http3.streamClosed(StreamID(2))
            }
            machine.collect()
            #expect(machine.connectionError == 0x104)
        }
    }

    @Test("A datagram without a possible quarter stream id is H3_DATAGRAM_ERROR (RFC 9297 section 2.1)")
    func datagrams() {
        for bytes in [[], [0x40], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] as [[UInt8]] {
            var machine = Machine()
            #expect(machine.http3.datagramReceived(Payload(bytes)) == nil)
            machine.collect()
            #expect(machine.connectionError == 0x33)
        }
    }

    @Test("Unknown frames, streams and settings are nothing to worry about (RFC 9114 section 9)")
    func grease() {
        var machine = Machine()
        machine.receive(
            2,
            [0x00] + Wire.settings((0x21, 3), (0x33, 1)) + Wire.frame(0x40, [1, 2, 3])
                + Wire.frame(0xf0700, [0])
                + Wire.varint(0x0d, 1, 5))
        machine.receive(6, Wire.varint(0x21) + [1, 2, 3])
        machine.receive(6, [4], fin: true)
        machine.receive(10, [0x02, 0x20])
        machine.receive(14, [0x03, 0x40])
        machine.receive(18, [], fin: true)
        machine.receive(0, Wire.frame(0x21, [1, 2]) + Wire.connect() + Wire.frame(0x40 + 0x21, [0]))
        #expect(machine.connectionError == nil)
        #expect(machine.negotiated != nil)
        #expect(machine.consumedByteCount(6) == 5)
    }

    @Test("Endless unknown frames are H3_EXCESSIVE_LOAD (RFC 9114 section 10.5)")
    func flood() {
        for (stream, start) in [(2, Wire.control), (0, [])] as [(UInt64, [UInt8])] {
            var machine = Machine()
            machine.receive(stream, start + Array(repeating: [0x21, 0x00], count: 10_002).flatMap(\.self))
            #expect(machine.connectionError == 0x107)
        }
    }
}
