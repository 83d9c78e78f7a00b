import MOQTClient
import MOQTModel
import MOQTWire

/// A test case by name: a script for an `InteropScript`. The six standard ones are here.
struct InteropCase: Sendable {
    var name: String
    /// The rule that it checks: a section of `Draft.cited`, or of the nearest draft that has it.
    var section: String
    /// Milliseconds for the whole test.
    var timeout: UInt64
    /// What a passing run ends with.
    var expected: String
    /// What the test is about and a draft may lack; nil when it has it.
    var lacking: @Sendable (DraftRules) -> String? = { _ in nil }
    var body: @Sendable (InteropScript) throws(InteropScript.Failure) -> Void

    /// The rule that it checks, for people.
    var rule: String {
        let drafts = Draft.all
        let cited = drafts.firstIndex(of: .cited) ?? 0
        let nearest = drafts.indices.filter { lacking(drafts[$0].rules) == nil }.min {
            abs($0 - cited) < abs($1 - cited)
        }
        return "\(drafts[nearest ?? cited]) section \(section)"
    }

    func run(_ options: CommonOptions) -> InteropResult {
        InteropScript.run(self, options)
    }

    /// A test that begins with a publisher, a subscriber and the relay forwarding between them.
    static func scene(
        _ name: String, _ section: String, _ expected: String,
        lacking: @escaping @Sendable (DraftRules) -> String? = { _ in nil },
        _ body: @escaping @Sendable (InteropScript, InteropScript.Scene) throws(InteropScript.Failure) -> Void
    ) -> InteropCase {
        InteropCase(name: name, section: section, timeout: 10_000, expected: expected, lacking: lacking) {
            (script) throws(InteropScript.Failure) in
            try body(script, try script.scene(name))
        }
    }

    static let namespace = TrackNamespace("moq-test", "interop")
    static let track = FullTrackName(namespace: namespace, name: Array("test-track".utf8))
    static let missing = FullTrackName(
        namespace: TrackNamespace("nonexistent", "namespace"), name: Array("test-track".utf8))

    /// Those that MoQT implementations agreed on, then ours.
    static let all =
        standard + dataPlane + filters + priorities + fetches + control + discovery + tolerant + negative

    static let standard = [
        InteropCase(name: "setup-only", section: "10.3", timeout: 2000, expected: "SETUP") {
            (script) throws(InteropScript.Failure) in
            script.close(try script.connect("client"))
        },
        InteropCase(
            name: "announce-only", section: "10.15", timeout: 4000,
            expected: "PUBLISH_NAMESPACE_OK"
        ) {
            (script) throws(InteropScript.Failure) in
            let client = try script.connect("client")
            _ = try script.announce(namespace, on: client, timeout: 2000)
            script.close(client)
        },
        InteropCase(
            name: "publish-namespace-done", section: "3.3.2", timeout: 4500,
            expected: "PUBLISH_NAMESPACE_OK, clean withdrawal"
        ) {
            (script) throws(InteropScript.Failure) in
            let client = try script.connect("client")
            let announcement = try script.announce(namespace, on: client, timeout: 2000)
            announcement.withdraw()
            try script.staysOpen(client, milliseconds: 200)
            script.close(client)
        },
        InteropCase(
            name: "subscribe-error", section: "10.6", timeout: 4000,
            expected: "REQUEST_ERROR"
        ) {
            (script) throws(InteropScript.Failure) in
            let client = try script.connect("client")
            let answer = try script.subscribe(missing, on: client, timeout: 2000)
            if answer == nil {
                throw InteropScript.Failure("SUBSCRIBE_OK", "a track that nobody publishes was accepted")
            }
            script.close(client)
        },
        InteropCase(
            name: "announce-subscribe", section: "10.8", timeout: 3000,
            expected: "SUBSCRIBE_OK"
        ) {
            (script) throws(InteropScript.Failure) in
            let publisher = try script.connect("publisher")
            let track = publisher.addTrack(InteropCase.track)
            _ = try script.announce(namespace, on: publisher, timeout: 2000)
            let subscriber = try script.connect("subscriber")
            if let failure = try script.subscribe(InteropCase.track, on: subscriber, timeout: 2000) {
                throw InteropScript.Failure("REQUEST_ERROR", FailureText.request("SUBSCRIBE", failure))
            }
            track.end()
            script.close(subscriber)
            script.close(publisher)
        },
        InteropCase(
            name: "subscribe-before-announce", section: "10.7", timeout: 3500,
            expected: "SUBSCRIBE_OK or REQUEST_ERROR"
        ) {
            (script) throws(InteropScript.Failure) in
            let subscriber = try script.connect("subscriber")
            let answer = try script.beginSubscribe(InteropCase.track, on: subscriber)
            script.wait(milliseconds: 500)
            let publisher = try script.connect("publisher")
            _ = publisher.addTrack(InteropCase.track)
            _ = try script.announce(namespace, on: publisher, timeout: 2000)
            try script.expect(answer, timeout: 2000)
            script.close(subscriber)
            script.close(publisher)
        },
    ]
}
