import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// What the relay promises about requests, seen from its clients, on one shard and across two.
@Suite(.serialized) struct RoutingEndToEndTests {
    private static let name = FullTrackName(
        namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))

    private static func harness(workers: Int) throws -> RelayHarness {
        try RelayHarness { $0.workers = workers }
    }

    /// Subscribes and waits until the relay has answered.
    private static func subscribe(
        _ harness: RelayHarness, _ connection: ClientConnection, filter: LocationFilter? = nil,
        track: FullTrackName = name, rendezvous: UInt64? = nil, waits: Bool = true
    ) throws -> (TrackSubscriber, ReceivedTrack) {
        let received = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = filter
        parameters.rendezvousTimeout = rendezvous
        let subscriber = try connection.subscribe(track, parameters: parameters) { received.take($0) }
        if waits { try #require(harness.run(milliseconds: 5_000) { received.isAccepted || received.isOver }) }
        return (subscriber, received)
    }

    @Test("tracks reach subscribers on other shards whole (every publisher and subscriber of 8 pairs)")
    func crossShards() throws {
        let harness = try Self.harness(workers: 2)
        var transfers: [Transfer] = []
        for index in 0..<8 {
            let drafts = PairingTests.drafts
            transfers.append(
                try Transfer(
                    harness, from: harness.connect(.quic, drafts[index % 3]),
                    to: harness.connect(index % 2 == 0 ? .webTransport : .quic, drafts[(index / 3) % 3]),
                    byteCount: 1_000_000, namespace: TrackNamespace("shards", String(index))))
        }
        _ = harness.run(milliseconds: 30_000) { transfers.reduce(true) { $1.step() && $0 } }
        for transfer in transfers { transfer.expectComplete() }
    }

    @Test(
        "a SUBSCRIBE that nobody can serve is refused at once with DOES_NOT_EXIST (section 5.1)",
        arguments: PairingTests.drafts)
    func nobodyThere(draft: Draft) throws {
        let harness = try Self.harness(workers: 1)
        let (_, received) = try Self.subscribe(harness, harness.connect(.quic, draft))
        #expect(received.failure?.code == .doesNotExist)
    }

    @Test("the publisher's refusal reaches the subscriber (section 9.4)", arguments: [1, 2])
    func refusalPassesOn(workers: Int) throws {
        let harness = try Self.harness(workers: workers)
        let publisher = try harness.connect(.quic, .draft18)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        for draft in PairingTests.drafts {
            let (_, received) = try Self.subscribe(harness, harness.connect(.webTransport, draft))
            #expect(received.failure?.code == .doesNotExist)
        }
        announcement.withdraw()
    }

    @Test(
        "a SUBSCRIBE with RENDEZVOUS_TIMEOUT waits for its publisher, else fails with TIMEOUT",
        arguments: [1, 2])
    func rendezvous(workers: Int) throws {
        let harness = try Self.harness(workers: workers)
        let subscriber = try harness.connect(.quic, .draft18)
        let (_, early) = try Self.subscribe(harness, subscriber, rendezvous: 10_000, waits: false)
        let other = FullTrackName(namespace: TrackNamespace("no", "one"), name: Array("x".utf8))
        let (_, lost) = try Self.subscribe(harness, subscriber, track: other, rendezvous: 300, waits: false)
        _ = harness.run(milliseconds: 200)
        #expect(!early.isAccepted && !early.isOver)
        let publisher = try harness.connect(.quic, .draft16)
        let track = publisher.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        #expect(harness.run(milliseconds: 5_000) { early.isAccepted })
        #expect(harness.run(milliseconds: 5_000) { lost.failure != nil })
        #expect(lost.failure?.code == .timeout)
        track.end()
        announcement.withdraw()
    }

    @Test(
        "however many subscribers, the publisher has one subscription, which ends with the last of them",
        arguments: [1, 2])
    func aggregation(workers: Int) throws {
        let harness = try Self.harness(workers: workers)
        let publisher = try harness.connect(.quic, .draft18)
        let track = publisher.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        var subscribers: [TrackSubscriber] = []
        for index in 0..<10 {
            let connection = try harness.connect(.quic, PairingTests.drafts[index % 3])
            let (subscriber, received) = try Self.subscribe(harness, connection)
            #expect(received.isAccepted)
            subscribers.append(subscriber)
        }
        #expect(track.subscriptionCount == 1)
        for subscriber in subscribers { subscriber.cancel() }
        #expect(harness.run(milliseconds: 5_000) { track.subscriptionCount == 0 })
        announcement.withdraw()
    }

    // Rules: 19-9.5-4
    @Test(
        "identical objects of two publishers reach the subscriber once, also when one of them dies",
        arguments: [1, 2])
    func takeover(workers: Int) throws {
        let harness = try Self.harness(workers: workers)
        let first = try harness.connect(.quic, .draft18)
        let second = try harness.connect(.quic, .draft16)
        let tracks = [first.addTrack(Self.name), second.addTrack(Self.name)]
        let announcements = try [first, second].map { try harness.announce(Self.name.namespace, on: $0) }
        let (_, received) = try Self.subscribe(harness, harness.connect(.quic, .draft14))
        try #require(received.isAccepted)
        try #require(harness.run(milliseconds: 5_000) { tracks.allSatisfy { $0.subscriptionCount == 1 } })
        // Both publishers write the same; after half of it one goes away.
        func write(_ groups: ClosedRange<UInt64>, to tracks: [TrackPublisher]) {
            for group in groups {
                for track in tracks {
                    track.beginGroup(group)
                    for object in 0..<4 { track.write([UInt8](repeating: UInt8(object), count: 1000)) }
                    track.endGroup()
                }
                _ = harness.run(milliseconds: 50)
            }
        }
        write(0...3, to: tracks)
        #expect(harness.run(milliseconds: 5_000) { received.objectCount == 16 })
        second.close()
        let survivor = tracks[0]
        write(4...7, to: [survivor])
        #expect(harness.run(milliseconds: 5_000) { received.objectCount >= 32 })
        #expect(received.objectCount == 32)
        #expect(Set(received.locations).count == 32, "no object twice")
        survivor.end()
        #expect(harness.run(milliseconds: 10_000) { received.isOver })
        #expect(received.ending == .trackEnded)
        announcements[0].withdraw()
    }

    @Test("a late subscriber starts where its filter says (section 5.1.2)", arguments: PairingTests.drafts)
    func lateJoin(draft: Draft) throws {
        let harness = try Self.harness(workers: 1)
        let publisher = try harness.connect(.quic, draft)
        let track = publisher.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        // Keeps the track at the relay.
        let (keeper, kept) = try Self.subscribe(harness, harness.connect(.quic, draft))
        for group in 0..<3 as Range<UInt64> {
            track.beginGroup(group)
            for object in 0..<3 { track.write([UInt8(group), UInt8(object)]) }
        }
        try #require(harness.run(milliseconds: 5_000) { kept.objectCount == 9 })
        let late = try harness.connect(.quic, draft)
        let other = try harness.connect(.webTransport, draft)
        let third = try harness.connect(.webTransport, draft)
        let (_, past) = try Self.subscribe(harness, late, filter: .from(Location(group: 1, object: 1)))
        let (_, next) = try Self.subscribe(harness, other, filter: .nextGroup)
        let (_, rest) = try Self.subscribe(harness, third, filter: .nextObject)
        track.write([2, 3])
        track.beginGroup(3)
        track.write([3, 0])
        track.end()
        #expect(
            harness.run(milliseconds: 10_000) { past.isOver && next.isOver && rest.isOver && kept.isOver })
        #expect(past.locations.first == Location(group: 1, object: 1))
        #expect(past.objectCount == 2 + 4 + 1)
        #expect(next.locations == [Location(group: 3, object: 0)])
        #expect(rest.locations == [Location(group: 2, object: 3), Location(group: 3, object: 0)])
        keeper.cancel()
        announcement.withdraw()
    }

    @Test(
        "names below a prefix appear and vanish for whoever asks (section 6)", arguments: PairingTests.drafts)
    func namespaces(draft: Draft) throws {
        let harness = try Self.harness(workers: 2)
        let watcher = try harness.connect(.quic, draft)
        var names: Set<TrackNamespace> = []
        let watch = try watcher.watchNamespaces(TrackNamespace("live")) { event in
            switch event {
            case .appeared(let name): names.insert(name)
            case .vanished(let name): names.remove(name)
            default: break
            }
        }
        let publisher = try harness.connect(.webTransport, draft)
        let announcement = try harness.announce(TrackNamespace("live", "a"), on: publisher)
        let elsewhere = try harness.announce(TrackNamespace("dead", "b"), on: publisher)
        #expect(harness.run(milliseconds: 5_000) { names == [TrackNamespace("live", "a")] })
        announcement.withdraw()
        #expect(harness.run(milliseconds: 5_000) { names.isEmpty })
        elsewhere.withdraw()
        watch.cancel()
    }
}
