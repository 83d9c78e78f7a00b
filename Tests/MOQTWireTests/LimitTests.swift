import Containers
import MOQTModel
import MOQTWire
import Testing

/// What a peer may not write, checked before it is believed; each is a violation for the whole session.
struct LimitTests {
    private func refuses(
        _ draft: Draft, _ type: UInt64, _ context: StreamContext,
        location: SourceLocation = #_sourceLocation, _ body: (inout WireWriter) throws -> Void
    ) throws {
        var writer = WireWriter(varint: draft.rules.varint)
        try body(&writer)
        let frame = ControlFrame(type: type, body: writer.bytes)
        let outcome = Result { () throws(WireError) in try ControlCodec(draft).decode(frame, context: context)
        }
        guard case .failure(let error) = outcome else {
            Issue.record("\(draft) took \(outcome)", sourceLocation: location)
            return
        }
        #expect(error.sessionFailure.code == .protocolViolation, sourceLocation: location)
    }

    private func request(_ draft: Draft) -> StreamContext {
        draft.rules.requestsTravelOn == .controlStream ? .control : .requestFirst
    }

    @Test(arguments: [Draft.draft14, .draft16, .draft18])
    func `a namespace of 33 fields (section 2.4.1)`(draft: Draft) throws {
        for count: UInt64 in [33, 1 << 40] {
            try refuses(draft, 0x06, request(draft)) {
                try $0.varint(0)
                try $0.varint(count)
                for _ in 0..<33 { $0.raw([1, 0x61]) }
                $0.u8(0)
            }
        }
        #expect(throws: WireError.self) {
            try ControlCodec(draft).encode(
                .publishNamespace(
                    PublishNamespace(
                        requestID: RequestID(0),
                        namespace: TrackNamespace(Array(repeating: [0x61], count: 33)))))
        }
    }

    @Test(arguments: [Draft.draft14, .draft16, .draft18])
    func `a full track name over 4096 bytes (section 2.4.1)`(draft: Draft) throws {
        for (field, name) in [(4097, 0), (2000, 2097)] {
            try refuses(draft, 0x03, request(draft)) {
                try $0.varint(0)
                try $0.varint(1)
                try $0.lengthPrefixed([UInt8](repeating: 0x61, count: field))
                try $0.lengthPrefixed([UInt8](repeating: 0x62, count: name))
                $0.raw([0, 0, 0, 0, 0])
            }
        }
    }

    @Test func `empty fields and empty namespaces, where the draft forbids them`() throws {
        for draft in [Draft.draft16, .draft18] {
            try refuses(draft, 0x06, request(draft)) { $0.raw([0, 2, 1, 0x61, 0, 0]) }
        }
        for draft in [Draft.draft14, .draft16] {
            try refuses(draft, 0x06, .control) { $0.raw([0, 0, 0]) }
        }
        let codec = ControlCodec(.draft14)
        #expect(throws: Never.self) {
            try codec.decode(ControlFrame(type: 0x06, body: [0, 2, 1, 0x61, 0, 0]), context: .control)
        }
        // A prefix without fields is taken from every draft, and sent only where it is legal.
        #expect(throws: Never.self) {
            try codec.decode(ControlFrame(type: 0x11, body: [0, 0, 0]), context: .control)
        }
        let all = SubscribeNamespace(requestID: RequestID(0), prefix: TrackNamespace(), interest: .both)
        #expect(throws: WireError.self) { try codec.encode(.subscribeNamespace(all)) }
        #expect(throws: Never.self) { try ControlCodec(.draft16).encode(.subscribeNamespace(all)) }
    }

    @Test(arguments: [Draft.draft14, .draft16, .draft18])
    func `a reason over 1024 bytes (section 1.4.3)`(draft: Draft) throws {
        let long = [UInt8](repeating: 0x61, count: 1025)
        try refuses(
            draft, 0x0B, draft.rules.requestsTravelOn == .controlStream ? .control : .requestReply(nil)
        ) {
            if draft.rules.answersCarryRequestID { try $0.varint(0) }
            $0.raw([0, 0])
            try $0.lengthPrefixed(long)
        }
        // Ours are cut, at a character's edge.
        let done = PublishDone(
            requestID: RequestID(0), status: .trackEnded, streamCount: 0,
            reason: String(repeating: "a", count: 1023) + "\u{E9}")
        let bytes = try ControlCodec(draft).encode(.publishDone(done))
        #expect(bytes.suffix(1023) == [UInt8](repeating: 0x61, count: 1023)[...])
    }

    @Test(arguments: [Draft.draft14, .draft16, .draft18])
    func `a session URI over 8192 bytes (section 10.4)`(draft: Draft) throws {
        try refuses(draft, 0x10, .control) {
            try $0.lengthPrefixed([UInt8](repeating: 0x61, count: 8193))
            $0.raw([0, 0])
        }
        #expect(throws: WireError.self) {
            try ControlCodec(draft).encode(
                .goAway(GoAway(newSessionURI: String(repeating: "a", count: 8193))))
        }
    }

    @Test(arguments: [Draft.draft14, .draft16, .draft18])
    func `counts and lengths are not believed`(draft: Draft) throws {
        let most = draft.rules.varint.maximum
        // A count of parameters, a length of a name, a length of a value.
        try refuses(draft, 0x06, request(draft)) {
            $0.raw([0, 1, 1, 0x61])
            try $0.varint(most)
        }
        try refuses(draft, 0x06, request(draft)) {
            $0.raw([0, 1])
            try $0.varint(most)
        }
        try refuses(draft, 0x06, request(draft)) {
            $0.raw([0, 1, 1, 0x61, 1, 3])
            try $0.varint(65536)
        }
    }

    @Test func `a frame reader waits for 65535 bytes at most`() throws {
        var reader = ControlFrameReader(DraftRules.of(18))
        reader.append(Payload([0x10, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 65534)))
        #expect(try reader.next() == nil)
        reader.append(Payload([2, 3]))
        #expect(try reader.next()?.body.last == 2)
        #expect(reader.bufferedByteCount == 1)
    }

    @Test func `a message over 65535 bytes cannot be written`() {
        var setup = Setup(role: .client)
        setup.path = [UInt8](repeating: 0x61, count: 40_000)
        setup.authority = setup.path
        #expect(throws: WireError.self) { try ControlCodec(.draft18).encode(.setup(setup)) }
    }

    @Test func `delta types beyond 64 bits (section 1.4.2)`() throws {
        try refuses(.draft18, 0x2F00, .control) {
            $0.raw([1, 0])
            try $0.varint(.max)
        }
    }

    @Test func `integers over 62 bits cannot go to old drafts`() {
        for draft in [Draft.draft14, .draft16] {
            #expect(throws: WireError.self) {
                try ControlCodec(draft).encode(.unsubscribe(RequestID(1 << 62)))
            }
        }
    }

    @Test func `what is ignored is kept in bounds, what is forwarded or checked is refused beyond them`()
        throws
    {
        let unknown: [UInt8] = (0..<1000).flatMap { _ in [0x3E, 1] }
        let update = ControlFrame(type: 2, body: [2, 0, 0x43, 0xE8] + unknown)
        let message = try ControlCodec(.draft15).decode(update, context: .control)
        #expect(message.parameters?.unknown.count == WireLimit.unknownPairs)
        let options = ControlFrame(
            type: 0x2F00, body: [0x3E, 1] + (0..<999).flatMap { _ in [0, 1] as [UInt8] })
        guard case .setup(let setup) = try ControlCodec(.draft18).decode(options, context: .control) else {
            return
        }
        #expect(setup.unknown.count == WireLimit.unknownPairs)
        // SUBSCRIBE_OK with 257 properties; PUBLISH_NAMESPACE with 65 tokens.
        try refuses(.draft18, 4, .requestReply(.subscribe)) {
            $0.raw([0, 0, 0x3E, 1])
            for _ in 0..<256 { $0.raw([0, 1]) }
        }
        try refuses(.draft18, 6, .requestFirst) {
            $0.raw([0, 1, 1, 0x61, 65, 3, 2, 2, 9])
            for _ in 0..<64 { $0.raw([0, 2, 2, 9]) }
        }
    }
}
