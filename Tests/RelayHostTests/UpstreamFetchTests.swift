import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// FETCH of what the relay never had, or has let go: it comes from the publisher.
@Suite("FETCH through a relay to the publisher (draft-18 section 10.12.3)", .serialized)
struct UpstreamFetchTests {
    static let drafts = [Draft.draft14, .draft15, .draft16, .draft17, .draft18, .draft19]
    static let name = FullTrackName(namespace: TrackNamespace("test", "up"), name: Array("t".utf8))

    static func payload(_ group: UInt64, _ object: UInt64) -> [UInt8] {
        let size = object == 0 ? 30_000 : 100
        return (0..<size).map { UInt8(truncatingIfNeeded: UInt64($0) &* 5 &+ group &* 13 &+ object) }
    }
    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }
    static func all(_ groups: ClosedRange<UInt64>) -> [Location] {
        groups.flatMap { group in (0..<3).map { at(group, $0) } }
    }

    /// A publisher that has written five groups of three objects before anybody asked; the last one is open.
    final class Scene {
        let harness: RelayHarness
        let publisher: TrackPublisher
        let viewer: ClientConnection
        let source: ClientConnection
        private let announcement: Announcement
        private var subscriber: TrackSubscriber?

        init(
            _ draft: Draft, publisherDraft: Draft = .draft18, workers: Int = 1,
            _ adjust: (inout RelayConfiguration) -> Void = { _ in }
        ) throws {
            harness = try RelayHarness {
                $0.workers = workers
                adjust(&$0)
            }
            source = try harness.connect(.quic, publisherDraft)
            viewer = try harness.connect(.webTransport, draft)
            publisher = source.addTrack(UpstreamFetchTests.name)
            for group in 0..<5 as Range<UInt64> { Self.write(publisher, group) }
            announcement = try harness.announce(UpstreamFetchTests.name.namespace, on: source)
        }

        static func write(_ publisher: TrackPublisher, _ group: UInt64) {
            publisher.beginGroup(group)
            for object in 0..<3 as Range<UInt64> {
                publisher.write(UpstreamFetchTests.payload(group, object))
            }
        }

        func subscribe() throws -> ReceivedTrack {
            let received = ReceivedTrack()
            var parameters = MessageParameters()
            parameters.filter = .nextObject
            subscriber = try viewer.subscribe(UpstreamFetchTests.name, parameters: parameters) {
                received.take($0)
            }
            try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
            return received
        }

        func fetch(
            _ start: Location, _ endGroup: UInt64, _ endObject: UInt64? = nil, order: GroupOrder? = nil
        ) throws -> FetchedObjects {
            let fetched = FetchedObjects()
            var parameters = MessageParameters()
            parameters.groupOrder = order
            _ = try viewer.fetch(
                UpstreamFetchTests.name, from: start, endGroup: endGroup, endObject: endObject,
                parameters: parameters
            ) { fetched.take($0) }
            #expect(harness.run(milliseconds: 5_000) { fetched.isOver })
            for (location, bytes) in fetched.bytes {
                #expect(bytes == UpstreamFetchTests.payload(location.group, location.object), "\(location)")
            }
            return fetched
        }
    }

    @Test("a track that nobody subscribed to comes from its publisher", arguments: drafts, drafts)
    func unknownTrack(draft: Draft, publisherDraft: Draft) throws {
        let scene = try Scene(draft, publisherDraft: publisherDraft)
        let up = try scene.fetch(Self.at(1, 1), 3)
        #expect(up.locations == [Self.at(1, 1), Self.at(1, 2)] + Self.all(2...3))
        #expect(up.isComplete && up.gaps.isEmpty && !up.isEndOfTrack)
        #expect(up.end == Self.at(3, .max))
        let down = try scene.fetch(Self.at(3, 2), 90, order: .descending)
        #expect(down.locations == Self.all(4...4) + [Self.at(3, 2)])
        // FETCH_OK is the publisher's.
        #expect(down.end == Self.at(4, 2))
        #expect(try scene.fetch(Self.at(7, 0), 9).failure?.code == .invalidRange)
    }

    @Test(
        "what was published before the relay subscribed and what came since are one range", arguments: drafts,
        [1, 3])
    func stitched(draft: Draft, workers: Int) throws {
        let scene = try Scene(draft, workers: workers)
        let received = try scene.subscribe()
        #expect(received.largest == Self.at(4, 2))
        Scene.write(scene.publisher, 5)
        Scene.write(scene.publisher, 6)
        try #require(scene.harness.run(milliseconds: 5_000) { received.objectCount == 6 })
        let up = try scene.fetch(Self.at(2, 1), 6)
        #expect(up.locations == [Self.at(2, 1), Self.at(2, 2)] + Self.all(3...6))
        #expect(up.isComplete && up.gaps.isEmpty)
        let down = try scene.fetch(Self.at(3, 0), 6, order: .descending)
        #expect(down.locations == Self.all(6...6) + Self.all(5...5) + Self.all(4...4) + Self.all(3...3))
        #expect(down.isComplete && down.gaps.isEmpty)
        // From the log alone.
        #expect(try scene.fetch(Self.at(5, 0), 6).locations == Self.all(5...6))
    }

    @Test(
        "SUBSCRIBE_OK of a later subscriber names the publisher's largest object, before any has come",
        arguments: drafts)
    func largest(draft: Draft) throws {
        let scene = try Scene(draft, workers: 2)
        #expect(try scene.subscribe().largest == Self.at(4, 2))
        let late = ReceivedTrack()
        let viewer = try scene.harness.connect(.quic, draft)
        let subscriber = try viewer.subscribe(Self.name) { late.take($0) }
        try #require(scene.harness.run(milliseconds: 5_000) { late.isAccepted })
        #expect(late.largest == Self.at(4, 2))
        var status: Result<TrackStatus, RequestFailure>?
        try viewer.trackStatus(Self.name) { status = $0 }
        _ = scene.harness.run(milliseconds: 5_000) { status != nil }
        #expect(try status?.get().largest == Self.at(4, 2))
        withExtendedLifetime(subscriber) {}
    }

    @Test("a joining FETCH brings what was published before the relay subscribed", arguments: drafts, [1, 2])
    func joining(draft: Draft, workers: Int) throws {
        let scene = try Scene(draft, workers: workers)
        let live = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        let subscriber = try scene.viewer.subscribe(Self.name, parameters: parameters) { live.take($0) }
        let past = FetchedObjects()
        _ = try scene.viewer.fetch(joining: subscriber, groupCount: 1) { past.take($0) }
        try #require(scene.harness.run(milliseconds: 5_000) { past.isOver })
        #expect(past.locations == Self.all(3...4))
        #expect(past.end == Self.at(4, 2))
    }

    @Test(
        "what the cache has let go comes from the publisher again",
        arguments: [Draft.draft14, .draft16, .draft19])
    func evicted(draft: Draft) throws {
        let scene = try Scene(draft) { $0.trackCacheByteCount = 80_000 }
        let received = try scene.subscribe()
        for group in 5..<10 as Range<UInt64> {
            Scene.write(scene.publisher, group)
            _ = scene.harness.run(milliseconds: 30)
        }
        try #require(scene.harness.run(milliseconds: 5_000) { received.objectCount == 15 })
        let fetched = try scene.fetch(Self.at(4, 0), 9)
        #expect(fetched.locations == Self.all(4...9))
        #expect(fetched.isComplete && fetched.gaps.isEmpty)
    }

    @Test(
        "a viewer that does not read holds the publisher back, and gets everything later", arguments: [1, 2])
    func backpressure(workers: Int) throws {
        let scene = try Scene(.draft18, workers: workers)
        for group in 5..<9 as Range<UInt64> {
            scene.publisher.beginGroup(group)
            for _ in 0..<50 { scene.publisher.write([UInt8](repeating: UInt8(group), count: 100_000)) }
        }
        let fetched = FetchedObjects()
        _ = try scene.viewer.fetch(Self.name, from: Self.at(5, 0), endGroup: 8) { fetched.take($0) }
        scene.viewer.isPaused = true
        _ = scene.harness.run(milliseconds: 1_500)
        #expect(fetched.locations.count < 200)
        // Two stream windows, and what the relay keeps between them.
        #expect(scene.source.statistics.bytesSent < 6_000_000)
        scene.viewer.isPaused = false
        #expect(scene.harness.run(milliseconds: 20_000) { fetched.isOver })
        #expect(fetched.isComplete && fetched.locations.count == 200)
        #expect(fetched.bytes.values.allSatisfy { $0.count == 100_000 })
    }

    @Test("a FETCH that is cancelled downstream is cancelled upstream", arguments: [Draft.draft14, .draft18])
    func cancelled(draft: Draft) throws {
        let server = try RelayedPublisher(draft)
        let fetched = FetchedObjects()
        let fetch = try server.viewer.fetch(Self.name, from: .zero, endGroup: 1) { fetched.take($0) }
        #expect(server.run { server.fetchesAsked == 1 })
        fetch.cancel()
        #expect(server.run { server.cancelled == 1 })
    }

    @Test("equal FETCHes of several viewers cost the publisher one", arguments: [Draft.draft16, .draft19])
    func coalesced(draft: Draft) throws {
        let server = try RelayedPublisher(draft)
        var all: [FetchedObjects] = []
        for _ in 0..<3 {
            let viewer = try server.harness.connect(.quic, draft)
            let fetched = FetchedObjects()
            _ = try viewer.fetch(Self.name, from: .zero, endGroup: 1) { fetched.take($0) }
            all.append(fetched)
        }
        #expect(server.run { server.fetchesAsked == 1 })
        _ = server.run(milliseconds: 100) { false }
        server.answer()
        #expect(server.run { all.allSatisfy(\.isComplete) })
        #expect(server.fetchesAsked == 1)
        #expect(all.allSatisfy { $0.locations == [Self.at(0, 0), Self.at(0, 1)] })
    }

    @Test("the publisher's refusal is passed on", arguments: drafts)
    func refused(draft: Draft) throws {
        let server = try RelayedPublisher(draft)
        let fetched = FetchedObjects()
        _ = try server.viewer.fetch(Self.name, from: .zero, endGroup: 1) { fetched.take($0) }
        #expect(server.run { server.fetchesAsked == 1 })
        server.refuse(RequestFailure(.invalidRange, "not that"))
        #expect(server.run { fetched.isOver })
        #expect(fetched.failure?.code == .invalidRange)
    }

    @Test("TRACK_STATUS of a track that nobody subscribed to is the publisher's answer", arguments: drafts)
    func trackStatus(draft: Draft) throws {
        let scene = try Scene(draft)
        var status: Result<TrackStatus, RequestFailure>?
        try scene.viewer.trackStatus(Self.name) { status = $0 }
        #expect(scene.harness.run(milliseconds: 5_000) { status != nil })
        #expect(try status?.get().largest == Self.at(4, 2))
    }
}
