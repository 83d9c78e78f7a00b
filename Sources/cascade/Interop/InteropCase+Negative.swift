import MOQTClient
import MOQTModel
import MOQTWire

/// Broken rules: the relay must close the session, with exactly this code.
extension InteropCase {
    private static let violation: UInt64 = 0x3
    private static let invalidRequestID: UInt64 = 0x4
    private static let duplicateTrackAlias: UInt64 = 0x5

    /// A case that sends something after SETUP and is closed for it.
    private static func closes(
        _ name: String, _ section: String, code: UInt64,
        lacking: @escaping @Sendable (DraftRules) -> String? = { _ in nil },
        _ body: @escaping @Sendable (InteropWire) throws(InteropScript.Failure) -> Void
    ) -> InteropCase {
        InteropCase(
            name: name, section: section, timeout: 5000,
            expected: "session closed with 0x\(String(code, radix: 16))", lacking: lacking
        ) { (script) throws(InteropScript.Failure) in
            let wire = try script.connectWire()
            try body(wire)
            try script.expectClose(wire, code: code)
        }
    }

    static let negative = [
        closes("unknown-message-type", "10", code: violation) {
            (wire) throws(InteropScript.Failure) in
            wire.raw.send(wire.frame(type: 0x3A77, body: [1, 2, 3]), on: wire.control)
        },
        closes("unknown-request-type", "10", code: violation) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(wire.frame(type: 0x3A79, body: []))
        },
        closes("truncated-message", "10", code: violation) {
            (wire) throws(InteropScript.Failure) in
            let whole = InteropWire.Frame(wire.rules.varint, try wire.subscribe(missing))
            try wire.request(wire.frame(type: whole.type, body: Array(whole.body.prefix(5))))
        },
        closes("message-too-long", "10", code: violation) {
            (wire) throws(InteropScript.Failure) in
            let whole = InteropWire.Frame(wire.rules.varint, try wire.publishNamespace(namespace))
            try wire.request(wire.frame(type: whole.type, body: whole.body + [0, 0, 0, 0, 0, 0, 0]))
        },
        closes("namespace-too-large", "2.4.1", code: violation) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(try wire.namespaceRequest(fieldCount: 1, fieldByteCount: 4097))
        },
        closes("namespace-too-many-fields", "2.4.1", code: violation) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(try wire.namespaceRequest(fieldCount: 33, fieldByteCount: 1))
        },
        closes("setup-twice", "10.3", code: violation) {
            (wire) throws(InteropScript.Failure) in
            let setup = InteropWire.setup(wire.draft, wire.raw.configuration)
            wire.raw.send(try wire.encoded(setup), on: wire.control)
        },
        closes("wrong-request-id-parity", "10.1", code: invalidRequestID) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(try wire.publishNamespace(namespace, id: 1))
        },
        closes("request-id-twice", "10.1", code: invalidRequestID) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(try wire.publishNamespace(TrackNamespace("moq-test", "a"), id: 0))
            try wire.request(try wire.publishNamespace(TrackNamespace("moq-test", "b"), id: 0))
        },
        closes("control-stream-closed", "3.3", code: violation) {
            (wire) throws(InteropScript.Failure) in
            wire.raw.send([], fin: true, on: wire.control)
        },
        closes("goaway-uri-from-client", "10.4", code: violation) {
            (wire) throws(InteropScript.Failure) in
            let goAway = GoAway(newSessionURI: "moqt://a.example/", requestID: RequestID(0))
            wire.raw.send(try wire.encoded(.goAway(goAway)), on: wire.control)
        },
        closes("goaway-twice", "10.4", code: violation) {
            (wire) throws(InteropScript.Failure) in
            let goAway = try wire.encoded(.goAway(GoAway(requestID: RequestID(1))))
            wire.raw.send(goAway + goAway, on: wire.control)
        },
        closes("bad-datagram-type", "11.3", code: violation) {
            (wire) throws(InteropScript.Failure) in
            wire.raw.sendDatagram([0x3F, 0, 0, 0, 0, 0])
        },
        closes("unknown-stream-type", "3.4", code: violation) {
            (wire) throws(InteropScript.Failure) in
            try wire.dataStream([0x2A77, 0, 0, 0], fin: false)
        },
        closes("bad-subgroup-type", "11.4.2", code: violation) {
            (wire) throws(InteropScript.Failure) in
            try wire.dataStream([0x16, 1, 0, 0, 0], fin: false)
        },
        closes("truncated-object", "11.4.3", code: violation) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(try wire.publish(name("truncated"), alias: 1))
            // A subgroup's header, then an object of 100 bytes of which 3 come.
            try wire.dataStream([0x14, 1, 0, 0, 60, 0, 100, 1, 2, 3], fin: true)
        },
        closes("duplicate-track-alias", "11.1", code: duplicateTrackAlias) {
            (wire) throws(InteropScript.Failure) in
            try wire.request(try wire.publish(name("alias-a"), alias: 7))
            try wire.request(try wire.publish(name("alias-b"), alias: 7))
        },
        closes(
            "unknown-parameter", "10.2", code: violation,
            lacking: { $0.unknownParametersAreIgnored ? "rule against unknown message parameters" : nil }
        ) { (wire) throws(InteropScript.Failure) in
            // PUBLISH_NAMESPACE ends with its number of parameters.
            let whole = InteropWire.Frame(wire.rules.varint, try wire.publishNamespace(namespace))
            try wire.request(wire.frame(type: whole.type, body: whole.body.dropLast() + [1, 0x3A, 0]))
        },
        closes(
            "max-request-id-lowered", "9.5", code: violation,
            lacking: { $0.hasRequestCredit ? nil : "MAX_REQUEST_ID" }
        ) { (wire) throws(InteropScript.Failure) in
            wire.raw.send(try wire.encoded(.maxRequestID(50)), on: wire.control)
        },
    ]

    private static func name(_ test: String) -> FullTrackName { InteropScript.freshName(test) }

    /// What a relay must put up with.
    static let tolerant = [
        InteropCase(
            name: "padding", section: "11.5", timeout: 5000,
            expected: "session stays open, request answered",
            lacking: { $0.hasPadding ? nil : "padding" }
        ) { (script) throws(InteropScript.Failure) in
            let wire = try script.connectWire()
            try wire.dataStream([0x132B_3E28] + [UInt64](repeating: 0, count: 500), fin: true)
            wire.raw.sendDatagram(try wire.integers([0x132B_3E29, 0, 0, 0]))
            script.wait(milliseconds: 100)
            try script.expectAnswer(wire, try wire.request(try wire.publishNamespace(namespace)))
        },
        InteropCase(
            name: "grease", section: "14", timeout: 5000,
            expected: "session stays open, request answered"
        ) { (script) throws(InteropScript.Failure) in
            let options = [
                Property(type: Grease.value(2), value: Self.pair(Grease.value(2))),
                Property(type: Grease.value(3), value: Self.pair(Grease.value(3))),
            ]
            let wire = try script.connectWire(unknownOptions: options)
            try script.expectAnswer(wire, try wire.request(try wire.publishNamespace(namespace)))
        },
        InteropCase(
            name: "goaway-tolerated", section: "10.4", timeout: 5000,
            expected: "session stays open"
        ) { (script) throws(InteropScript.Failure) in
            let wire = try script.connectWire()
            let answered = try wire.request(try wire.publishNamespace(namespace))
            try script.expectAnswer(wire, answered)
            let goAway = try wire.encoded(.goAway(GoAway(requestID: RequestID(1))))
            wire.raw.send(goAway, on: wire.control)
            try script.staysOpen(wire, milliseconds: 400)
        },
        InteropCase(
            name: "byte-by-byte", section: "10", timeout: 5000,
            expected: "request answered"
        ) { (script) throws(InteropScript.Failure) in
            let wire = try script.connectWire()
            let bytes = try wire.publishNamespace(namespace)
            let stream = try wire.request([bytes[0]])
            for byte in bytes.dropFirst() {
                script.wait(milliseconds: 3)
                wire.raw.send([byte], on: stream)
            }
            try script.expectAnswer(wire, stream)
        },
    ]

    /// An even type has a number for a value, an odd one bytes.
    private static func pair(_ type: UInt64) -> Property.Value {
        type & 1 == 0 ? .integer(12_345) : .bytes([1, 2, 3])
    }
}
