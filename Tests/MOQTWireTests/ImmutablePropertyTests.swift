import MOQTModel
import MOQTWire
import Testing

/// IMMUTABLE_PROPERTIES of a track (draft-19 section 12.7).
struct ImmutablePropertyTests {
    private static let drafts = Draft.all.filter { $0.rules.trackMetadataTravelsIn == .trackProperties }

    /// PUBLISH with properties, from its figure: alias 1, no parameters.
    private func publish(_ draft: Draft, _ properties: String) throws -> TrackProperties {
        let required = draft.number == 17 ? "00" : ""
        let body = [UInt8](hex: "02 \(required) 01 01 61 01 62 01 00" + properties)
        let message = try ControlCodec(draft).decode(
            ControlFrame(type: 0x1D, body: body),
            context: draft.rules.requestsTravelOn == .bidiStreams ? .requestFirst : .control)
        guard case .publish(let publish) = message else { throw WireError.unknownMessage }
        return publish.properties
    }

    private func written(_ properties: TrackProperties, _ draft: Draft) throws -> [UInt8] {
        let message = Publish(
            requestID: RequestID(2),
            track: FullTrackName(namespace: TrackNamespace("a"), name: Array("b".utf8)),
            alias: TrackAlias(1), properties: properties)
        return Array(try ControlCodec(draft).encode(.publish(message)).dropFirst(3))
    }

    // Rules: 19-12.7-6
    @Test(
        "a value is looked for among the immutable properties too; a mutable one comes first",
        arguments: drafts)
    func search(_ draft: Draft) throws {
        // MAX_CACHE_DURATION 5; immutable: MAX_CACHE_DURATION 9, DYNAMIC_GROUPS 1.
        let properties = try publish(draft, "0405 0704 0409 2c01")
        #expect(properties.maxCacheDuration == 5)
        #expect(properties.dynamicGroups == true)
        #expect(properties.other.map(\.type) == [0x0B])
        // It is written where it stood, once.
        #expect(Array(try written(properties, draft).suffix(8)) == [UInt8](hex: "0405 0704 0409 2c01"))
    }

    @Test("a value inside that breaks its rule ends the session", arguments: drafts)
    func broken(_ draft: Draft) {
        #expect(throws: WireError.self) { try publish(draft, "0b02 3002") }
    }

    // Rules: 19-12.7-3
    @Test("the block keeps its bytes, needlessly long integers among them, and bytes that are no pairs")
    func bytes() throws {
        for (draft, hex) in [
            (Draft.draft16, "0b03 044009"), (.draft19, "0b03 048009"), (.draft19, "0b02 04ff"),
            (.draft16, "0b01 04"),
        ] {
            let properties = try publish(draft, hex)
            let bytes = [UInt8](hex: hex)
            #expect(Array(try written(properties, draft).suffix(bytes.count)) == bytes)
        }
    }

    @Test("for a draft that writes integers otherwise the block is rewritten: it could not be read there")
    func rewritten() throws {
        // MAX_CACHE_DURATION 70 in two bytes of RFC 9000, in one of MoQT's.
        let properties = try publish(.draft16, "0b03 044046")
        #expect(properties.maxCacheDuration == 70)
        #expect(Array(try written(properties, .draft19).suffix(4)) == [0x0B, 2, 4, 70])
        // Where there are no track properties it is a parameter.
        let older = try written(properties, .draft15)
        #expect(Array(older.suffix(4)) == [0x01, 0x04, 0x40, 0x46])
    }
}
