import Containers
import MOQTModel
import MOQTPeer
import RelayCore
import Testing

@testable import RelayHost

/// How long a track's end waits for streams that PUBLISH_DONE announced (draft-18 section 10.13), in virtual time.
@Suite("A track's end waits for its last streams while bytes come") struct TrackPatienceTests {
    private let logs = LogShard(now: Self.at(0))
    private let key = SessionKey(shard: 0, serial: 1)
    private let track: ShardTrack

    init() {
        track = ShardTrack(
            id: TrackID(1), home: 0, shard: 0, log: TrackLog(encoding: WireObjectEncoder(), shard: logs))
    }

    private static func at(_ milliseconds: UInt64) -> Instant {
        Instant.zero.advanced(byMilliseconds: 1_000 + milliseconds)
    }

    /// A publisher says that it is done while a stream of its two is open and an object of 1000 bytes is on its way.
    private func beginEnd() -> IngestHandle {
        let handle = track.subgroupBegan(
            from: key,
            LogSubgroupHeader(
                group: 0, subgroup: .explicit(0), hasProperties: false, endOfGroup: false, firstObject: true))
        track.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 1_000))
        let done = PublishDone(status: .trackEnded, streamCount: 2)
        track.sourceGone(key, done: done, now: logs.now)
        track.end(.trackEnded, now: logs.now)
        return handle
    }

    private func pass(to milliseconds: UInt64) {
        logs.now = Self.at(milliseconds)
        track.losePatience(now: logs.now)
    }

    private func trickleOneByteASecond(for seconds: UInt64) {
        let handle = beginEnd()
        for second in 1...seconds {
            pass(to: second * 1_000)
            track.log.payloadArrived(handle, Payload([1]))
        }
    }

    @Test("silence ends it after two seconds")
    func silence() {
        _ = beginEnd()
        pass(to: 1_900)
        #expect(track.log.endStatus == nil)
        pass(to: 2_100)
        pass(to: 2_600)
        #expect(track.log.endStatus == .trackEnded)
    }

    @Test("each byte gives it two more")
    func trickle() {
        trickleOneByteASecond(for: 20)
        #expect(track.log.endStatus == nil)
        pass(to: 22_100)
        pass(to: 23_100)
        #expect(track.log.endStatus == .trackEnded)
    }

    @Test("a minute is the most, whatever comes")
    func limit() {
        trickleOneByteASecond(for: 63)
        #expect(track.log.endStatus == .trackEnded)
    }
}
