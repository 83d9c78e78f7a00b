import Containers
import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import RelayHost
import Testing

/// Subscriptions that begin in the past of a track, through a relay on loopback: by fills, and before draft 20 by
/// FETCHes that join them.
@Suite("Fills through a relay (draft-20 section 5.1.3)", .serialized)
struct FillTests {
    typealias Scene = FetchTests.Scene
    static let filling = Draft.all.filter(\.rules.hasFills)

    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    private static func subscribe(
        _ scene: Scene, _ fill: FillParameters?, filter: LocationFilter? = nil, forward: Bool? = nil,
        on connection: ClientConnection? = nil
    ) throws -> (ReceivedTrack, TrackSubscriber) {
        let received = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = filter
        parameters.fill = fill
        parameters.forward = forward
        let subscriber = try (connection ?? scene.other).subscribe(FetchTests.name, parameters: parameters) {
            received.take($0)
        }
        return (received, subscriber)
    }

    /// Four more objects of the open group, and one group more.
    private static func goOn(_ scene: Scene) {
        for object in 4..<8 as Range<UInt64> { scene.publisher.write(FetchTests.payload(4, object)) }
        scene.publisher.beginGroup(5)
        for object in 0..<4 as Range<UInt64> { scene.publisher.write(FetchTests.payload(5, object)) }
    }
    private static let later = (4..<8).map { at(4, $0) } + (0..<4).map { at(5, $0) }

    private static func digest(_ locations: [Location]) -> ByteDigest {
        var digest = ByteDigest()
        for location in locations {
            FetchTests.payload(location.group, location.object).withUnsafeBytes { digest.add($0) }
        }
        return digest
    }

    @Test(
        "a subscription that asks for the past gets the track from there, without a seam, on every draft",
        arguments: Draft.all, [1, 3])
    func past(draft: Draft, workers: Int) throws {
        let scene = try Scene(draft, workers: workers)
        for (filter, first) in [
            (.relative(groupCount: 1), Self.at(4, 0)), (.relative(groupCount: 3), Self.at(2, 0)),
            (.from(Self.at(1, 2)), Self.at(1, 2)), (.unfiltered, .zero),
        ] as [(LocationFilter, Location)] {
            let viewer = try scene.harness.connect(.quic, draft)
            let (received, subscriber) = try Self.subscribe(
                scene, FillParameters(filter: filter), filter: .nextObject, on: viewer)
            let expected = FetchTests.all(0...4).filter { $0 >= first }
            #expect(scene.harness.run(milliseconds: 5_000) { received.objectCount == expected.count })
            #expect(received.locations == expected, "\(draft) \(filter)")
            #expect(received.digest == Self.digest(expected))
            subscriber.cancel()
            viewer.close()
        }
        let (received, _) = try Self.subscribe(
            scene, FillParameters(filter: .relative(groupCount: 2)), filter: .nextObject)
        // The past and what is published while it comes.
        try #require(scene.harness.run(milliseconds: 5_000) { received.isAccepted })
        Self.goOn(scene)
        scene.publisher.end()
        // Sooner than a past that never comes would be given up.
        let start = scene.harness.loop.now
        #expect(scene.harness.run(milliseconds: 5_000) { received.isOver })
        #expect(scene.harness.loop.now.milliseconds(since: start) < TrackSubscriber.pastPatience)
        #expect(received.locations == FetchTests.all(3...4) + Self.later)
        #expect(received.gapCount == 0)
        #expect(received.digest == Self.digest(received.locations))
        #expect(received.ending == .trackEnded)
    }

    @Test("a filter that begins in the past is a fill and a subscription behind it", arguments: filling)
    func filterInThePast(draft: Draft) throws {
        let scene = try Scene(draft)
        let (from, _) = try Self.subscribe(scene, nil, filter: .from(Self.at(2, 1)))
        let viewer = try scene.harness.connect(.webTransport, draft)
        let (back, _) = try Self.subscribe(scene, nil, filter: .relative(groupCount: 1), on: viewer)
        let third = try scene.harness.connect(.quic, draft)
        let (bounded, _) = try Self.subscribe(
            scene, nil, filter: .range(start: Self.at(3, 1), endGroup: 4, endObject: 5), on: third)
        #expect(scene.harness.run(milliseconds: 5_000) { from.objectCount == 11 && back.objectCount == 4 })
        Self.goOn(scene)
        #expect(
            scene.harness.run(milliseconds: 2_000) {
                from.objectCount == 19 && back.objectCount == 12 && bounded.objectCount == 9
            })
        #expect(scene.harness.run(milliseconds: 5_000) { bounded.isOver })
        #expect(from.locations == FetchTests.all(0...4).filter { $0 >= Self.at(2, 1) } + Self.later)
        #expect(back.locations == FetchTests.all(4...4) + Self.later)
        #expect(
            bounded.locations
                == FetchTests.all(3...4).filter { $0 >= Self.at(3, 1) } + [Self.at(4, 4), Self.at(4, 5)])
        #expect(from.gapCount + back.gapCount + bounded.gapCount == 0)
    }

    @Test("with Forward 0 no fill is opened, nor by Forward 1 alone", arguments: filling)
    func notForwarded(draft: Draft) throws {
        let scene = try Scene(draft)
        let (received, subscriber) = try Self.subscribe(
            scene, FillParameters(filter: .unfiltered), filter: .nextObject, forward: false)
        _ = scene.harness.run(milliseconds: 5_000) { received.isAccepted }
        let refused = FetchedObjects()
        _ = try scene.other.fetch(joining: subscriber, groupCount: 0) { refused.take($0) }
        #expect(scene.harness.run(milliseconds: 5_000) { refused.isOver })
        #expect(refused.failure?.code == .invalidRange)
        var forward = MessageParameters()
        forward.forward = true
        try subscriber.update(forward)
        _ = scene.harness.run(milliseconds: 300)
        #expect(received.objectCount == 0)
        // Now that it is forwarded, a fill of its own brings the past.
        let past = FetchedObjects()
        _ = try scene.other.fetch(joining: subscriber, groupCount: 1) { past.take($0) }
        #expect(scene.harness.run(milliseconds: 5_000) { past.isComplete })
        #expect(past.locations == FetchTests.all(3...4))
        Self.goOn(scene)
        #expect(scene.harness.run(milliseconds: 5_000) { received.objectCount == 8 })
        #expect(received.locations == Self.later)
    }

    @Test("a fill in descending order brings the newest group first", arguments: filling)
    func descending(draft: Draft) throws {
        let scene = try Scene(draft)
        let (received, subscriber) = try Self.subscribe(scene, nil, filter: .nextObject)
        let past = FetchedObjects()
        var parameters = MessageParameters()
        parameters.groupOrder = .descending
        _ = try scene.other.fetch(joining: subscriber, fromGroup: 2, parameters: parameters) { past.take($0) }
        #expect(scene.harness.run(milliseconds: 5_000) { past.isComplete })
        #expect(past.locations == FetchTests.all(4...4) + FetchTests.all(3...3) + FetchTests.all(2...2))
        #expect(past.end == Self.at(4, 3) && received.objectCount == 0)
    }

    @Test("a fill has the range filters of its subscription", arguments: filling)
    func rangeFilters(draft: Draft) throws {
        let scene = try Scene(draft)
        let received = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.rangeFilters = [RangeFilter(.objectID, ranges: [1...2])]
        let subscriber = try scene.other.subscribe(FetchTests.name, parameters: parameters) {
            received.take($0)
        }
        let past = FetchedObjects()
        _ = try scene.other.fetch(joining: subscriber, fromGroup: 3) { past.take($0) }
        #expect(scene.harness.run(milliseconds: 5_000) { past.isComplete })
        #expect(past.locations == FetchTests.all(3...4).filter { (1...2).contains($0.object) })
    }

    @Test(
        "what the relay has let go comes from upstream, or is a gap for who does not want to wait (FILL_TIMEOUT 0)",
        arguments: filling, [nil, 0] as [UInt64?])
    func missing(draft: Draft, timeout: UInt64?) throws {
        let scene = try Scene(draft) {
            $0.log.finishedGroupCount = 1
            $0.log.minimumAgeNanoseconds = 0
        }
        var fill = FillParameters(filter: .unfiltered)
        fill.fillTimeout = timeout
        let (received, _) = try Self.subscribe(scene, fill, filter: .nextObject)
        #expect(scene.harness.run(milliseconds: 5_000) { received.locations.last == Self.at(4, 3) })
        Self.goOn(scene)
        #expect(scene.harness.run(milliseconds: 5_000) { received.locations.last == Self.at(5, 3) })
        let first = try #require(received.locations.first)
        #expect(received.locations == (FetchTests.all(0...4) + Self.later).filter { $0 >= first })
        #expect(received.gapCount == (timeout == 0 ? 1 : 0))
        #expect((first == .zero) == (timeout != 0))
    }

    @Test("before anything is published there is no fill, and nothing waits for it", arguments: filling)
    func nothingYet(draft: Draft) throws {
        let harness = try RelayHarness()
        let source = try harness.connect(.quic, .draft16)
        let publisher = source.addTrack(FetchTests.name)
        let announcement = try harness.announce(FetchTests.name.namespace, on: source)
        let viewer = try harness.connect(.quic, draft)
        let received = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.fill = FillParameters(filter: .unfiltered)
        _ = try viewer.subscribe(FetchTests.name, parameters: parameters) { received.take($0) }
        try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
        publisher.beginGroup(0)
        publisher.write([1])
        let start = harness.loop.now
        #expect(harness.run(milliseconds: 5_000) { received.objectCount == 1 })
        #expect(harness.loop.now.milliseconds(since: start) < 1_000)
        announcement.withdraw()
    }
}
