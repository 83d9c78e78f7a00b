import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing

/// Which subscription a FETCH may join, at the edges (draft-19 section 10.12.2).
@Suite(.serialized) struct JoiningFetchTests {
    static let drafts: [Draft] = [.draft14, .draft15, .draft16, .draft17, .draft18, .draft19]

    // Rules: 19-10.12.2-3
    @Test("a FETCH that joins a subscription to a track without objects is INVALID_RANGE", arguments: drafts)
    func nothingYet(draft: Draft) throws {
        let harness = try RelayHarness { $0.workers = 1 }
        let name = FullTrackName(namespace: TrackNamespace("test", "empty"), name: [1])
        let source = try harness.connect(.quic, .draft16)
        _ = source.addTrack(name)
        let announcement = try harness.announce(name.namespace, on: source)
        let viewer = try harness.connect(.quic, draft)
        let live = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        let subscriber = try viewer.subscribe(name, parameters: parameters) { live.take($0) }
        try #require(harness.run(milliseconds: 5_000) { live.isAccepted })
        let fetched = FetchedObjects()
        _ = try viewer.fetch(joining: subscriber, groupCount: 0) { fetched.take($0) }
        _ = harness.run(milliseconds: 5_000) { fetched.isOver }
        #expect(fetched.failure?.code == .invalidRange)
        withExtendedLifetime(announcement) {}
    }

    // Rules: 19-10.12.2-2
    @Test("an update that came before the FETCH counts: Forward 1 makes the subscription one to join")
    func updateFirst() throws {
        for draft in [Draft.draft17, .draft18, .draft19] {
            let scene = try FetchTests.Scene(draft)
            let viewer = try scene.harness.connect(.quic, draft)
            let live = ReceivedTrack()
            var parameters = MessageParameters()
            parameters.filter = .nextObject
            parameters.forward = false
            let subscriber = try viewer.subscribe(FetchTests.name, parameters: parameters) { live.take($0) }
            try #require(scene.harness.run(milliseconds: 5_000) { live.isAccepted })
            var update = MessageParameters()
            update.forward = true
            try subscriber.update(update)
            let fetched = FetchedObjects()
            _ = try viewer.fetch(joining: subscriber, groupCount: 0) { fetched.take($0) }
            _ = scene.harness.run(milliseconds: 5_000) { fetched.isOver }
            #expect(fetched.failure == nil, "\(draft)")
            #expect(fetched.locations == FetchTests.all(4...4), "\(draft)")
        }
    }
}
