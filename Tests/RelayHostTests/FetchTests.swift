import Containers
import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire
import RelayHost
import Testing

/// FETCH and TRACK_STATUS from a publisher's past, through a relay on loopback.
@Suite("FETCH through a relay (draft-18 sections 10.12 and 10.14)", .serialized)
struct FetchTests {
    static let drafts = Draft.all
    static let name = FullTrackName(namespace: TrackNamespace("test", "past"), name: Array("t".utf8))

    static func payload(_ group: UInt64, _ object: UInt64) -> [UInt8] {
        let size = object == 0 ? 40_000 : 100
        return (0..<size).map { UInt8(truncatingIfNeeded: UInt64($0) &* 7 &+ group &* 31 &+ object) }
    }

    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    /// Five groups of four objects are published and read by a subscriber; the last group stays open.
    final class Scene {
        let harness: RelayHarness
        let publisher: TrackPublisher
        let viewer: ClientConnection
        let other: ClientConnection
        let received = ReceivedTrack()
        private var subscriber: TrackSubscriber?
        private let announcement: Announcement

        init(
            _ draft: Draft, publisherDraft: Draft = .draft16, workers: Int = 1,
            adjust: (inout RelayConfiguration) -> Void = { _ in }
        ) throws {
            harness = try RelayHarness {
                $0.workers = workers
                adjust(&$0)
            }
            let source = try harness.connect(.quic, publisherDraft)
            viewer = try harness.connect(.quic, draft)
            other = try harness.connect(.webTransport, draft)
            publisher = source.addTrack(FetchTests.name)
            announcement = try harness.announce(FetchTests.name.namespace, on: source)
            let received = received
            var parameters = MessageParameters()
            parameters.filter = .nextObject
            subscriber = try viewer.subscribe(FetchTests.name, parameters: parameters) { received.take($0) }
            try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
            for group in 0..<5 as Range<UInt64> {
                publisher.beginGroup(group)
                for object in 0..<4 as Range<UInt64> { publisher.write(FetchTests.payload(group, object)) }
            }
            try #require(harness.run(milliseconds: 5_000) { received.objectCount == 20 })
        }

        func fetch(
            _ start: Location, _ endGroup: UInt64, _ endObject: UInt64? = nil, order: GroupOrder? = nil,
            name: FullTrackName = FetchTests.name
        ) throws -> FetchedObjects {
            let fetched = FetchedObjects()
            var parameters = MessageParameters()
            parameters.groupOrder = order
            _ = try other.fetch(
                name, from: start, endGroup: endGroup, endObject: endObject, parameters: parameters
            ) { fetched.take($0) }
            #expect(harness.run(milliseconds: 5_000) { fetched.isOver })
            return fetched
        }

        func expectBytes(_ fetched: FetchedObjects) {
            for (location, bytes) in fetched.bytes {
                #expect(bytes == FetchTests.payload(location.group, location.object), "\(location)")
            }
        }
    }

    static func all(_ groups: ClosedRange<UInt64>) -> [Location] {
        groups.flatMap { group in (0..<4).map { at(group, $0) } }
    }

    @Test("a range of the past arrives byte for byte, in the order asked for", arguments: drafts)
    func standalone(draft: Draft) throws {
        let scene = try Scene(draft)
        let up = try scene.fetch(Self.at(1, 2), 3)
        #expect(up.locations == [Self.at(1, 2), Self.at(1, 3)] + Self.all(2...3))
        #expect(up.isComplete && up.gaps.isEmpty && !up.isEndOfTrack)
        #expect(up.end == Self.at(3, .max))
        scene.expectBytes(up)
        let down = try scene.fetch(Self.at(1, 2), 2, 1, order: .descending)
        #expect(down.locations == [Self.at(2, 0), Self.at(2, 1), Self.at(1, 2), Self.at(1, 3)])
        #expect(down.end == Self.at(2, 1))
        scene.expectBytes(down)
    }

    @Test("FETCH_OK ends at the largest object; at the end of the track it says so", arguments: drafts)
    func ends(draft: Draft) throws {
        let scene = try Scene(draft)
        let live = try scene.fetch(Self.at(4, 0), 900)
        #expect(live.locations == Self.all(4...4))
        #expect(live.end == Self.at(4, 3) && !live.isEndOfTrack)
        scene.publisher.end()
        let fetched = FetchedObjects()
        _ = try scene.other.fetch(Self.name, from: Self.at(4, 0), endGroup: 900) { fetched.take($0) }
        _ = scene.harness.run(milliseconds: 5_000) { fetched.isOver && scene.received.isOver }
        #expect(scene.received.ending == .trackEnded)
    }

    @Test("what cannot be fetched is refused with the draft's code", arguments: drafts)
    func refusals(draft: Draft) throws {
        let scene = try Scene(draft)
        #expect(try scene.fetch(Self.at(4, 4), 9).failure?.code == .invalidRange)
        // A range that ends before it begins does not leave the client.
        #expect(throws: SessionCommandFailure.cannotBeSaid) { try scene.fetch(Self.at(3, 0), 2, 5) }
        let nowhere = FullTrackName(namespace: TrackNamespace("no"), name: [1])
        #expect(try scene.fetch(.zero, 1, name: nowhere).failure?.code == .doesNotExist)
    }

    @Test(
        "a joining FETCH, or the fill in its place, and its subscription together are the track without a seam",
        arguments: drafts,
        [1, 3])
    func joining(draft: Draft, workers: Int) throws {
        let scene = try Scene(draft, workers: workers)
        let live = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        let subscriber = try scene.other.subscribe(Self.name, parameters: parameters) { live.take($0) }
        let past = FetchedObjects()
        let farther = FetchedObjects()
        // They need not wait for SUBSCRIBE_OK.
        _ = try scene.other.fetch(joining: subscriber, groupCount: 0) { past.take($0) }
        _ = try scene.other.fetch(joining: subscriber, fromGroup: 2) { farther.take($0) }
        try #require(scene.harness.run(milliseconds: 5_000) { past.isOver && farther.isOver })
        for object in 4..<8 as Range<UInt64> { scene.publisher.write(Self.payload(4, object)) }
        _ = scene.harness.run(milliseconds: 5_000) { live.objectCount == 4 }
        #expect(past.locations + live.locations == (0..<8).map { Self.at(4, $0) })
        #expect(past.end == Self.at(4, 3))
        #expect(farther.locations == Self.all(2...4))
        scene.expectBytes(past)
        let late = FetchedObjects()
        _ = try scene.other.fetch(joining: subscriber, groupCount: 90) { late.take($0) }
        _ = scene.harness.run(milliseconds: 5_000) { late.isOver }
        // The end is where the subscription began, not where the track is now.
        #expect(late.locations == Self.all(0...4))
    }

    @Test(
        "a subscription on another shard is joined and fetched from alike",
        arguments: [Draft.draft16, .draft18, .draft20])
    func shards(draft: Draft) throws {
        let scene = try Scene(draft, workers: 3)
        for _ in 0..<4 {
            let fetched = try scene.fetch(Self.at(0, 0), 3)
            #expect(fetched.locations == Self.all(0...3))
        }
    }

    @Test("a FETCH joins only what the draft lets it join (draft-16 section 9.16.2)", arguments: drafts)
    func joinable(draft: Draft) throws {
        let scene = try Scene(draft)
        let viewer = try scene.harness.connect(.quic, draft)
        let live = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = draft.rules.joiningFetchNeeds == .largestObjectFilter ? .nextGroup : .nextObject
        parameters.forward = draft.rules.joiningFetchNeeds == .largestObjectFilter
        let subscriber = try viewer.subscribe(Self.name, parameters: parameters) { live.take($0) }
        _ = scene.harness.run(milliseconds: 5_000) { live.isAccepted }
        var closure: ClientClosure?
        viewer.onClosed = { closure = $0 }
        let fetched = FetchedObjects()
        _ = try viewer.fetch(joining: subscriber, groupCount: 0) { fetched.take($0) }
        _ = scene.harness.run(milliseconds: 5_000) { fetched.isOver }
        switch draft.rules.joiningFetchNeeds {
        case .forwardingOrRefused: #expect(fetched.failure?.code == .invalidRange)
        case .forwarding, .largestObjectFilter:
            guard case .closedByPeer(let code, _)? = closure else {
                Issue.record("\(String(describing: closure))")
                return
            }
            #expect(code == 0x3)
        }
    }

    @Test(
        "a FETCH that joins nothing is refused with INVALID_JOINING_REQUEST_ID",
        arguments: drafts.filter { !$0.rules.hasFills })
    func joinsNothing(draft: Draft) throws {
        let scene = try Scene(draft)
        let live = ReceivedTrack()
        let subscriber = try scene.other.subscribe(Self.name) { live.take($0) }
        _ = scene.harness.run(milliseconds: 5_000) { live.isAccepted }
        subscriber.cancel()
        _ = scene.harness.run(milliseconds: 50)
        let fetched = FetchedObjects()
        _ = try scene.other.fetch(joining: subscriber, groupCount: 0) { fetched.take($0) }
        _ = scene.harness.run(milliseconds: 5_000) { fetched.isOver }
        #expect(fetched.failure?.code == .invalidJoiningRequestID)
        // The session lives on.
        #expect(try scene.fetch(Self.at(4, 0), 4).isComplete)
    }

    @Test("TRACK_STATUS names the largest object", arguments: drafts)
    func trackStatus(draft: Draft) throws {
        let scene = try Scene(draft)
        var status: Result<TrackStatus, RequestFailure>?
        try scene.other.trackStatus(Self.name) { status = $0 }
        #expect(scene.harness.run(milliseconds: 5_000) { status != nil })
        #expect(try status?.get().largest == Self.at(4, 3))
        var absent: Result<TrackStatus, RequestFailure>?
        try scene.other.trackStatus(FullTrackName(namespace: TrackNamespace("no"), name: [1])) { absent = $0 }
        #expect(scene.harness.run(milliseconds: 5_000) { absent != nil })
        if case .failure(let failure)? = absent {
            #expect(failure.code == .doesNotExist)
        } else {
            Issue.record("\(String(describing: absent))")
        }
    }
}
