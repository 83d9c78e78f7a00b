import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing
import TransportInterface

/// Range filters seen from the relay's clients (draft-19 section 5.1.3).
@Suite(.serialized) struct RangeFilterEndToEndTests {
    private static let drafts = Draft.all.filter(\.rules.hasRangeFilters)
    private static let name = FullTrackName(
        namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))

    private static func parameters(_ filters: RangeFilter...) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.rangeFilters = filters
        return parameters
    }

    /// Groups of six objects on two subgroups, each object with its number as property 60.
    private static func write(_ groups: Range<UInt64>, to track: TrackPublisher) {
        for group in groups {
            track.beginGroup(group, subgroupCount: 2)
            for object in 0..<6 {
                track.write(
                    [UInt8(object)], properties: [Property(type: 60, value: .integer(UInt64(object)))])
            }
            track.endGroup()
        }
    }

    @Test("each subscriber gets what passes its own filters, on every draft that has them", arguments: drafts)
    func filtered(draft: Draft) throws {
        let harness = try RelayHarness { $0.workers = 2 }
        let publisher = try harness.connect(.quic, .draft16)
        let track = publisher.addTrack(Self.name)
        track.carriesProperties = true
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        let all = ReceivedTrack()
        let cases: [(RangeFilter, [UInt64])] = [
            (RangeFilter(.subgroup, ranges: [1...1]), [1, 3, 5]),
            (RangeFilter(.objectID, ranges: [0...1, 5...UInt64.max]), [0, 1, 5]),
            (RangeFilter(.objectProperty, propertyType: 60, ranges: [2...3]), [2, 3]),
            (RangeFilter(.publisherPriority, ranges: [0...1]), []),
        ]
        let received = cases.map { _ in ReceivedTrack() }
        var subscribers = [
            try harness.connect(.quic, draft).subscribe(Self.name) { all.take($0) }
        ]
        for (index, (filter, _)) in cases.enumerated() {
            subscribers.append(
                try harness.connect(index % 2 == 0 ? .quic : .webTransport, draft)
                    .subscribe(Self.name, parameters: Self.parameters(filter)) { received[index].take($0) })
        }
        try #require(
            harness.run(milliseconds: 10_000) { all.isAccepted && received.allSatisfy(\.isAccepted) })
        Self.write(0..<3, to: track)
        track.end()
        _ = harness.run(milliseconds: 15_000) { all.isOver && received.allSatisfy(\.isOver) }
        #expect(all.objectCount == 18)
        for (received, (_, expected)) in zip(received, cases) {
            #expect(
                received.locations
                    == (0..<3).flatMap { group in expected.map { Location(group: group, object: $0) } })
            #expect(received.ending == .trackEnded)
        }
        announcement.withdraw()
    }

    @Test(
        "an update changes the filters; one that asks for too many ends the subscription with UPDATE_FAILED")
    func updated() throws {
        let harness = try RelayHarness { $0.filterRanges = 2 }
        let publisher = try harness.connect(.quic, .draft18)
        let track = publisher.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        for (index, draft) in Self.drafts.enumerated() {
            let received = ReceivedTrack()
            let subscriber = try harness.connect(.quic, draft).subscribe(
                Self.name, parameters: Self.parameters(RangeFilter(.objectID, ranges: [1...1])),
                patienceMilliseconds: 100
            ) { received.take($0) }
            try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
            let first = UInt64(index) * 10
            Self.write(first..<first + 1, to: track)
            try #require(harness.run(milliseconds: 5_000) { received.objectCount == 1 })
            try subscriber.update(Self.parameters(RangeFilter(.objectID, ranges: [2...2, 4...4])))
            _ = harness.run(milliseconds: 200)
            Self.write(first + 1..<first + 2, to: track)
            try #require(harness.run(milliseconds: 5_000) { received.objectCount == 3 })
            #expect(
                received.locations == [
                    Location(group: first, object: 1), Location(group: first + 1, object: 2),
                    Location(group: first + 1, object: 4),
                ])
            try subscriber.update(Self.parameters(RangeFilter(.subgroup, ranges: [0...0])))
            #expect(harness.run(milliseconds: 5_000) { received.isOver })
            #expect(received.ending == .updateFailed)
        }
        announcement.withdraw()
    }

    // Rules: 19-10.9.1-2
    @Test(
        "an update that a FETCH cannot have is refused and resets its stream (section 10.9.1)",
        arguments: drafts)
    func fetchUpdate(draft: Draft) throws {
        let harness = try RelayHarness()
        let publisher = try harness.connect(.quic, .draft18)
        let track = publisher.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        let received = ReceivedTrack()
        let keeper = try harness.connect(.quic, .draft18).subscribe(Self.name) { received.take($0) }
        try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
        track.beginGroup(0)
        for _ in 0..<64 { track.write([UInt8](repeating: 7, count: 256 * 1024)) }
        track.endGroup()
        try #require(harness.run(milliseconds: 20_000) { received.objectCount == 64 })
        let peer = try HostilePeer(harness, draft)
        peer.holdsCredit = true
        let fetch = Fetch(
            requestID: RequestID(0),
            range: .standalone(track: Self.name, start: .zero, endGroup: 0, endObject: nil))
        let stream = try #require(peer.request(peer.frame(.fetch(fetch))))
        try #require(
            harness.run(milliseconds: 10_000) {
                peer.received[stream]?.isEmpty == false
                    && peer.received.values.contains { $0.count > 100_000 }
            })
        let answered = peer.received[stream]?.count ?? 0
        var update = RequestUpdate(requestID: RequestID(2))
        update.parameters.rangeFilters = [RangeFilter(.objectID, ranges: [0...0])]
        peer.transport.send(Payload(peer.frame(.requestUpdate(update))), fin: false, on: stream)
        #expect(harness.run(milliseconds: 10_000) { peer.resetCount == 1 })
        let answer = Array((peer.received[stream] ?? []).dropFirst(answered))
        let code = peer.frame(.requestError(RequestError(failure: .invalidFilter)))
        #expect(answer == code && peer.closeReason == nil)
        keeper.cancel()
        announcement.withdraw()
    }

    @Test("a FETCH leaves out what does not pass", arguments: drafts)
    func fetched(draft: Draft) throws {
        let harness = try RelayHarness()
        let publisher = try harness.connect(.quic, .draft18)
        let track = publisher.addTrack(Self.name)
        track.carriesProperties = true
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        let connection = try harness.connect(.quic, draft)
        let received = ReceivedTrack()
        let subscriber = try connection.subscribe(Self.name) { received.take($0) }
        try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
        Self.write(0..<2, to: track)
        try #require(harness.run(milliseconds: 5_000) { received.objectCount == 12 })
        let fetched = FetchedObjects()
        let fetch = try connection.fetch(
            Self.name, from: .zero, endGroup: 1,
            parameters: Self.parameters(
                RangeFilter(.objectProperty, propertyType: 60, ranges: [1...4]),
                RangeFilter(.subgroup, ranges: [0...0]))
        ) { fetched.take($0) }
        #expect(harness.run(milliseconds: 5_000) { fetched.isOver })
        #expect(fetched.isComplete, "\(String(describing: fetched.failure))")
        #expect(
            fetched.locations
                == [0, 1].flatMap { group in [2, 4].map { Location(group: group, object: $0) } })
        _ = (fetch, subscriber)
        announcement.withdraw()
    }
}
