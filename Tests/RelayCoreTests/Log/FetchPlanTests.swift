import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("What FETCH_OK says (draft-18 section 10.13)")
struct FetchPlanTests {
    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    private func failure(
        _ track: TestTrack, _ start: Location, _ endGroup: UInt64, _ endObject: UInt64?
    ) -> RequestErrorCode? {
        do throws(RequestFailure) {
            _ = try track.log.plan(FetchRange(start: start, endGroup: endGroup, endObject: endObject))
            return nil
        } catch { return error.code }
    }

    /// Groups 2 and 3; the last is still open.
    private func filled() -> TestTrack {
        let track = TestTrack()
        track.subgroup(2, ids: [0, 1, 2], endOfGroup: true)
        track.subgroup(3, ids: [0, 1], finish: false)
        return track
    }

    @Test("ranges that begin beyond the largest object, or end before they begin, are invalid")
    func invalid() {
        #expect(failure(TestTrack(), .zero, 9, nil) == .invalidRange)
        #expect(failure(filled(), Self.at(3, 2), 9, nil) == .invalidRange)
        #expect(failure(filled(), Self.at(3, 1), 3, 0) == .invalidRange)
        #expect(failure(filled(), Self.at(3, 1), 3, 1) == nil)
        #expect(failure(filled(), Self.at(.max, .max), .max, nil) == .invalidRange)
    }

    @Test("the end is as asked, or the largest object; a whole group only when it is over")
    func end() throws {
        let track = filled()
        let within = try track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 2, endObject: 1))
        #expect(within.endGroup == 2 && within.endObject == 1 && !within.isEndOfTrack)
        let whole = try track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 2, endObject: nil))
        #expect(whole.endGroup == 2 && whole.endObject == nil && whole.end == Self.at(2, .max))
        let open = try track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 3, endObject: nil))
        #expect(open.endGroup == 3 && open.endObject == 1)
        let beyond = try track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 900, endObject: 7))
        #expect(beyond.endGroup == 3 && beyond.endObject == 1 && beyond.end == Self.at(3, 1))
    }

    @Test("end of track needs a track that has ended and a range that reaches its last object")
    func endOfTrack() throws {
        let track = filled()
        track.log.trackEnded(.trackEnded)
        #expect(try track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 3, endObject: 1)).isEndOfTrack)
        #expect(try track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 3, endObject: 9)).isEndOfTrack)
        #expect(try !track.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 3, endObject: 0)).isEndOfTrack)
    }

    @Test("what lies before the first object is unknown, unless the log has been there from the beginning")
    func beginning() throws {
        let late = filled()
        #expect(
            try late.log.plan(FetchRange(start: Self.at(1, 0), endGroup: 3, endObject: nil)).beginsUnknown)
        #expect(
            try !late.log.plan(FetchRange(start: Self.at(2, 0), endGroup: 3, endObject: nil)).beginsUnknown)
        let early = TestTrack()
        early.log.beginningSeen()
        early.subgroup(7, ids: [3])
        #expect(try !early.log.plan(FetchRange(start: .zero, endGroup: 9, endObject: nil)).beginsUnknown)
        late.log.beginningSeen()
        #expect(try late.log.plan(FetchRange(start: .zero, endGroup: 3, endObject: nil)).beginsUnknown)
        let joined = TestTrack()
        joined.subgroup(5, ids: [17, 18])
        #expect(
            try joined.log.plan(FetchRange(start: Self.at(5, 0), endGroup: 5, endObject: nil)).beginsUnknown)
        #expect(
            try !joined.log.plan(FetchRange(start: Self.at(5, 17), endGroup: 5, endObject: nil)).beginsUnknown
        )
    }

    @Test("groups that go while they are being fetched turn unknown, not absent")
    func evicted() throws {
        let track = TestTrack { limits in
            limits.finishedGroupCount = 1
            limits.minimumAgeNanoseconds = 0
        }
        track.log.beginningSeen()
        track.subgroup(0, ids: [0, 1], endOfGroup: true)
        var walk = LogFetch(start: .zero, end: Self.at(9, .max))
        var payloads: [Payload] = []
        guard case .object(let first) = walk.next(in: track.log, payloads: &payloads) else {
            Issue.record("no object")
            return
        }
        #expect(first.location == .zero)
        for group in 1..<5 as Range<UInt64> { track.subgroup(group, ids: [0], endOfGroup: true) }
        let oldest = try #require(track.log.oldestKeptGroup)
        #expect(oldest > 0)
        guard case .unknown(let through) = walk.next(in: track.log, payloads: &payloads) else {
            Issue.record("not unknown")
            return
        }
        #expect(through == Self.at(oldest - 1, .max))
        guard case .object(let next) = walk.next(in: track.log, payloads: &payloads) else {
            Issue.record("no object")
            return
        }
        #expect(next.location == Self.at(oldest, 0))
    }
}
