import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Replicas on other shards")
struct LogReplicationTests {
    func replay(_ feed: LogFeed, _ replayer: inout LogReplayer, to track: TestTrack) {
        for event in feed.takeEvents() { replayer.apply(event, to: track.log) }
        track.wake()
    }

    @Test(
        "a replica that joins at any moment delivers what the home delivers",
        arguments: 0..<40 as Range<UInt64>)
    func equalsHome(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let home = TestTrack()
        let replica = TestTrack()
        let feed = LogFeed()
        var replayer = LogReplayer(source: 1)
        let (near, far) = (TestPeer(), TestPeer())
        home.subscribe(near)
        replica.subscribe(far)
        let joinsAt = Int.random(in: 0..<60, using: &random)
        var open: [(IngestHandle, UInt64, UInt64)] = []
        var group: UInt64 = 0
        for step in 0..<60 {
            if step == joinsAt { home.log.attach(feed) }
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                open.append((home.open(group), group, 0))
                group += 1
            case 1:
                if let (handle, _, _) = open.popLast() {
                    home.log.subgroupEnded(
                        handle, Bool.random(using: &random) ? .finished : .reset(.cancelled))
                }
            case 2:
                home.log.datagramArrived(
                    source: 1,
                    ObjectDatagram(
                        alias: TrackAlias(0), location: Location(group: 1000, object: UInt64(step))))
            default:
                guard let last = open.indices.last else { continue }
                home.object(open[last].0, open[last].2, TestTrack.payload(open[last].1, open[last].2, 50))
                open[last].2 += UInt64.random(in: 1...3, using: &random)
            }
            if Bool.random(using: &random) {
                home.wake()
                near.pump()
                replay(feed, &replayer, to: replica)
                far.pump()
            }
        }
        for (handle, _, _) in open { home.log.subgroupEnded(handle, .finished) }
        home.log.trackEnded(.trackEnded)
        home.wake()
        near.pump()
        replay(feed, &replayer, to: replica)
        far.pump()
        #expect(near.wholeObjects() == far.wholeObjects())
        #expect(near.datagrams == far.datagrams)
        #expect(near.ended.map(\.status) == [.trackEnded])
        #expect(far.ended.map(\.status) == [.trackEnded])
        let homeEnds = near.streams.map { "\($0.opening.group) \(String(describing: $0.end))" }.sorted()
        let replicaEnds = far.streams.map { "\($0.opening.group) \(String(describing: $0.end))" }.sorted()
        #expect(homeEnds == replicaEnds)
        #expect(home.log.largest == replica.log.largest)
    }

    @Test("a replica goes on in the middle of an object")
    func middleOfObject() {
        let (home, replica) = (TestTrack(), TestTrack())
        let handle = home.open(0)
        home.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 4))
        home.log.payloadArrived(handle, Payload([1, 2]))
        let feed = LogFeed()
        var replayer = LogReplayer(source: 9)
        home.log.attach(feed)
        home.log.payloadArrived(handle, Payload([3, 4]))
        home.log.subgroupEnded(handle, .finished)
        replay(feed, &replayer, to: replica)
        let peer = TestPeer()
        replica.subscribe(peer)
        peer.pump()
        #expect(peer.streams.first?.objects?.map(\.payload) == [[1, 2, 3, 4]])
        #expect(peer.streams.first?.end == .fin)
        home.log.detach(feed)
        home.subgroup(1, ids: [0])
        #expect(feed.isEmpty)
    }

    @Test("a merge of two sources is replicated as one")
    func mergedSources() {
        let (home, replica) = (TestTrack(), TestTrack())
        let feed = LogFeed()
        var replayer = LogReplayer(source: 9)
        home.log.attach(feed)
        let a = TrackLogMergeTests.Feeder(home, source: 1)
        let b = TrackLogMergeTests.Feeder(home, source: 2)
        a.advance(to: 8)
        b.advance(to: 3)
        home.log.sourceEnded(1)
        b.advance(to: TrackLogMergeTests.Feeder.stepCount)
        b.finish()
        replay(feed, &replayer, to: replica)
        let peer = TestPeer()
        replica.subscribe(peer)
        peer.pump()
        #expect(peer.wholeObjects() == [0: TrackLogMergeTests.Feeder.ids])
        #expect(peer.streams.map(\.end) == [.fin])
    }
}
