@testable import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("What a log keeps")
struct TrackLogRetentionTests {
    /// Groups that a reader from the beginning gets.
    func keptGroups(_ track: TestTrack) -> [UInt64] {
        let peer = TestPeer()
        track.subscribe(peer)
        peer.pump()
        return peer.streams.map(\.opening.group).sorted()
    }

    @Test("finished groups beyond the limit go once they are old enough")
    func byCountAndAge() {
        let track = TestTrack { $0.finishedGroupCount = 3 }
        for group in 0..<10 as Range<UInt64> { track.subgroup(group, ids: [0]) }
        #expect(keptGroups(track) == Array(0..<10))
        track.seconds = 10
        track.subgroup(10, ids: [0])
        #expect(keptGroups(track) == [7, 8, 9, 10] || keptGroups(track) == [8, 9, 10])
        #expect(track.log.groups.count <= 4)
    }

    @Test("groups beyond the hard limit go at once")
    func byHardCount() {
        let track = TestTrack { $0.groupCount = 4 }
        for group in 0..<10 as Range<UInt64> { track.subgroup(group, ids: [0]) }
        #expect(keptGroups(track) == [6, 7, 8, 9])
    }

    @Test("bytes beyond the limit evict the oldest groups, and what still comes for them is ignored")
    func byBytes() {
        let track = TestTrack { $0.byteCount = 50_000 }
        let straggler = track.subgroup(0, ids: [0], size: 10_000, finish: false)
        for group in 1..<10 as Range<UInt64> { track.subgroup(group, ids: [0], size: 10_000) }
        #expect(track.log.heldByteCount <= 50_000)
        #expect(keptGroups(track) == [6, 7, 8, 9])
        track.object(straggler, 1, [1])
        #expect(track.open(0) == .none)
        #expect(keptGroups(track) == [6, 7, 8, 9])
    }

    @Test("a group below all kept ones does not push out a newer one")
    func belowAll() {
        let track = TestTrack { $0.groupCount = 4 }
        for group in 10..<14 as Range<UInt64> { track.subgroup(group, ids: [0]) }
        track.subgroup(3, ids: [0])
        #expect(track.log.groups.count <= 4)
        #expect(keptGroups(track).suffix(3) == [11, 12, 13])
    }

    @Test("an endless subgroup is cut at the front: who keeps up stays, who is behind is reset")
    func endlessSubgroup() throws {
        let track = TestTrack { $0.byteCount = 64_000 }
        let fast = TestPeer()
        let slow = TestPeer()
        track.subscribe(fast)
        track.subscribe(slow)
        let handle = track.open(0)
        for id in 0..<500 as Range<UInt64> {
            track.object(handle, id, TestTrack.payload(0, id, 1000))
            #expect(track.log.heldByteCount <= 64_000)
            track.wake()
            fast.pump()
            if id == 3 { slow.pump() }
        }
        #expect(fast.streams.first?.wholeObjectIDs == Array(0..<500))
        slow.pump()
        #expect(slow.streams.first?.end == .reset(.tooFarBehind))
        let late = TestPeer()
        track.subscribe(late)
        late.pump()
        let ids = try #require(late.streams.first?.wholeObjectIDs)
        #expect(ids.last == 499 && ids.first.map { $0 > 400 && $0 < 499 } == true)
        #expect(ids == Array(ids[0]...499))
    }

    @Test("endless objects without payload stay within the limit")
    func emptyObjects() {
        let track = TestTrack { $0.byteCount = 20_000 }
        let peer = TestPeer()
        track.subscribe(peer)
        let handle = track.open(0)
        for id in 0..<5000 as Range<UInt64> {
            track.object(handle, id, [])
            if id % 10 == 0 {
                track.wake()
                peer.pump()
            }
        }
        #expect(track.log.heldByteCount <= 20_000)
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.wholeObjectIDs == Array(0..<5000))
    }

    @Test("one object larger than everything is streamed through all the same")
    func hugeObject() {
        let track = TestTrack { $0.byteCount = 10_000 }
        let peer = TestPeer()
        track.subscribe(peer)
        let handle = track.open(0)
        track.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 100_000))
        var truth: [UInt8] = []
        for piece in 0..<100 as Range<UInt64> {
            let bytes = TestTrack.payload(1, piece, 1000)
            truth += bytes
            track.log.payloadArrived(handle, Payload(bytes))
            track.wake()
            peer.pump()
            #expect(track.log.heldByteCount <= 11_000)
        }
        #expect(peer.streams.first?.objects?.first?.payload == truth)
    }

    @Test("subgroups of one endless group are limited in number")
    func manySubgroups() {
        let track = TestTrack { $0.subgroupCount = 50 }
        let peer = TestPeer()
        track.subscribe(peer)
        for id in 0..<300 as Range<UInt64> {
            track.subgroup(0, id, ids: [id])
            track.wake()
            peer.pump()
        }
        #expect(track.log.subgroups.count <= 50)
        #expect(peer.wholeObjects() == [0: Array(0..<300)])
        for id in 300..<400 as Range<UInt64> { track.subgroup(0, id, ids: [id], finish: false) }
        #expect(track.log.subgroups.count <= 50)
    }

    @Test("streams that sources keep open are limited in number")
    func openStreams() {
        let track = TestTrack { $0.openStreamCount = 10 }
        for group in 0..<10 as Range<UInt64> { #expect(track.open(group) != .none) }
        #expect(track.open(10) == .none)
    }

    @Test("evicted subgroups are used again")
    func pooling() {
        let track = TestTrack { $0.groupCount = 2 }
        let peer = TestPeer()
        track.subscribe(peer)
        for group in 0..<20 as Range<UInt64> {
            track.subgroup(group, ids: [0, 1])
            track.wake()
            peer.pump()
        }
        #expect(peer.wholeObjects()?.count == 20)
        #expect(peer.streams.allSatisfy { $0.end == .fin && $0.wholeObjectIDs == [0, 1] })
        #expect(track.log.subgroupPool.count <= 2)
    }

    @Test("a track of small objects among much other traffic keeps its own bytes only")
    func smallObjectsPinNoReceiveBuffers() {
        let track = TestTrack()
        var receiver = SlabWriter()
        let handle = track.open(0)
        weak var first: Slab?
        for id in 0..<50 as Range<UInt64> {
            let payload = receiver.copy([1, 2, 3])
            if id == 0 { first = payload.slab }
            track.log.objectBegan(handle, ObjectHeader(objectID: id, payloadByteCount: 3))
            track.log.payloadArrived(handle, payload)
            track.log.datagramArrived(
                source: 1,
                ObjectDatagram(
                    alias: TrackAlias(0), location: Location(group: 1, object: id), payload: payload))
            for _ in 0..<300 { _ = receiver.copy([UInt8](repeating: 0, count: 1_200)) }
        }
        #expect(first == nil)
        #expect(track.log.group(0)?.subgroup(0)?.objects.count == 50)
    }

    @Test("bytes that come one by one count for what keeping them costs")
    func crumbs() {
        let track = TestTrack { $0.byteCount = 100_000 }
        let handle = track.open(0)
        track.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 50_000))
        for index in 0..<50_000 {
            track.log.payloadArrived(handle, Payload([UInt8(truncatingIfNeeded: index)]))
        }
        let chunks = track.log.group(0)?.subgroup(0)?.chunks.count ?? 0
        #expect(chunks * 33 <= 100_000)
        #expect(track.log.heldByteCount <= 100_000)
    }

    @Test("a log shrinks to what its host leaves it: oldest groups first")
    func shrink() {
        let track = TestTrack()
        for group in 0..<10 as Range<UInt64> { track.subgroup(group, ids: [0], size: 10_000) }
        track.log.shrink(to: 50_000)
        #expect(track.log.heldByteCount <= 50_000)
        #expect(keptGroups(track) == [6, 7, 8, 9])
        track.log.shrink(to: 50_000)
        #expect(keptGroups(track) == [6, 7, 8, 9])
    }
}
