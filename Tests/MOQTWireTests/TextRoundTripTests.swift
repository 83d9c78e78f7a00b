import MOQTText
import MOQTWire
import Testing

/// Every message of every draft through `WireText` and back: text loses nothing that the bytes say.
struct TextRoundTripTests {
    @Test(arguments: Draft.all)
    func `a message's text becomes its bytes again`(draft: Draft) throws {
        let codec = ControlCodec(draft)
        let text = WireText(draft)
        for (message, _) in SampleMessages(draft: draft).all {
            let bytes = try codec.encode(message)
            let object = try text.decode(bytes, .control)
            let written = Result { () throws(TextFailure) in try text.encode(object, .control) }
            #expect(
                try HexText.text(written.get()) == HexText.text(bytes),
                "\(draft): \(JSONValue.object(object).text): \(written)")
        }
    }

    @Test func `messages one after the other are shown until one breaks a rule`() throws {
        let text = WireText(.draft16)
        var names: [JSONValue?] = []
        let failure = #expect(throws: TextFailure.self) {
            try text.decode([UInt8](hex: "15 0001 05 0a 0001 02 3f 0000"), .control) {
                names.append($0["message_type"])
            }
        }
        #expect(names == ["max_request_id", "unsubscribe"])
        #expect(failure?.category == .unknownMessage)
    }

    @Test func `a message without its type is found by its fields, or the choice is named`() throws {
        let text = WireText(.draft16)
        #expect(try text.encode(["max_request_id": "5"], .control) == [UInt8](hex: "15000105"))
        let failure = #expect(throws: TextFailure.self) { try text.encode(["request_id": "2"], .control) }
        #expect(
            failure?.detail.contains("unsubscribe") == true
                && failure?.detail.contains("fetch_cancel") == true)
    }

    @Test func `a field that is misspelt, missing or cannot be said is refused`() {
        let refused: [(draft: Draft, object: JSONObject)] = [
            (.draft16, ["message_type": "max_request_id", "max_request": "5"]),
            (.draft16, ["message_type": "max_request_id"]),
            (.draft18, ["message_type": "max_request_id", "max_request_id": "5"]),
            (.draft18, ["message_type": "goaway", "new_session_uri": "", "timeout": "x"]),
            (.draft18, ["message_type": "nonsense"]),
            (
                .draft18,
                [
                    "message_type": "request_update", "request_id": "2",
                    "parameters": .object(["rendezvous_timeout": "5"]),
                ]
            ),
        ]
        for (draft, object) in refused {
            #expect(throws: TextFailure.self, "\(object)") {
                try WireText(draft).encode(object, .control)
            }
        }
    }
}
