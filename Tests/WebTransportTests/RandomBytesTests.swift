import Containers
import Testing

@testable import WebTransport

/// Whatever a peer sends, nothing traps, and what is held stays within its bounds.
@Suite struct RandomBytesTests {
    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    private static let fragments: [[UInt8]] = [
        Wire.control, Wire.connect(), Wire.connect([("wt-available-protocols", "moq-00")]),
        Wire.headers([(":status", "200")]),
        [0x40, 0x54, 0x00], [0x40, 0x41, 0x00], [0x40, 0x54], [0x40, 0x41], [0x02], [0x03],
        Wire.frame(0x00, Capsule.drain.encoded),
        Wire.frame(0x00, Capsule.close(code: 1, reason: "x").encoded), Wire.frame(0x21, [1, 2, 3]),
        Wire.varint(0x00, 1 << 61),
        Wire.frame(0x01, [0, 0, 0xff, 0x16]), [0x07, 0x01, 0x04],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]

    @Test("Random streams, events and datagrams never trap")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RandomBytesTests seed \(seed)")
        var generator = Generator(state: seed)
        for round in 0..<3000 {
            var machine: Machine =
                round % 2 == 0
                ? Machine() : Machine(clientOf: Wire.settings((0x08, 1), (0x33, 1), (0xc671_706a, 1)))
            if round % 3 == 0, machine.http3.isServer { machine.establish() }
            for _ in 0..<Int.random(in: 1...30, using: &generator) {
                let stream = StreamID(UInt64.random(in: 0..<24, using: &generator))
                if machine.http3.isSessionStream(stream) { continue }
                switch Int.random(in: 0..<20, using: &generator) {
                case 0:
                    machine.http3.streamReset(stream, code: UInt64.random(in: 0...1000, using: &generator))
                case 1: machine.http3.streamStopped(stream, code: nil)
                case 2: machine.http3.streamClosed(stream)
                case 3: _ = machine.http3.datagramReceived(Payload(Self.noise(&generator)))
                case 4:
                    if Int.random(in: 0..<20, using: &generator) == 0 {
                        machine.http3.close(code: .max, reason: "x")
                    }
                case 5: machine.http3.drain()
                case 6: machine.http3.requestStreamOpened(StreamID(0))
                default:
                    var bytes =
                        Bool.random(using: &generator)
                        ? Self.noise(&generator) : Self.fragments.randomElement(using: &generator) ?? []
                    if Int.random(in: 0..<4, using: &generator) == 0, !bytes.isEmpty {
                        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                            in: 0...255, using: &generator)
                    }
                    machine.http3.streamReceived(
                        stream, Payload(bytes), fin: Int.random(in: 0..<10, using: &generator) == 0)
                }
            }
            machine.collect()
            #expect(machine.http3.streams.count <= 24)
            #expect(machine.http3.early.streams.count <= 64)
        }
    }

    private static func noise(_ generator: inout Generator) -> [UInt8] {
        (0..<Int.random(in: 0...64, using: &generator)).map { _ in
            // Small numbers are types and lengths.
            Bool.random(using: &generator)
                ? UInt8.random(in: 0...16, using: &generator) : UInt8.random(in: 0...255, using: &generator)
        }
    }
}
