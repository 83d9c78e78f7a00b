import MOQTModel
import Testing

@testable import RelayCore

@Suite("Where a subscription begins (draft-18 section 5.1.2)")
struct LocationRangeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var filter: LocationFilter
        var empty: LogRange
        /// With the largest object at {7, 4}.
        var filled: LogRange
        var testDescription: String { "\(filter)" }
    }

    static func at(_ group: UInt64, _ object: UInt64) -> LogRange {
        LogRange(start: Location(group: group, object: object))
    }

    static let cases = [
        Case(filter: .unfiltered, empty: at(0, 0), filled: at(7, 5)),
        Case(filter: .nextObject, empty: at(0, 0), filled: at(7, 5)),
        Case(filter: .nextGroup, empty: at(0, 0), filled: at(8, 0)),
        Case(filter: .relative(groupCount: 0), empty: at(0, 0), filled: at(8, 0)),
        Case(filter: .relative(groupCount: 1), empty: at(0, 0), filled: at(7, 0)),
        Case(filter: .relative(groupCount: 3), empty: at(0, 0), filled: at(5, 0)),
        Case(filter: .relative(groupCount: 100), empty: at(0, 0), filled: at(0, 0)),
        Case(filter: .from(Location(group: 2, object: 3)), empty: at(2, 3), filled: at(2, 3)),
        Case(
            filter: .range(start: Location(group: 2, object: 3), endGroup: 9, endObject: 1),
            empty: LogRange(start: Location(group: 2, object: 3), endGroup: 9, endObject: 1),
            filled: LogRange(start: Location(group: 2, object: 3), endGroup: 9, endObject: 1)),
    ]

    @Test("the start follows from the largest object", arguments: cases)
    func start(_ example: Case) {
        let track = TestTrack()
        #expect(track.log.range(for: example.filter) == example.empty)
        track.subgroup(6, ids: [9])
        track.subgroup(7, ids: [0, 4])
        track.subgroup(3, ids: [9])
        #expect(track.log.largest == Location(group: 7, object: 4))
        #expect(track.log.range(for: example.filter) == example.filled)
    }

    @Test("the last location of all has no successor, and nothing traps")
    func lastLocation() {
        let track = TestTrack()
        track.subgroup(.max, ids: [.max])
        #expect(track.log.range(for: .nextObject).start == Location(group: .max, object: .max))
        #expect(track.log.range(for: .nextGroup).start == Location(group: .max, object: .max))
    }

    @Test("the largest object counts from its first byte")
    func largest() {
        let track = TestTrack()
        let handle = track.open(4)
        #expect(track.log.largest == nil)
        track.log.objectBegan(handle, ObjectHeader(objectID: 2, payloadByteCount: 1000))
        #expect(track.log.largest == Location(group: 4, object: 2))
    }
}
