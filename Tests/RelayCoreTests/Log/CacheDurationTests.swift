import Containers
import MOQTModel
import Testing

@testable import RelayCore

/// What MAX_CACHE_DURATION leaves of a log for FETCH (draft-19 section 12.3).
@Suite struct CacheDurationTests {
    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    /// Object `id` of group `id / 2` at second `id`; each may be served for two seconds and a half.
    private func track() -> TestTrack {
        let track = TestTrack()
        track.log.servableNanoseconds = 2_500_000_000
        track.log.beginningSeen()
        for group in 0..<3 as Range<UInt64> {
            let handle = track.open(group)
            for object in 0..<2 as Range<UInt64> {
                track.seconds = group * 2 + object
                track.object(handle, object, [UInt8(object)])
            }
            track.log.subgroupEnded(handle, .finished)
        }
        return track
    }

    // Rules: 19-12.3-1
    @Test("objects expire one by one, the earlier of a stream before the later; their state is unknown")
    func oneByOne() throws {
        let track = track()
        #expect(locations(track) == [Self.at(1, 1), Self.at(2, 0), Self.at(2, 1)])
        track.seconds = 6
        #expect(locations(track) == [Self.at(2, 0), Self.at(2, 1)])
        track.seconds = 7
        #expect(locations(track) == [Self.at(2, 1)])
        #expect(try track.log.plan(FetchRange(start: .zero, end: Self.at(2, 1))).beginsUnknown)
        track.seconds = 9
        #expect(locations(track).isEmpty)
        let plan = try track.log.plan(FetchRange(start: Self.at(2, 0), end: Self.at(2, 1)))
        #expect(plan.isUnknown)
    }

    @Test("a track without the property serves what it keeps")
    func without() {
        let track = track()
        track.log.servableNanoseconds = nil
        track.seconds = 1_000
        #expect(locations(track).count == 6)
    }

    /// The objects that a FETCH of everything finds; that it says "unknown" exactly when something is missing.
    private func locations(_ track: TestTrack) -> [Location] {
        var found: [Location] = []
        for order in [GroupOrder.ascending, .descending] {
            var fetch = LogFetch(start: .zero, end: Self.at(2, .max), order: order)
            var payloads: [Payload] = []
            var isUnknown = false
            found = []
            steps: while true {
                switch fetch.next(in: track.log, payloads: &payloads) {
                case .object(let object): found.append(object.location)
                case .unknown: isUnknown = true
                case .waiting: Issue.record("nothing is under way")
                case .finished: break steps
                }
            }
            #expect(isUnknown == (found.count < 6), "\(order) at \(track.seconds)")
        }
        return found.sorted()
    }
}
