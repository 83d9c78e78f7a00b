import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("What is legal is not taken for a malformed track (draft-19 section 2.4.2)")
struct LegalTrackTests {
    private func status(_ track: TestTrack, _ handle: IngestHandle, _ id: UInt64, _ status: ObjectStatus) {
        track.log.objectBegan(handle, ObjectHeader(objectID: id, status: status, payloadByteCount: 0))
    }

    @Test("honest publishers that race, break off and go on, in any interleaving")
    func races() {
        for seed in 0..<400 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let track = TrackFaultTests.track()
            var running: [(handle: IngestHandle, ids: [UInt64], next: Int, sent: Int)] = []
            let ids: [UInt64] = [0, 1, 3, 4, 8]
            for source in 1...3 as ClosedRange<SourceID> {
                running.append((track.open(0, source: source, endOfGroup: source != 2), ids, 0, 0))
            }
            var reopened = 0
            while !running.isEmpty {
                let index = Int.random(in: 0..<running.count, using: &random)
                if seed % 4 == 0, index == 0 { track.log.shrink(to: 800) }
                let state = running[index]
                if state.next == ids.count {
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        // The end in words of its own, behind the last object.
                        status(track, state.handle, 9, .endOfGroup)
                    }
                    track.log.subgroupEnded(state.handle, .finished)
                    running.remove(at: index)
                    continue
                }
                let id = ids[state.next]
                let payload = TestTrack.payload(0, id, 30)
                if state.sent == 0 {
                    track.log.objectBegan(state.handle, ObjectHeader(objectID: id, payloadByteCount: 30))
                }
                let count = min(Int.random(in: 1...12, using: &random), 30 - state.sent)
                track.log.payloadArrived(
                    state.handle, Payload(Array(payload[state.sent..<(state.sent + count)])))
                running[index].sent += count
                if running[index].sent == 30 {
                    running[index].sent = 0
                    running[index].next += 1
                }
                if reopened < 6, Int.random(in: 0..<12, using: &random) == 0 {
                    // It breaks off, and goes on with the object that it was at, or the one before.
                    reopened += 1
                    track.log.subgroupEnded(running[index].handle, .reset(.cancelled))
                    let source = SourceID.random(in: 1...3, using: &random)
                    running[index].handle = track.open(0, source: source, endOfGroup: true)
                    running[index].next = max(0, running[index].next - Int.random(in: 0...1, using: &random))
                    running[index].sent = 0
                }
            }
            #expect(track.log.fault == nil, "seed \(seed)")
        }
    }

    @Test("an end that is said by a bit, by an object behind the last one, or not at all, in any order")
    func groupEnds() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let track = TrackFaultTests.track()
            for kind in order {
                let handle = track.open(0, source: SourceID(kind + 1), endOfGroup: kind == 0)
                for id in 0...2 as ClosedRange<UInt64> {
                    track.object(handle, id, TestTrack.payload(0, id, 10))
                }
                if kind == 1 { status(track, handle, 3, .endOfGroup) }
                track.log.subgroupEnded(handle, .finished)
            }
            #expect(track.log.fault == nil, "\(order)")
        }
    }

    @Test(
        "the end of the track as the first object of a group behind the last one, or behind the last object")
    func trackEnds() {
        let track = TrackFaultTests.track()
        track.subgroup(4, ids: [0, 1], endOfGroup: true)
        status(track, track.open(5, source: 1), 0, .endOfTrack)
        status(track, track.open(4, 1, source: 2), 2, .endOfTrack)
        let late = track.open(4, source: 2)
        for id in 0...1 as ClosedRange<UInt64> { track.object(late, id, TestTrack.payload(4, id, 10)) }
        track.log.subgroupEnded(late, .finished)
        #expect(track.log.fault == nil)
    }

    @Test("objects that do not exist (drafts 14 and 15) at the end of one publisher's subgroup")
    func absent() {
        for isFirst in [true, false] {
            let track = TrackFaultTests.track()
            func tell() {
                let handle = track.open(0, source: 1, endOfGroup: true)
                track.object(handle, 0, [1])
                status(track, handle, 1, .doesNotExist)
                track.log.subgroupEnded(handle, .finished)
            }
            if isFirst { tell() }
            let handle = track.open(0, source: 2)
            track.object(handle, 0, [1])
            track.object(handle, 1, [2])
            track.log.subgroupEnded(handle, .finished)
            if !isFirst { tell() }
            #expect(track.log.fault == nil)
        }
    }

    @Test("a subgroup whose id is its first object's, also when one publisher was late for that one")
    func learnedID() {
        let track = TrackFaultTests.track()
        track.subgroup(0, 4, ids: [4, 5, 6], finish: false)
        let same = track.log.subgroupBegan(
            source: 2, LogSubgroupHeader(group: 0, subgroup: .firstObjectID))
        track.object(same, 4, TestTrack.payload(0, 4, 10))
        let late = track.log.subgroupBegan(
            source: 3, LogSubgroupHeader(group: 0, subgroup: .firstObjectID))
        track.object(late, 5, TestTrack.payload(0, 5, 10))
        #expect(track.log.fault == nil)
    }

    @Test("what was let go is not judged, nor are properties")
    func letGo() {
        let track = TrackFaultTests.track { $0.byteCount = 4_000 }
        let handle = track.open(0)
        for id in 0..<40 as Range<UInt64> { track.object(handle, id, TestTrack.payload(0, id, 200)) }
        let again = track.open(0, source: 2)
        track.object(again, 0, [UInt8](repeating: 0xFF, count: 200))
        #expect(track.log.fault == nil)
        var header = ObjectHeader(objectID: 39, payloadByteCount: 200)
        header.properties = PropertyBlock(bytes: Payload([2, 1]), shape: TestEncoding.native)
        track.log.objectBegan(again, header)
        track.log.payloadArrived(again, Payload(TestTrack.payload(0, 39, 200)))
        #expect(track.log.fault == nil)
    }
}
