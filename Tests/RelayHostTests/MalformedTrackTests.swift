import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// What becomes of a track that contradicts itself, seen from its publishers and subscribers.
@Suite(.serialized) struct MalformedTrackTests {
    private static let name = FullTrackName(
        namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))

    private static func subscribe(_ harness: RelayHarness, _ draft: Draft) throws -> ReceivedTrack {
        let received = ReceivedTrack()
        _ = try harness.connect(.quic, draft).subscribe(name) { received.take($0) }
        try #require(harness.run(milliseconds: 5_000) { received.isAccepted || received.isOver })
        try #require(received.isAccepted)
        return received
    }

    private static func write(_ group: UInt64, _ byte: UInt8, to track: TrackPublisher) {
        track.beginGroup(group)
        for _ in 0..<4 { track.write([UInt8](repeating: byte, count: 1000)) }
        track.endGroup()
    }

    // Rules: 19-2.4.2-1, 19-2.4.2-2
    @Test(
        "two publishers that differ end the track for everybody with MALFORMED_TRACK, once (section 2.4.2)",
        arguments: [1, 2])
    func twoPublishers(workers: Int) throws {
        let harness = try RelayHarness { $0.workers = workers }
        let first = try harness.connect(.quic, .draft19)
        let second = try harness.connect(.webTransport, .draft16)
        let tracks = [first.addTrack(Self.name), second.addTrack(Self.name)]
        for publisher in [first, second] { _ = try harness.announce(Self.name.namespace, on: publisher) }
        let viewers = try [Draft.draft14, .draft16, .draft19].map { try Self.subscribe(harness, $0) }
        try #require(harness.run(milliseconds: 5_000) { tracks.allSatisfy { $0.subscriptionCount == 1 } })
        for track in tracks { Self.write(0, 1, to: track) }
        #expect(harness.run(milliseconds: 5_000) { viewers.allSatisfy { $0.objectCount == 4 } })
        Self.write(1, 1, to: tracks[0])
        #expect(harness.run(milliseconds: 5_000) { viewers.allSatisfy { $0.objectCount == 8 } })
        Self.write(1, 2, to: tracks[1])
        #expect(harness.run(milliseconds: 5_000) { viewers.allSatisfy { $0.isOver } })
        for viewer in viewers { #expect(viewer.ending == .malformedTrack && viewer.objectCount == 8) }
        #expect(harness.run(milliseconds: 5_000) { tracks.allSatisfy { $0.subscriptionCount == 0 } })
        #expect(harness.server.metrics.tracksMalformed.count == 1)
    }

    @Test(
        "a publisher that comes back and begins its numbers anew ends the old life of the track; a new one follows"
    )
    func restart() throws {
        let harness = try RelayHarness()
        let first = try harness.connect(.quic, .draft18)
        let old = first.addTrack(Self.name)
        _ = try harness.announce(Self.name.namespace, on: first)
        let before = try Self.subscribe(harness, .draft18)
        try #require(harness.run(milliseconds: 5_000) { old.subscriptionCount == 1 })
        Self.write(0, 1, to: old)
        #expect(harness.run(milliseconds: 5_000) { before.objectCount == 4 })
        first.close()
        let again = try harness.connect(.quic, .draft18)
        let new = again.addTrack(Self.name)
        _ = try harness.announce(Self.name.namespace, on: again)
        try #require(harness.run(milliseconds: 5_000) { new.subscriptionCount == 1 })
        Self.write(0, 2, to: new)
        #expect(harness.run(milliseconds: 5_000) { before.isOver })
        #expect(before.ending == .malformedTrack && before.objectCount == 4)
        let after = try Self.subscribe(harness, .draft18)
        Self.write(1, 2, to: new)
        #expect(harness.run(milliseconds: 5_000) { after.objectCount == 4 })
        new.end()
        #expect(harness.run(milliseconds: 10_000) { after.isOver })
        #expect(after.ending == .trackEnded)
    }
}
