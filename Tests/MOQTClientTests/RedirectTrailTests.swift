import MOQTClient
import MOQTModel
import Testing

@Suite("Redirects are followed with bounds (draft-18 section 10.6.1)")
struct RedirectTrailTests {
    static let track = FullTrackName(namespace: TrackNamespace("a"), name: [1])
    static let other = FullTrackName(namespace: TrackNamespace("b"), name: [2])
    static let same = FullTrackName(namespace: TrackNamespace(), name: [])

    private var trail: RedirectTrail {
        RedirectTrail(ClientConfiguration(carrier: .quic, host: "one.example", port: 4443), Self.track)
    }

    @Test("a URI means another place, an empty track the same track")
    func place() throws {
        var trail = trail
        let step = try trail.follow(Redirect(connectURI: "https://two.example:99/live", track: Self.same))
        let there = try #require(step.configuration)
        #expect(there.carrier == .webTransport && there.host == "two.example" && there.port == 99)
        #expect(there.path == "/live" && step.track == Self.track)
    }

    @Test("an empty URI means the same session, with the track that is named")
    func otherTrack() throws {
        var trail = trail
        let step = try trail.follow(Redirect(connectURI: "", track: Self.other))
        #expect(step.configuration == nil && step.track == Self.other)
        // The URI of where we are is the same session, too.
        let back = try trail.follow(
            Redirect(
                connectURI: "moqt://one.example:4443/",
                track: FullTrackName(namespace: TrackNamespace("c"), name: [])))
        #expect(back.configuration == nil)
    }

    @Test("a circle ends, whether of places or of tracks")
    func circle() throws {
        var trail = trail
        #expect(throws: RedirectTrail.Failure.circle) {
            try trail.follow(Redirect(connectURI: "", track: Self.same))
        }
        _ = try trail.follow(Redirect(connectURI: "moqt://two.example/", track: Self.other))
        #expect(throws: RedirectTrail.Failure.circle) {
            try trail.follow(Redirect(connectURI: "moqt://one.example:4443/", track: Self.track))
        }
    }

    @Test("a chain ends after as many steps as are followed")
    func length() throws {
        var trail = trail
        for step in 0..<RedirectTrail.maximumCount {
            _ = try trail.follow(Redirect(connectURI: "moqt://relay\(step).example/", track: Self.same))
        }
        #expect(throws: RedirectTrail.Failure.tooMany(RedirectTrail.maximumCount)) {
            try trail.follow(Redirect(connectURI: "moqt://last.example/", track: Self.same))
        }
    }

    @Test("a URI that is none is not followed", arguments: ["gopher://x/", "moqt://", "moqt://a:b/", "x"])
    func nonsense(uri: String) {
        var trail = trail
        #expect(throws: RedirectTrail.Failure.notUnderstood(uri)) {
            try trail.follow(Redirect(connectURI: uri, track: Self.same))
        }
    }
}
