import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("What a fill covers, and what is left to its subscription (draft-20 sections 5.1.2 and 5.1.3)")
struct FillPlanTests {
    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }
    static let largest = at(5, 3)

    @Test(
        "a fill has the filter's range by a FETCH's rules, never beyond the largest object",
        arguments: [
            (.unfiltered, at(0, 0), at(5, 3)), (.relative(groupCount: 1), at(5, 0), at(5, 3)),
            (.relative(groupCount: 3), at(3, 0), at(5, 3)), (.relative(groupCount: .max), at(0, 0), at(5, 3)),
            (.from(at(4, 2)), at(4, 2), at(5, 3)), (.from(at(5, 3)), at(5, 3), at(5, 3)),
            (.range(start: at(1, 1), endGroup: 2, endObject: 7), at(1, 1), at(2, 7)),
            (.range(start: at(1, 1), endGroup: 2, endObject: nil), at(1, 1), at(2, .max)),
            (.range(start: at(1, 1), endGroup: 5, endObject: nil), at(1, 1), at(5, 3)),
            (.range(start: at(1, 1), endGroup: 5, endObject: 2), at(1, 1), at(5, 2)),
            (.range(start: .zero, endGroup: 99, endObject: 0), at(0, 0), at(5, 3)),
        ] as [(LocationFilter, Location, Location)])
    func range(_ filter: LocationFilter, _ start: Location, _ end: Location) throws {
        let plan = try #require(TestTrack().log.fillPlan(for: filter, largest: Self.largest))
        #expect(plan.start == start && plan.end == end)
    }

    @Test(
        "a range without locations opens no fill",
        arguments: [
            .nextObject, .nextGroup, .relative(groupCount: 0), .from(at(5, 4)),
            .range(start: at(6, 0), endGroup: 9, endObject: nil),
        ] as [LocationFilter])
    func empty(_ filter: LocationFilter) {
        #expect(TestTrack().log.fillPlan(for: filter, largest: Self.largest) == nil)
    }

    @Test("a subscription with a fill begins behind the largest object, wherever its filter begins")
    func live() {
        let log = TestTrack().log
        for filter in [.unfiltered, .nextObject, .relative(groupCount: 4), .from(.zero)] as [LocationFilter] {
            #expect(log.range(for: filter, behind: Self.largest) == LogRange(start: Self.at(5, 4)))
        }
        #expect(log.range(for: .nextGroup, behind: Self.largest) == LogRange(start: Self.at(6, 0)))
        #expect(
            log.range(for: .range(start: Self.at(2, 0), endGroup: 7, endObject: 1), behind: Self.largest)
                == LogRange(start: Self.at(5, 4), endGroup: 7, endObject: 1))
        #expect(log.range(for: .relative(groupCount: 1), behind: nil) == LogRange(start: .zero))
    }

    @Test("what the log never had is unknown to a fill, also before its first object")
    func unknown() throws {
        let track = TestTrack()
        let plan = try #require(track.log.fillPlan(for: .relative(groupCount: 1), largest: Self.largest))
        #expect(plan.beginsUnknown)
        for order in [GroupOrder.ascending, .descending] {
            var walk = LogFetch(start: plan.start, end: plan.end, order: order)
            var payloads: [Payload] = []
            guard case .unknown(let through) = walk.next(in: track.log, payloads: &payloads) else {
                Issue.record("\(order)")
                continue
            }
            #expect(through == (order == .ascending ? plan.end : plan.start))
            guard case .finished = walk.next(in: track.log, payloads: &payloads) else {
                Issue.record("\(order)")
                continue
            }
        }
    }

    @Test("an object that is left out is passed by")
    func leftOut() {
        let track = TestTrack()
        track.subgroup(1, ids: [0])
        let handle = track.open(2)
        track.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 10))
        var walk = LogFetch(start: Self.at(1, 0), end: Self.at(2, 5))
        var payloads: [Payload] = []
        _ = walk.next(in: track.log, payloads: &payloads)
        guard case .waiting(let location) = walk.next(in: track.log, payloads: &payloads) else {
            Issue.record("does not wait")
            return
        }
        walk.leaveOut(location)
        guard case .finished = walk.next(in: track.log, payloads: &payloads) else {
            Issue.record("not over")
            return
        }
    }
}
