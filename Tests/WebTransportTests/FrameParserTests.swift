import Containers
import Testing

@testable import WebTransport

@Suite struct FrameParserTests {
    /// Reads pieces and notes types, lengths and contents.
    private func read(_ pieces: [[UInt8]]) -> (
        frames: [(type: UInt64, content: [UInt8])], parser: HTTP3FrameParser
    ) {
        var parser = HTTP3FrameParser()
        var frames: [(type: UInt64, content: [UInt8])] = []
        var current: (type: UInt64, content: [UInt8]) = (0, [])
        for piece in pieces {
            var bytes = Payload(piece)
            while let event = parser.next(&bytes) {
                switch event {
                case .began(let type, _): current = (type, [])
                case .content(let bytes): current.content += bytes.bytes
                case .ended: frames.append(current)
                }
            }
            #expect(bytes.isEmpty)
        }
        return (frames, parser)
    }

    @Test("Frames cut at every byte read the same (RFC 9114 section 7.1)")
    func everySplit() {
        let bytes =
            Wire.frame(0x00, [1, 2, 3]) + Wire.frame(0x21) + Wire.frame(0x4040, Array(0..<70))
            + Wire.frame(0x01, [9])
        for cut in 0...bytes.count {
            let (frames, parser) = read([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(frames.map(\.type) == [0, 0x21, 0x4040, 1])
            #expect(frames.map(\.content) == [[1, 2, 3], [], Array(0..<70), [9]])
            #expect(parser.isBetweenFrames)
        }
        let (frames, _) = read(bytes.map { [$0] })
        #expect(frames.map(\.content.count) == [3, 0, 70, 1])
    }

    @Test("Integers of any width are read (RFC 9000 section 16)")
    func widths() {
        let (frames, _) = read([[0x40, 0x00, 0x80, 0, 0, 1, 7], [0xc0, 0, 0, 0, 0, 0, 0, 1, 0]])
        #expect(frames.map(\.type) == [0, 1])
        #expect(frames.map(\.content) == [[7], []])
    }

    @Test("A stream may not end inside a frame: the parser knows where it stands")
    func between() {
        for bytes in [[0x40], [0x00], [0x00, 0x02], [0x00, 0x02, 1]] as [[UInt8]] {
            #expect(!read([bytes]).parser.isBetweenFrames)
        }
        #expect(read([[]]).parser.isBetweenFrames)
    }

    @Test(
        "Integers come back from their shortest form (RFC 9000 section A.1)",
        arguments: [
            (0, [0]), (37, [0x25]), (63, [0x3f]), (64, [0x40, 0x40]), (15293, [0x7b, 0xbd]),
            (16383, [0x7f, 0xff]),
            (494_878_333, [0x9d, 0x7f, 0x3e, 0x7d]),
            (151_288_809_941_952_652, [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c]),
            (VarintWriter.maximum, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ] as [(UInt64, [UInt8])])
    func varints(value: UInt64, bytes: [UInt8]) {
        #expect(Wire.varint(value) == bytes)
        var reader = VarintReader()
        for byte in bytes.dropLast() {
            var piece = Payload([byte])
            #expect(reader.read(&piece) == nil)
        }
        var last = Payload(bytes.suffix(1) + [0xee])
        #expect(reader.read(&last) == value)
        #expect(last.bytes == [0xee])
    }
}
