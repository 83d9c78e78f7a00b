import MOQTModel
import MOQTText
import MOQTWire
import Testing

/// The published vectors for control messages, except those that contradict their draft
/// (the text wins).
struct ControlVectorTests {
    /// Which to leave out, and why.
    static let skipped: [String: String] = [
        "draft14/publish-namespace-ok/basic": "trailing parameter count where the draft has none",
        "draft14/subscribe-namespace-ok/basic": "trailing parameter count where the draft has none",
        "draft14/subscribe-ok/no-content": "group order 0 is an error in SUBSCRIBE_OK",
        "draft16/fetch/with-params": "second parameter type is absolute instead of a delta",
        "draft16/publish-ok/with-params": "second parameter type is absolute instead of a delta",
        "draft16/subscribe/unknown-extension-param": "an unknown parameter ends the session",
    ]

    @Test(arguments: [Draft.draft14, .draft16])
    func `messages decode to their fields and encode to their bytes`(draft: Draft) throws {
        let folder = "draft\(draft.number)"
        var decoded = 0
        var refused = 0
        var left: Set<String> = []
        for (name, file) in try VectorFile.messages(folder) {
            for vector in file.vectors {
                let id = "\(folder)/\(name.dropLast(5))/\(vector.id)"
                guard Self.skipped[id] == nil else {
                    left.insert(id)
                    continue
                }
                let outcome = Result { try Self.decode(vector.bytes, draft, name) }
                if let expected = vector.decoded {
                    let message = try #require(try? outcome.get(), "\(id): \(outcome)")
                    #expect(
                        JSONValue.object(MessageText(draft.rules).object(message)) == expected, "\(id)"
                    )
                    if vector.isCanonical {
                        #expect(try ControlCodec(draft).encode(message).hex == vector.hex, "\(id)")
                    }
                    decoded += 1
                } else {
                    #expect((try? outcome.get()) == nil, "\(id) must not decode")
                    refused += 1
                }
            }
        }
        #expect(left == Set(Self.skipped.keys.filter { $0.hasPrefix(folder) }))
        #expect(decoded > 80 && refused > 20, "\(decoded) decoded, \(refused) refused")
    }

    struct Incomplete: Error {}

    /// One frame from the stream where the draft has it.
    static func decode(_ bytes: [UInt8], _ draft: Draft, _ name: String) throws -> ControlMessage {
        var reader = ControlFrameReader(draft.rules)
        bytes.withUnsafeBytes { reader.append($0) }
        guard let frame = try reader.next() else { throw Incomplete() }
        let context: StreamContext
        switch name {
        case "namespace.json", "namespace-done.json": context = .namespaceReply
        case "subscribe-namespace.json" where draft.rules.subscribeNamespaceTravelsOn == .bidiStreams:
            context = .requestFirst
        default: context = .control
        }
        return try ControlCodec(draft).decode(frame, context: context)
    }
}
