import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Several sources of one track")
struct TrackLogMergeTests {
    /// A source's stream of the objects 0, 1, 3 fed byte by byte.
    final class Feeder {
        static let ids: [UInt64] = [0, 1, 3]
        static let size = 4
        /// Steps of a whole stream: per object one header and `size` bytes.
        static let stepCount = ids.count * (size + 1)

        let track: TestTrack
        let handle: IngestHandle
        var step = 0

        init(_ track: TestTrack, source: SourceID) {
            self.track = track
            handle = track.open(0, source: source)
        }

        func advance() {
            let id = Self.ids[step / (Self.size + 1)]
            let part = step % (Self.size + 1)
            if part == 0 {
                track.log.objectBegan(
                    handle, ObjectHeader(objectID: id, payloadByteCount: UInt64(Self.size)))
            } else {
                track.log.payloadArrived(handle, Payload([TestTrack.payload(0, id, Self.size)[part - 1]]))
            }
            step += 1
        }

        func advance(to step: Int) { while self.step < step { advance() } }
        func finish() { track.log.subgroupEnded(handle, .finished) }
    }

    func expectWhole(_ peer: TestPeer, _ comment: Comment) {
        #expect(peer.streams.count == 1, comment)
        let expected = Feeder.ids.map { TestTrack.payload(0, $0, Feeder.size) }
        #expect(peer.streams.first?.objects?.map(\.payload) == expected, comment)
        #expect(peer.streams.first?.objects?.map(\.id) == Feeder.ids, comment)
        #expect(peer.streams.first?.end == .fin, comment)
    }

    @Test(
        "another source takes over at every byte, wherever it stands itself, and nothing is lost or repeated")
    func takeover() {
        for first in 0...Feeder.stepCount {
            for second in 0...Feeder.stepCount {
                let track = TestTrack()
                let peer = TestPeer()
                track.subscribe(peer)
                let a = Feeder(track, source: 1)
                let b = Feeder(track, source: 2)
                a.advance(to: first)
                b.advance(to: second)
                track.log.sourceEnded(1)
                peer.pump()
                b.advance(to: Feeder.stepCount)
                b.finish()
                track.wake()
                peer.pump()
                expectWhole(peer, "a died at \(first), b stood at \(second)")
            }
        }
    }

    @Test("a source that begins after the other died goes on where it broke off")
    func lateTakeover() {
        for first in 0...Feeder.stepCount {
            let track = TestTrack()
            let peer = TestPeer()
            track.subscribe(peer)
            let a = Feeder(track, source: 1)
            a.advance(to: first)
            track.log.sourceEnded(1)
            peer.pump()
            let b = Feeder(track, source: 2)
            b.advance(to: Feeder.stepCount)
            b.finish()
            track.wake()
            peer.pump()
            expectWhole(peer, "a died at \(first)")
        }
    }

    @Test("two sources that race in any interleaving give one stream")
    func race() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let track = TestTrack()
            let peer = TestPeer()
            track.subscribe(peer)
            let feeders = [Feeder(track, source: 1), Feeder(track, source: 2), Feeder(track, source: 3)]
            var running = feeders
            while !running.isEmpty {
                let index = Int.random(in: 0..<running.count, using: &random)
                if running[index].step == Feeder.stepCount {
                    running[index].finish()
                    running.remove(at: index)
                } else {
                    running[index].advance()
                }
                if Bool.random(using: &random) {
                    track.wake()
                    peer.pump(byteLimit: 3)
                }
            }
            track.wake()
            peer.pump()
            expectWhole(peer, "seed \(seed)")
        }
    }

    @Test("when nobody continues an object, its readers are reset after the grace time")
    func orphan() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let a = Feeder(track, source: 1)
        a.advance(to: 7)
        track.log.sourceEnded(1)
        track.shard.checkDeadlines()
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.end == nil)
        track.seconds = 3
        track.shard.checkDeadlines()
        track.wake()
        peer.pump()
        #expect(peer.streams.first?.end == .reset(.internalError))
        #expect(peer.streams.first?.wholeObjectIDs == [0])
    }

    @Test("after a reset the rest of the subgroup comes on a new stream, beginning with the broken object")
    func reopening() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let a = Feeder(track, source: 1)
        a.advance(to: 7)
        track.log.subgroupEnded(a.handle, .reset(.cancelled))
        peer.pump()
        let b = Feeder(track, source: 2)
        b.advance(to: Feeder.stepCount)
        b.finish()
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.end) == [.reset(.cancelled), .fin])
        #expect(peer.streams.map(\.wholeObjectIDs) == [[0], [1, 3]])
        #expect(peer.streams.last?.opening.firstObject == false)
    }

    @Test("an object that is not known to be the next one resets the stream and opens another")
    func notNext() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let a = track.open(0, source: 1)
        track.object(a, 0, [1])
        track.log.sourceEnded(1)
        peer.pump()
        let b = track.open(0, source: 2)
        track.object(b, 5, [2])
        track.log.subgroupEnded(b, .finished)
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.wholeObjectIDs) == [[0], [5]])
        #expect(peer.streams.first?.end == .reset(.internalError))
        // Objects 1...4 may exist: no FIN.
        #expect(peer.streams.last?.end == nil)
        let later = Instant.zero.advanced(byMilliseconds: 3000)
        _ = peer.scheduler.checkDeadlines(now: later)
        peer.pump(now: later)
        #expect(peer.streams.last?.end == .reset(.cancelled))
    }

    @Test("a subgroup whose id is its first object's is found under that id")
    func firstObjectID() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let a = track.log.subgroupBegan(source: 1, LogSubgroupHeader(group: 0, subgroup: .firstObjectID))
        peer.pump()
        #expect(peer.streams.isEmpty)
        track.object(a, 4, [1])
        let b = track.open(0, 4, source: 2)
        track.object(b, 4, [1])
        track.object(b, 6, [2])
        track.object(a, 6, [2])
        track.log.subgroupEnded(a, .finished)
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.opening.subgroup) == [4])
        #expect(peer.streams.first?.wholeObjectIDs == [4, 6])
        #expect(peer.streams.first?.end == .fin)
    }

    @Test("an object whose length differs between sources keeps the first one's bytes")
    func differentLength() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        let a = track.open(0, source: 1)
        let b = track.open(0, source: 2)
        track.log.objectBegan(a, ObjectHeader(objectID: 0, payloadByteCount: 4))
        track.log.payloadArrived(a, Payload([1, 2]))
        track.object(b, 0, [9, 9, 9])
        track.log.payloadArrived(a, Payload([3, 4]))
        peer.pump()
        #expect(peer.streams.first?.objects?.map(\.payload) == [[1, 2, 3, 4]])
    }

    @Test("bytes beyond an object's announced length are ignored, and so are dead handles")
    func excess() {
        let track = TestTrack()
        let a = track.open(0)
        track.log.objectBegan(a, ObjectHeader(objectID: 0, payloadByteCount: 2))
        track.log.payloadArrived(a, Payload([1, 2, 3]))
        track.log.payloadArrived(a, Payload([4]))
        track.log.subgroupEnded(a, .finished)
        track.object(a, 1, [1])
        track.object(.none, 1, [1])
        track.log.subgroupEnded(a, .finished)
        let peer = TestPeer()
        track.subscribe(peer)
        peer.pump()
        #expect(peer.streams.first?.objects?.map(\.payload) == [[1, 2]])
    }
}
