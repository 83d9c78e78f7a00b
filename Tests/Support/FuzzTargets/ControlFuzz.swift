import Containers
import MOQTModel
import MOQTWire

/// Control messages of every draft in every place, cut into pieces.
enum ControlFuzz {
    static func run(_ input: inout FuzzInput) {
        let codec = ControlCodec(input.draft())
        let places: [StreamContext] = [
            .control, .requestFirst, .requestReply(nil), .requestReply(.subscribe), .requestReply(.publish),
            .requestReply(.trackStatus), .requestReply(.update), .namespaceReply,
        ]
        let place = places[Int(input.u8()) % places.count]
        let piece = max(1, Int(input.u8()))
        var reader = ControlFrameReader(codec.rules)
        while !input.isEmpty {
            reader.append(Payload(input.take(piece)))
            while let frame = try? reader.next() { decode(codec, type: frame.type, frame.body, place) }
            FuzzTarget.require(reader.bufferedByteCount <= 65_535 + 16, "one unfinished message is held")
        }
    }

    /// What can be decoded and written again is decoded to the same.
    static func decode(_ codec: ControlCodec, type: UInt64, _ body: [UInt8], _ place: StreamContext) {
        let frame = ControlFrame(type: type, body: body)
        guard let message = try? codec.decode(frame, context: place), let bytes = try? codec.encode(message)
        else { return }
        var reader = ControlFrameReader(codec.rules)
        reader.append(Payload(bytes))
        guard let again = try? reader.next() else { preconditionFailure("fuzz: a message is framed") }
        FuzzTarget.require(reader.isBetweenFrames, "a message is as long as it says")
        guard let second = try? codec.decode(again, context: place), let third = try? codec.encode(second)
        else {
            preconditionFailure("fuzz: what we write can be read: \(message)")
        }
        FuzzTarget.require(third == bytes, "a message survives writing")
    }
}
