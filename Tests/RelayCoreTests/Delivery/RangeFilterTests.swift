import Containers
import MOQTModel
import Testing

@testable import RelayCore

/// Range filters of a subscription (draft-19 sections 5.1.3 and 5.1.4).
@Suite("Range filters in delivery (draft-19 section 5.1.3)")
struct RangeFilterTests {
    private func ids(_ peer: TestPeer, _ subscription: UInt64 = 0) throws -> [[UInt64]] {
        try peer.streams.filter { $0.opening.subscription == subscription }
            .map { try #require($0.wholeObjectIDs) }
    }

    @Test("objects that do not pass are left out, and the stream ends by FIN with those that do")
    func objectIDs() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) { $0.filters = [RangeFilter(.objectID, ranges: [1...2, 5...UInt64.max])] }
        track.subscribe(peer, id: 1)
        track.subgroup(0, ids: [0, 1, 2, 3, 4, 5, 7], endOfGroup: true)
        peer.pump()
        #expect(try ids(peer) == [[1, 2, 5, 7]])
        #expect(try ids(peer, 1) == [[0, 1, 2, 3, 4, 5, 7]])
        #expect(peer.streams.allSatisfy { $0.end == .fin })
        let filtered = try #require(peer.streams.first { $0.opening.subscription == 0 })
        #expect(
            try #require(filtered.objects).map(\.payload)
                == [1, 2, 5, 7].map { TestTrack.payload(0, $0, 10) })
        #expect(filtered.opening.firstObjectID == 1 && !filtered.opening.firstObject)
        // Whether the group's last object is on the stream is not known when it begins.
        #expect(!filtered.opening.endOfGroup)
    }

    @Test("objects pass as they come (cut-through), whatever was left out before them")
    func live() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) { $0.filters = [RangeFilter(.objectID, ranges: [2...3, 6...6])] }
        let handle = track.open(0)
        for id in 0..<8 as Range<UInt64> {
            track.object(handle, id, TestTrack.payload(0, id, 5))
            track.wake()
            peer.pump()
            #expect(try ids(peer).flatMap { $0 } == [2, 3, 6].filter { $0 <= id })
        }
        track.log.subgroupEnded(handle, .finished)
        track.wake()
        peer.pump()
        #expect(peer.streams.count == 1 && peer.streams[0].end == .fin)
    }

    @Test("a subgroup of which nothing passes opens no stream; empty ones that pass do")
    func nothingPasses() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) { $0.filters = [RangeFilter(.subgroup, ranges: [1...1])] }
        track.subgroup(0, 0, ids: [0, 2])
        track.subgroup(0, 1, ids: [1, 3], endOfGroup: true)
        track.subgroup(0, 2, ids: [4])
        track.subgroup(1, 1, ids: [])
        peer.pump()
        #expect(peer.streams.map(\.opening.subgroup) == [1, 1])
        #expect(try ids(peer) == [[1, 3], []])
        #expect(peer.streams[0].opening.endOfGroup, "the whole subgroup is there, so its end is the group's")
        track.log.trackEnded(.trackEnded)
        track.wake()
        peer.pump()
        #expect(peer.ended.map(\.streamCount) == [2])
    }

    @Test("a missing priority is the track's default when PRIORITY_FILTER asks")
    func priorities() throws {
        let track = TestTrack()
        track.log.defaultPublisherPriority = 30
        let peer = TestPeer()
        track.subscribe(peer) { $0.filters = [RangeFilter(.publisherPriority, ranges: [20...40])] }
        track.subgroup(0, ids: [0], priority: 10)
        track.subgroup(1, ids: [0])
        track.subgroup(2, ids: [0], priority: 40)
        peer.pump()
        #expect(peer.streams.map(\.opening.group).sorted() == [1, 2])
    }

    @Test("same set: all must pass; several sets: one is enough")
    func sets() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) {
            $0.filters = [
                RangeFilter(.subgroup, setID: 1, ranges: [1...1]),
                RangeFilter(.objectID, setID: 1, ranges: [0...5]),
                RangeFilter(.objectID, setID: 2, ranges: [9...9]),
            ]
        }
        track.subgroup(0, 0, ids: [0, 2, 8])
        track.subgroup(0, 1, ids: [1, 3, 7, 9])
        peer.pump()
        #expect(try ids(peer) == [[1, 3, 9]])
    }

    @Test("OBJECT_PROPERTY_FILTER: an object without the property does not pass, a datagram has no subgroup")
    func properties() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) {
            $0.filters = [RangeFilter(.objectProperty, propertyType: 60, ranges: [5...9])]
        }
        track.subscribe(peer, id: 1) { $0.filters = [RangeFilter(.subgroup, ranges: [0...UInt64.max])] }
        let handle = track.open(0, hasProperties: true)
        let blocks: [[UInt8]] = [[], [60, 5], [62, 7], [60, 10], [62, 1, 60, 9]]
        for (id, bytes) in blocks.enumerated() {
            track.log.objectBegan(
                handle,
                ObjectHeader(
                    objectID: UInt64(id), payloadByteCount: 1,
                    properties: PropertyBlock(bytes: Payload(bytes), shape: TestEncoding.native)))
            track.log.payloadArrived(handle, Payload([UInt8(id)]))
            track.log.objectEnded(handle)
        }
        track.log.subgroupEnded(handle, .finished)
        for (id, value) in ([4, 6] as [UInt8]).enumerated() {
            track.log.datagramArrived(
                source: 1,
                ObjectDatagram(
                    alias: TrackAlias(0), location: Location(group: 1, object: UInt64(id)),
                    properties: PropertyBlock(bytes: Payload([60, value]), shape: TestEncoding.native)))
        }
        peer.pump()
        #expect(try ids(peer) == [[1, 4]])
        #expect(peer.datagrams.map(\.location) == [Location(group: 1, object: 1)])
    }

    @Test("equal filters share one image, so another subscriber costs no look at objects")
    func sharing() throws {
        let track = TestTrack()
        let peers = (0..<3).map { _ in TestPeer() }
        for peer in peers {
            track.subscribe(peer) { $0.filters = [RangeFilter(.objectID, ranges: [0...3])] }
        }
        let handle = track.open(0)
        track.object(handle, 0, [1])
        for peer in peers { peer.pump() }
        let before = track.encoding.callCount
        track.object(handle, 1, [1])
        track.wake()
        for peer in peers { peer.pump() }
        #expect(track.encoding.callCount == before + 1)
        for peer in peers { #expect(try ids(peer) == [[0, 1]]) }
    }

    @Test("an update takes effect with the next object; what it leaves out stays")
    func updates() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) { $0.filters = [RangeFilter(.objectID, ranges: [0...1])] }
        let handle = track.open(0)
        for id in 0..<4 as Range<UInt64> { track.object(handle, id, TestTrack.payload(0, id, 5)) }
        peer.pump()
        #expect(try ids(peer) == [[0, 1]])
        peer.scheduler.updateSubscription(id: 0) {
            var update = MessageParameters()
            update.rangeFilters = [RangeFilter(.objectID, ranges: [5...5])]
            $0.filters.apply(update)
        }
        for id in 4..<8 as Range<UInt64> { track.object(handle, id, TestTrack.payload(0, id, 5)) }
        track.wake()
        peer.pump()
        #expect(try ids(peer).flatMap { $0 } == [0, 1, 5])
        peer.scheduler.updateSubscription(id: 0) {
            var update = MessageParameters()
            update.removedRangeFilters = [.objectID]
            $0.filters.apply(update)
        }
        for id in 8..<10 as Range<UInt64> { track.object(handle, id, TestTrack.payload(0, id, 5)) }
        track.log.subgroupEnded(handle, .finished)
        track.wake()
        peer.pump()
        #expect(try ids(peer).flatMap { $0 } == [0, 1, 5, 8, 9])
    }

    @Test("filtered and unfiltered subscriptions agree with the filter, object by object, at random")
    func random() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<60 {
            let track = TestTrack()
            let peer = TestPeer()
            let filters = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                let low = UInt64.random(in: 0...8, using: &generator)
                return RangeFilter(
                    [.subgroup, .objectID, .publisherPriority].randomElement(using: &generator) ?? .objectID,
                    setID: UInt8.random(in: 0...1, using: &generator),
                    ranges: [low...low + UInt64.random(in: 0...6, using: &generator)])
            }
            track.subscribe(peer) { $0.filters = filters }
            var expected: Set<[UInt64]> = []
            var handles: [(IngestHandle, group: UInt64, subgroup: UInt64, priority: UInt8)] = []
            for group in 0..<2 as Range<UInt64> {
                for subgroup in 0..<3 as Range<UInt64> {
                    let priority = UInt8.random(in: 0...10, using: &generator)
                    handles.append(
                        (track.open(group, subgroup, priority: priority), group, subgroup, priority))
                }
            }
            for id in 0..<12 as Range<UInt64> {
                for (handle, group, subgroup, priority) in handles
                where id % 3 == subgroup {
                    track.object(handle, id, TestTrack.payload(group, id, 8))
                    let passes = filters.pass {
                        switch $0.kind {
                        case .subgroup: subgroup
                        case .objectID: id
                        default: UInt64(priority)
                        }
                    }
                    if passes { expected.insert([group, subgroup, id]) }
                }
                track.wake()
                peer.pump(packet: Int.random(in: 1...60, using: &generator))
            }
            for (handle, _, _, _) in handles { track.log.subgroupEnded(handle, .finished) }
            track.wake()
            peer.pump()
            var got: Set<[UInt64]> = []
            for stream in peer.streams {
                #expect(stream.end == .fin)
                for id in try #require(stream.wholeObjectIDs) {
                    #expect(got.insert([stream.opening.group, stream.opening.subgroup, id]).inserted)
                }
            }
            #expect(got == expected, "\(filters)")
        }
    }
}
