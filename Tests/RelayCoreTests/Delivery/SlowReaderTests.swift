import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Readers that fall behind")
struct SlowReaderTests {
    static func at(_ seconds: UInt64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test("past its byte budget a subscription loses its stale groups and goes on with the newest")
    func byteBudget() {
        var limits = DeliveryLimits()
        limits.byteCount = 20_000
        let track = TestTrack()
        let peer = TestPeer(limits: limits)
        track.subscribe(peer)
        track.subgroup(0, ids: [0], size: 5000)
        peer.pump(byteLimit: 100)
        for group in 1..<6 as Range<UInt64> { track.subgroup(group, ids: [0], size: 5000) }
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.opening.group) == [0, 5])
        #expect(peer.streams.map(\.end) == [.reset(.tooFarBehind), .fin])
    }

    @Test("past its age budget stale groups are reset with DELIVERY_TIMEOUT, without any new byte")
    func ageBudget() {
        let track = TestTrack()
        var limits = DeliveryLimits()
        limits.ageNanoseconds = 10_000_000_000
        let peer = TestPeer(limits: limits)
        track.subscribe(peer)
        track.subgroup(0, ids: [0], size: 5000)
        peer.pump(byteLimit: 100)
        track.subgroup(1, ids: [0])
        track.wake()
        peer.pump(byteLimit: 100)
        #expect(peer.scheduler.checkDeadlines(now: Self.at(11)))
        peer.pump(now: Self.at(11))
        #expect(peer.streams.first?.end == .reset(.deliveryTimeout))
        #expect(peer.streams.last?.opening.group == 1)
        #expect(peer.streams.last?.end == .fin)
    }

    @Test("a newest group that is too much by itself is left, and the next object begins a new stream")
    func newestGroupTooLarge() {
        var limits = DeliveryLimits()
        limits.byteCount = 20_000
        let track = TestTrack()
        let peer = TestPeer(limits: limits)
        track.subscribe(peer)
        let handle = track.subgroup(0, ids: [0], size: 1000, finish: false)
        peer.pump(byteLimit: 100)
        for id in 1..<30 as Range<UInt64> { track.object(handle, id, TestTrack.payload(0, id, 1000)) }
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.end) == [.reset(.tooFarBehind)])
        track.object(handle, 30, [1])
        track.wake()
        peer.pump()
        #expect(peer.streams.last?.wholeObjectIDs == [30])
    }

    @Test("the object timeout resets the stream; the subgroup timeout counts from the end of the subgroup")
    func deliveryTimeouts() {
        let track = TestTrack()
        let peer = TestPeer()
        let other = TestPeer()
        track.subscribe(peer) { $0.objectTimeoutNanoseconds = 1_000_000_000 }
        track.subscribe(other) { $0.subgroupTimeoutNanoseconds = 1_000_000_000 }
        track.subgroup(0, ids: [0], size: 5000)
        peer.pump(byteLimit: 100)
        other.pump(byteLimit: 100)
        for each in [peer, other] {
            each.pump(now: Self.at(1), byteLimit: 100)
            #expect(each.streams.first?.end == nil)
            each.pump(now: Self.at(2))
            #expect(each.streams.map(\.end) == [.reset(.deliveryTimeout)])
        }
    }

    @Test("an object that has left whole does not time out while its stream waits for the next")
    func noTimeoutWhenCaughtUp() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer) { $0.objectTimeoutNanoseconds = 1_000_000_000 }
        let handle = track.subgroup(0, ids: [0], finish: false)
        peer.pump()
        _ = peer.scheduler.checkDeadlines(now: Self.at(5))
        peer.pump(now: Self.at(5))
        track.log.subgroupEnded(handle, .finished)
        track.wake()
        peer.pump(now: Self.at(6))
        #expect(peer.streams.map(\.end) == [.fin])
    }

    @Test("a peer that stopped reading costs a bounded amount and hurts nobody")
    func stoppedReader() {
        let track = TestTrack {
            $0.byteCount = 200_000
            $0.groupCount = 20
        }
        let healthy = TestPeer()
        let stuck = TestPeer()
        track.subscribe(healthy)
        track.subscribe(stuck)
        var stuckBlocked = 0
        for group in 0..<500 as Range<UInt64> {
            track.shard.now = Instant(nanoseconds: group * 100_000_000)
            track.subgroup(group, ids: Array(0..<5), size: 1000)
            track.wake()
            healthy.pump(now: track.shard.now)
            // The stuck peer is asked as well, but its streams have no credit.
            stuck.pump(now: track.shard.now, byteLimit: 1)
            while stuckBlocked < stuck.streams.count {
                if let token = stuck.token(of: stuckBlocked) { stuck.scheduler.blocked(token) }
                stuckBlocked += 1
            }
        }
        #expect(healthy.streams.count == 500)
        #expect(healthy.streams.allSatisfy { $0.end == .fin })
        #expect(stuck.scheduler.streams.count <= 200)
        #expect(track.log.heldByteCount <= 200_000)
        #expect(track.log.subgroups.count <= 20)
        #expect(track.log.subgroupPool.count <= 256)
        var pinned = 0
        for slot in 0..<stuck.scheduler.streams.count {
            if let image = stuck.scheduler.streams[slot].pointee.image { pinned += image.chunks.count }
        }
        #expect(pinned <= 20 * 10)
    }

    @Test("more streams than the limit move the subscription forward")
    func streamLimit() {
        var limits = DeliveryLimits()
        limits.streamCount = 8
        let track = TestTrack()
        let peer = TestPeer(limits: limits)
        peer.credit = 0
        track.subscribe(peer)
        for group in 0..<50 as Range<UInt64> {
            track.subgroup(group, ids: [0])
            track.wake()
            peer.pump()
        }
        #expect(peer.scheduler.streams.count <= 9)
        peer.credit = 100
        peer.scheduler.streamCreditGranted()
        peer.pump()
        #expect(peer.streams.last?.opening.group == 49)
    }
}
