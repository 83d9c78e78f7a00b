import Containers
import MOQTModel
import MOQTSession
import MOQTWire

/// Authorization tokens in SETUP and in requests, against a cache of 200 bytes.
enum TokenFuzz {
    static func run(_ input: inout FuzzInput) {
        let draft = input.draft()
        let codec = ControlCodec(draft)
        var configuration = SessionConfiguration(role: .server, drafts: [draft], isWebTransport: false)
        configuration.tokenCacheByteCount = 200
        let end = FuzzEnd(configuration)
        end.session.transportEstablished(protocolName: draft.alpn, now: Instant(nanoseconds: 1))
        let isStreaming = draft.rules.requestsTravelOn == .bidiStreams
        let control = StreamID(draft.rules.setupTravelsOn == .uniControlStreams ? 2 : 0)
        var setup = Setup(role: .client)
        setup.versions = [draft.versionNumber]
        guard let opening = try? codec.encode(.setup(setup)) else { return }
        end.receive(control, opening, fin: false)
        var id: UInt64 = 0
        while !input.isEmpty, !end.session.isClosed, id < 400 {
            // PUBLISH_NAMESPACE with one parameter, the token.
            var body = WireWriter(varint: draft.rules.varint)
            let token = input.chunk()
            do {
                try body.varint(id)
                if draft.rules.hasRequiredRequestID { try body.varint(0) }
                try body.varint(1)
                try body.lengthPrefixed(Array("n\(id)".utf8))
                try body.varint(1)
                try body.varint(3)
                try body.lengthPrefixed(token)
            } catch { return }
            let frame = [0x06, 0, UInt8(body.count & 0xFF)] + body.bytes
            end.receive(isStreaming ? StreamID(id << 1) : control, frame, fin: false)
            id += 2
        }
    }
}
