import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Delivery (draft-18 sections 7 and 11.4)")
struct DeliverySchedulerTests {
    @Test("a subgroup arrives whole and ends by FIN")
    func wholeSubgroup() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.subgroup(3, 1, ids: [0, 1, 4])
        peer.pump()
        let stream = try #require(peer.streams.first)
        #expect(peer.streams.count == 1)
        #expect(stream.end == .fin)
        #expect(stream.opening.firstObject && stream.opening.firstObjectID == 0)
        #expect(stream.opening.context == 100)
        #expect(
            try #require(stream.objects).map(\.payload) == [0, 1, 4].map { TestTrack.payload(3, $0, 10) })
    }

    @Test("bytes leave before their object is complete (cut-through)")
    func cutThrough() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let handle = track.open(0)
        track.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 6))
        track.log.payloadArrived(handle, Payload([1, 2, 3]))
        peer.pump()
        #expect(peer.streams.first?.objects?.first?.payload == [1, 2, 3])
        #expect(peer.streams.first?.objects?.first?.isWhole == false)
        track.log.payloadArrived(handle, Payload([4, 5, 6]))
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.objects?.first?.payload == [1, 2, 3, 4, 5, 6])
        #expect(peer.streams.first?.end == nil)
        track.log.subgroupEnded(handle, .finished)
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.end == .fin)
        #expect(peer.streams.count == 1)
    }

    struct OrderCase: CustomTestStringConvertible, Sendable {
        var name: String
        /// (group, subgroup, publisher priority) in order of arrival.
        var subgroups: [(UInt64, UInt64, UInt8)]
        var order: GroupOrder
        /// Indices into `subgroups` in order of departure.
        var expected: [Int]
        var testDescription: String { name }
    }

    static let orderCases = [
        OrderCase(
            name: "lower publisher priority first", subgroups: [(0, 0, 200), (1, 0, 10), (2, 0, 100)],
            order: .ascending, expected: [1, 2, 0]),
        OrderCase(
            name: "groups ascending", subgroups: [(2, 0, 5), (0, 0, 5), (1, 0, 5)], order: .ascending,
            expected: [1, 2, 0]),
        OrderCase(
            name: "groups descending", subgroups: [(0, 0, 5), (2, 0, 5), (1, 0, 5)], order: .descending,
            expected: [1, 2, 0]),
        OrderCase(
            name: "lower subgroup first, also when groups descend",
            subgroups: [(1, 2, 5), (1, 0, 5), (1, 1, 5)],
            order: .descending, expected: [1, 2, 0]),
        OrderCase(
            name: "publisher priority before group order", subgroups: [(9, 0, 1), (0, 0, 2)],
            order: .ascending,
            expected: [0, 1]),
    ]

    @Test("streams leave in the order of the rules", arguments: orderCases)
    func order(_ example: OrderCase) {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer, order: example.order)
        for (group, subgroup, priority) in example.subgroups {
            track.subgroup(group, subgroup, ids: [0], priority: priority)
        }
        peer.pump()
        let expected = example.expected.map { example.subgroups[$0] }
        #expect(peer.order.map(\.group) == expected.map(\.0))
        #expect(peer.order.map(\.subgroup) == expected.map(\.1))
    }

    @Test("subscriber priority decides before publisher priority")
    func subscriberPriority() {
        let tracks = [TestTrack(), TestTrack()]
        let peer = TestPeer()
        tracks[0].subscribe(peer, id: 0, priority: 20)
        tracks[1].subscribe(peer, id: 2, priority: 10)
        tracks[0].subgroup(0, ids: [0], priority: 1)
        tracks[1].subgroup(0, ids: [0], priority: 250)
        peer.pump()
        #expect(peer.order.map(\.subscription) == [2, 0])
    }

    @Test("equal subscriptions take turns")
    func roundRobin() {
        let tracks = [TestTrack(), TestTrack(), TestTrack()]
        let peer = TestPeer()
        for (index, track) in tracks.enumerated() {
            track.subscribe(peer, id: UInt64(index))
            track.subgroup(0, ids: [0], size: 1000)
        }
        peer.pump(byteLimit: 900, packet: 100)
        for id in 0..<3 { #expect(peer.order.filter { $0.subscription == UInt64(id) }.count == 3) }
    }

    @Test("a new subgroup of higher priority overtakes at the next packet")
    func overtaking() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.subgroup(0, ids: [0], priority: 50, size: 5000)
        peer.pump(byteLimit: 1000, packet: 500)
        track.subgroup(1, ids: [0], priority: 1, size: 400)
        track.wake()
        peer.pump(packet: 500)
        #expect(peer.order.map(\.group).prefix(4) == [0, 0, 1, 0])
    }

    @Test("a blocked stream does not stall the others")
    func blocked() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.subgroup(0, ids: [0], size: 1000)
        peer.pump(byteLimit: 100)
        let token = try #require(peer.token(of: 0))
        peer.scheduler.blocked(token)
        track.subgroup(1, ids: [0])
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.end) == [nil, .fin])
        peer.scheduler.unblocked(token)
        peer.pump()
        #expect(peer.streams.map(\.end) == [.fin, .fin])
        #expect(peer.streams.first?.wholeObjectIDs == [0])
    }

    @Test("without stream credit nothing opens, and everything follows once there is credit")
    func streamCredit() {
        let track = TestTrack()
        let peer = TestPeer()
        peer.credit = 1
        track.subscribe(peer)
        for group in 0..<4 { track.subgroup(UInt64(group), ids: [0, 1]) }
        peer.pump()
        #expect(peer.streams.count == 1)
        peer.credit = 10
        #expect(peer.pump() == 0)
        peer.scheduler.streamCreditGranted()
        peer.pump()
        #expect(peer.streams.map(\.end) == [.fin, .fin, .fin, .fin])
        #expect(peer.streams.map(\.opening.group) == [0, 1, 2, 3])
    }

    @Test("a late joiner starts with a header of its own and ends by FIN")
    func lateJoin() throws {
        let track = TestTrack()
        let handle = track.subgroup(5, ids: [0, 1, 2, 3], finish: false)
        let range = track.log.range(for: .nextObject)
        #expect(range == LogRange(start: Location(group: 5, object: 4)))
        for start in 0...4 as ClosedRange<UInt64> {
            let peer = TestPeer()
            track.subscribe(peer, from: Location(group: 5, object: start))
            peer.pump()
            if start == 4 {
                #expect(peer.streams.isEmpty)
                continue
            }
            let stream = try #require(peer.streams.first)
            #expect(stream.wholeObjectIDs == Array(start...3))
            #expect(stream.opening.firstObject == (start == 0))
            #expect(stream.opening.firstObjectID == start)
        }
        let peer = TestPeer()
        track.subscribe(peer, from: Location(group: 5, object: 2))
        peer.pump()
        track.object(handle, 7, [1])
        track.log.subgroupEnded(handle, .finished)
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.wholeObjectIDs == [2, 3, 7])
        #expect(peer.streams.first?.end == .fin)
    }

    @Test("a late joiner of another shape gets its own bytes, made once per shape")
    func shapes() throws {
        let track = TestTrack()
        track.subgroup(0, ids: Array(0..<10))
        var peers: [TestPeer] = []
        for _ in 0..<5 {
            let peer = TestPeer()
            peer.shape = TestEncoding.foreign
            peers.append(peer)
            track.subscribe(peer)
            peer.pump()
            #expect(peer.streams.first?.wholeObjectIDs == Array(0..<10))
        }
        #expect(track.encoding.callCount == 10)
    }

    @Test("a shape that has no word for an object leaves it out; one that cannot say it is reset")
    func narrowShape() {
        let track = TestTrack()
        let handle = track.open(0)
        track.object(handle, 0, [1])
        track.log.objectBegan(handle, ObjectHeader(objectID: 1, status: .doesNotExist, payloadByteCount: 0))
        track.object(handle, 2, [2])
        let peer = TestPeer()
        peer.shape = TestEncoding.narrow
        track.subscribe(peer)
        peer.pump()
        #expect(peer.streams.first?.wholeObjectIDs == [0, 2])
        let late = TestPeer()
        late.shape = TestEncoding.narrow
        track.subscribe(late, from: Location(group: 0, object: 1))
        late.pump()
        #expect(late.streams.first?.wholeObjectIDs == [2])
        track.object(handle, 5000, [3])
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.end == .reset(.internalError))
    }

    @Test("an upstream reset reaches the reader after the bytes that came before it")
    func upstreamReset() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let handle = track.subgroup(0, ids: [0, 1], finish: false)
        track.log.subgroupEnded(handle, .reset(.cancelled))
        peer.pump()
        #expect(peer.streams.first?.wholeObjectIDs == [0, 1])
        #expect(peer.streams.first?.end == .reset(.cancelled))
    }

    @Test("an empty subgroup is a stream with nothing but a FIN")
    func emptySubgroup() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.log.subgroupEnded(track.open(0), .finished)
        peer.pump()
        #expect(peer.streams.map(\.end) == [.fin])
        #expect(peer.streams.first?.opening.firstObjectID == nil)
    }

    @Test("STOP_SENDING skips the subgroup and nothing else")
    func stopSending() throws {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let handle = track.subgroup(0, ids: [0], finish: false)
        peer.pump()
        peer.scheduler.stopped(try #require(peer.token(of: 0)))
        track.object(handle, 1, [1])
        track.subgroup(1, ids: [0])
        track.wake()
        peer.pump()
        #expect(peer.streams.count == 2)
        #expect(peer.streams[0].wholeObjectIDs == [0] && peer.streams[0].end == nil)
        #expect(peer.streams[1].end == .fin)
    }

    @Test("forward 0 resets what is open; forward 1 goes on after the largest object")
    func forwardState() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let handle = track.subgroup(0, ids: [0], finish: false)
        peer.pump()
        peer.scheduler.updateSubscription(id: 0) { $0.forward = false }
        track.object(handle, 1, [1])
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.end) == [.reset(.cancelled)])
        peer.scheduler.updateSubscription(id: 0) { $0.forward = true }
        track.object(handle, 2, [2])
        track.log.subgroupEnded(handle, .finished)
        track.wake()
        peer.pump()
        #expect(peer.streams.count == 2)
        #expect(peer.streams.last?.wholeObjectIDs == [2])
        #expect(peer.streams.last?.end == .fin)
    }

    @Test("a removed subscription resets its open streams and says how many it opened")
    func removal() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.subgroup(0, ids: [0])
        track.subgroup(1, ids: [0], finish: false)
        peer.pump()
        #expect(peer.scheduler.removeSubscription(0) == 2)
        #expect(track.log.readerCount == 0)
        peer.pump()
        #expect(peer.streams.map(\.end) == [.fin, .reset(.cancelled)])
    }

    @Test("the end of the track ends the subscription after the last byte, with the stream count")
    func trackEnd() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.subgroup(0, ids: [0])
        track.subgroup(1, ids: [0], size: 1000)
        track.log.trackEnded(.trackEnded)
        peer.pump(byteLimit: 500)
        #expect(peer.ended.isEmpty)
        peer.pump()
        #expect(peer.ended.count == 1)
        #expect(peer.ended.first?.status == .trackEnded && peer.ended.first?.streamCount == 2)
        #expect(track.log.readerCount == 0)
    }

    @Test("the end of the range ends the subscription; nothing beyond it is sent")
    func rangeEnd() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer, from: Location(group: 1, object: 0), endGroup: 2)
        for group in 0..<5 { track.subgroup(UInt64(group), ids: [0, 1]) }
        peer.pump()
        #expect(peer.wholeObjects() == [1: [0, 1], 2: [0, 1]])
        #expect(peer.ended.map(\.status) == [.subscriptionEnded])
        #expect(peer.ended.map(\.streamCount) == [2])
    }

    @Test("an end inside a group stops before the next object, and the cut stream ends by reset")
    func rangeEndObject() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer, endGroup: 0, endObject: 2)
        track.subgroup(0, ids: [0, 1, 2, 3])
        peer.pump()
        #expect(peer.wholeObjects() == [0: [0, 1, 2]])
        #expect(peer.streams.first?.end == nil)
        let later = Instant.zero.advanced(byMilliseconds: 3000)
        #expect(peer.scheduler.checkDeadlines(now: later))
        peer.pump(now: later)
        #expect(peer.streams.first?.end == .reset(.cancelled))
        #expect(peer.ended.map(\.status) == [.subscriptionEnded])
    }

    @Test("a raised end brings groups that were beyond it")
    func raisedEnd() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer, endGroup: 1)
        track.subgroup(0, ids: [0])
        track.subgroup(1, ids: [0], finish: false)
        track.subgroup(1, 1, ids: [1], finish: false)
        peer.pump()
        track.subgroup(2, ids: [0])
        track.wake()
        peer.pump()
        peer.scheduler.updateSubscription(id: 0) { $0.range.endGroup = 3 }
        peer.pump()
        #expect(peer.wholeObjects() == [0: [0], 1: [0, 1], 2: [0]])
    }

    @Test("datagrams go by priority, with the subscription's alias, once each")
    func datagrams() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        for id in [0, 1, 1, 0, 2] as [UInt64] {
            track.log.datagramArrived(
                source: 1,
                ObjectDatagram(
                    alias: TrackAlias(1), location: Location(group: 0, object: id),
                    payload: Payload([UInt8(id)])))
        }
        peer.pump()
        #expect(peer.datagrams.map(\.location.object) == [0, 1, 2])
        #expect(peer.datagrams.allSatisfy { $0.alias == TrackAlias(100) })
    }

    @Test("a scheduler that goes away leaves the log, however many subscriptions it had there")
    func goingAway() {
        let track = TestTrack()
        let stays = TestPeer()
        track.subscribe(stays)
        do {
            let goes = TestPeer()
            for id in 0..<4 as Range<UInt64> { track.subscribe(goes, id: id) }
            track.subscribe(stays, id: 1)
            track.subgroup(0, ids: [0], finish: false)
            goes.pump()
            #expect(track.log.readerCount == 6)
        }
        #expect(track.log.readerCount == 2)
        track.subgroup(1, ids: [0])
        track.wake()
        stays.pump()
        #expect(stays.streams.count == 4)
    }

    @Test("a header that arrived is passed on as it is, joined with its payload")
    func rawHeader() throws {
        let track = TestTrack()
        let handle = track.open(0)
        var writer = SlabWriter()
        let header = ObjectHeader(objectID: 0, payloadByteCount: 3)
        let peer = TestPeer()
        track.subscribe(peer)
        track.subgroup(9, ids: [])
        peer.pump()
        let raw = writer.copy(TestEncoding.encode(previousObjectID: nil, header, shape: TestEncoding.native))
        track.log.objectBegan(handle, header, raw: RawObjectHeader(bytes: raw, shape: TestEncoding.native))
        track.log.payloadArrived(handle, writer.copy([1, 2, 3]))
        track.wake()
        peer.pump()
        let calls = track.encoding.callCount
        let subgroup = try #require(track.log.subgroups.first)
        let next = ObjectHeader(objectID: 1, payloadByteCount: 3)
        let nextRaw = writer.copy(TestEncoding.encode(previousObjectID: 0, next, shape: TestEncoding.native))
        track.log.objectBegan(handle, next, raw: RawObjectHeader(bytes: nextRaw, shape: TestEncoding.native))
        track.log.payloadArrived(handle, writer.copy([4, 5, 6]))
        track.wake()
        peer.pump()
        #expect(track.encoding.callCount == calls)
        let image = subgroup.image(for: TestEncoding.native, encoding: track.encoding)
        // The first header was encoded when the reader appeared; everything behind it lies in one piece.
        #expect(image.chunks.count == 2)
        #expect(peer.streams.last?.wholeObjectIDs == [0, 1])
    }
}
