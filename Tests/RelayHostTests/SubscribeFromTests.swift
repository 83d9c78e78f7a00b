import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing
import Tooling

/// `cascade subscribe --from`, without its terminal: a `MigratingSubscription` through a relay to a publisher that has
/// written five groups of three objects before anybody asked, and writes a sixth then.
@Suite(.serialized) struct SubscribeFromTests {
    private final class Received {
        var locations: [Location] = []
        var gaps: [Location] = []
        var isAccepted = false
        var failure: MigratingSubscription.Failure?

        func take(_ event: MigratingSubscription.Event) {
            switch event {
            case .accepted: isAccepted = true
            case .object(let object): locations.append(object.location)
            case .gap(let from, _): gaps.append(from)
            case .failed(let why): failure = why
            default: break
            }
        }
    }

    private static let cases: [(String, [Location])] = [
        ("next-object", UpstreamFetchTests.all(5...5)), ("next-group", UpstreamFetchTests.all(5...5)),
        ("-0", UpstreamFetchTests.all(4...5)), ("-2", UpstreamFetchTests.all(2...5)),
        ("-90", UpstreamFetchTests.all(0...5)), ("0", UpstreamFetchTests.all(0...5)),
        ("3", UpstreamFetchTests.all(3...5)),
        ("2.1", [UpstreamFetchTests.at(2, 1), UpstreamFetchTests.at(2, 2)] + UpstreamFetchTests.all(3...5)),
        // Not published yet.
        ("5.1", [UpstreamFetchTests.at(5, 1), UpstreamFetchTests.at(5, 2)]),
    ]

    private func begin(
        _ text: String, on connection: ClientConnection
    ) throws -> (MigratingSubscription, Received) {
        let received = Received()
        var parameters = MessageParameters()
        parameters.groupOrder = .ascending
        try TrackStart(text).apply(to: &parameters)
        let subscription = MigratingSubscription(UpstreamFetchTests.name, parameters: parameters) {
            received.take($0)
        }
        subscription.begin(on: connection)
        return (subscription, received)
    }

    @Test("each place, on each draft, without a seam", arguments: Draft.all, cases.indices)
    func places(draft: Draft, index: Int) throws {
        let (text, locations) = Self.cases[index]
        let scene = try UpstreamFetchTests.Scene(draft)
        let (subscription, received) = try begin(text, on: scene.viewer)
        try #require(scene.harness.run(milliseconds: 5_000) { received.isAccepted })
        UpstreamFetchTests.Scene.write(scene.publisher, 5)
        #expect(
            scene.harness.run(milliseconds: 5_000) { received.locations.last == UpstreamFetchTests.at(5, 2) })
        #expect(received.locations == locations, "\(String(describing: received.failure))")
        #expect(received.gaps.isEmpty)
        subscription.cancel()
    }

    @Test(
        "after a lost connection it goes on where it was, with what was published meanwhile",
        arguments: [Draft.draft14, .draft16, .draft18, .draft21], ["-1", "1.1"])
    func moved(draft: Draft, text: String) throws {
        let scene = try UpstreamFetchTests.Scene(draft)
        let first = try scene.harness.connect(.quic, draft)
        let (subscription, received) = try begin(text, on: first)
        try #require(scene.harness.run(milliseconds: 5_000) { received.isAccepted })
        UpstreamFetchTests.Scene.write(scene.publisher, 5)
        let last = UpstreamFetchTests.at(5, 2)
        try #require(scene.harness.run(milliseconds: 5_000) { received.locations.last == last })
        first.close()
        try #require(scene.harness.run(milliseconds: 5_000) { !subscription.uses(first) })
        UpstreamFetchTests.Scene.write(scene.publisher, 6)
        subscription.begin(on: scene.viewer)
        _ = scene.harness.run(milliseconds: 300) { false }
        UpstreamFetchTests.Scene.write(scene.publisher, 7)
        #expect(
            scene.harness.run(milliseconds: 5_000) { received.locations.last == UpstreamFetchTests.at(7, 2) })
        let all = UpstreamFetchTests.all(1...7)
        #expect(
            received.locations
                == (text == "-1" ? UpstreamFetchTests.all(3...7) : Array(all.dropFirst())))
        #expect(received.gaps.isEmpty && received.failure == nil)
        subscription.cancel()
    }

    @Test(
        "a track that is not there yet comes from its first object on",
        arguments: [Draft.draft14, .draft16, .draft18, .draft21], ["next-group", "-2", "0", "1"])
    func early(draft: Draft, text: String) throws {
        let harness = try RelayHarness()
        let viewer = try harness.connect(.quic, draft)
        let (subscription, received) = try begin(text, on: viewer)
        _ = harness.run(milliseconds: 100) { false }
        let source = try harness.connect(.quic, draft)
        let publisher = source.addTrack(UpstreamFetchTests.name)
        for group in 0..<2 as Range<UInt64> { UpstreamFetchTests.Scene.write(publisher, group) }
        let announcement = try harness.announce(UpstreamFetchTests.name.namespace, on: source)
        _ = harness.run(milliseconds: 5_000) { received.isAccepted }
        _ = harness.run(milliseconds: 200) { false }
        UpstreamFetchTests.Scene.write(publisher, 2)
        #expect(harness.run(milliseconds: 5_000) { received.locations.last == UpstreamFetchTests.at(2, 2) })
        #expect(received.failure == nil && received.gaps.isEmpty)
        // What was published before it could be asked for is only wanted by who wants the past.
        switch text {
        case "next-group": #expect(received.locations.suffix(3) == UpstreamFetchTests.all(2...2)[...])
        case "1": #expect(received.locations == UpstreamFetchTests.all(1...2))
        default: #expect(received.locations == UpstreamFetchTests.all(0...2))
        }
        subscription.cancel()
        withExtendedLifetime(announcement) {}
    }
}
