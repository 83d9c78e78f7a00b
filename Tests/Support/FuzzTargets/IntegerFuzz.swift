import MOQTModel
import MOQTWire

/// Integers of every kind, and parameter blocks in a SUBSCRIBE of every draft.
enum IntegerFuzz {
    static func run(_ input: inout FuzzInput) {
        if input.u8() & 1 == 0 { integers(&input) } else { parameters(&input) }
    }

    private static func integers(_ input: inout FuzzInput) {
        let kinds: [VarintKind] = [.rfc9000, .vi64, .vi64WithoutSevenBytes]
        let kind = kinds[Int(input.u8()) % kinds.count]
        let bytes = input.rest()
        bytes.withUnsafeBytes { raw in
            var reader = WireReader(raw, varint: kind)
            while let value = try? reader.varint() {
                var writer = WireWriter(varint: kind)
                try? writer.varint(value)
                writer.bytes.withUnsafeBytes { written in
                    var again = WireReader(written, varint: kind)
                    FuzzTarget.require((try? again.varint()) == value, "an integer survives writing")
                    FuzzTarget.require(again.isAtEnd, "an integer is as long as it says")
                }
            }
        }
    }

    private static func parameters(_ input: inout FuzzInput) {
        let codec = ControlCodec(input.draft())
        let track = FullTrackName(namespace: TrackNamespace("a"), name: [1])
        guard let frame = try? codec.encode(.subscribe(Subscribe(requestID: RequestID(0), track: track)))
        else { return }
        // The last byte is the empty block's count.
        ControlFuzz.decode(
            codec, type: 0x3, Array(frame.dropFirst(3).dropLast()) + input.rest(), .requestFirst)
    }
}
