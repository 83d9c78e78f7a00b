import Containers
import MOQTModel
import MOQTWire
import Testing

/// Every message of every draft, there and back, and cut short.
struct RoundTripTests {
    @Test(arguments: Draft.all)
    func `a message comes back as it was sent`(draft: Draft) throws {
        let codec = ControlCodec(draft)
        for (message, context) in SampleMessages(draft: draft).all {
            let frame = try frame(of: codec.encode(message), draft)
            let outcome = Result { try codec.decode(frame, context: context) }
            #expect(try outcome.get() == message, "\(draft): \(message): \(outcome)")
        }
    }

    @Test(arguments: Draft.all)
    func `a message that is cut short is refused or says something else`(draft: Draft) throws {
        let codec = ControlCodec(draft)
        for (message, context) in SampleMessages(draft: draft).all {
            let bytes = try codec.encode(message)
            let frame = try frame(of: bytes, draft)
            for count in 0..<frame.body.count {
                let short = ControlFrame(type: frame.type, body: Array(frame.body[..<count]))
                // Blocks without a length (SETUP, track properties) may end between two pairs.
                if let decoded = try? codec.decode(short, context: context) {
                    #expect(decoded != message, "\(draft): \(message) without its end")
                }
            }
            for count in 0..<bytes.count {
                var reader = ControlFrameReader(draft.rules)
                bytes[..<count].withUnsafeBytes { reader.append($0) }
                #expect(try reader.next() == nil)
                #expect(reader.bufferedByteCount == count)
            }
        }
    }

    @Test(arguments: Draft.all)
    func `a message that is longer than its fields is refused`(draft: Draft) throws {
        let codec = ControlCodec(draft)
        for (message, context) in SampleMessages(draft: draft).all {
            var frame = try frame(of: codec.encode(message), draft)
            frame.body.append(0x3F)
            let decoded = try? codec.decode(frame, context: context)
            #expect(decoded != message, "\(draft): \(message) with a byte more")
        }
    }

    @Test(arguments: Draft.all)
    func `frames are found however the stream is split`(draft: Draft) throws {
        let codec = ControlCodec(draft)
        let messages = SampleMessages(draft: draft).all.map(\.message)
        let bytes = try messages.flatMap { try codec.encode($0) }
        let expected = try messages.map { try frame(of: codec.encode($0), draft) }
        for step in [1, 2, 7, 100, bytes.count] {
            var reader = ControlFrameReader(draft.rules)
            var frames: [ControlFrame] = []
            for piece in bytes.pieces(step) {
                reader.append(piece)
                while let frame = try reader.next() { frames.append(frame) }
            }
            #expect(frames == expected)
            #expect(reader.isBetweenFrames)
        }
    }

    private func frame(of bytes: [UInt8], _ draft: Draft) throws -> ControlFrame {
        var reader = ControlFrameReader(draft.rules)
        bytes.withUnsafeBytes { reader.append($0) }
        return try #require(try reader.next())
    }
}
