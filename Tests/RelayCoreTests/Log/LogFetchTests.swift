import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Fetching from what a log keeps (draft-18 section 10.12)")
struct LogFetchTests {
    /// The locations that a fetch hands out, as text, with the other steps in between.
    func walk(_ fetch: LogFetch, _ track: TestTrack) -> [String] {
        var fetch = fetch
        var payloads: [Payload] = []
        var steps: [String] = []
        for _ in 0..<1000 {
            switch fetch.next(in: track.log, payloads: &payloads) {
            case .object(let object):
                let (group, id) = (object.location.group, object.location.object)
                if object.subgroup != nil {
                    #expect(payloads.flatMap(\.bytes) == TestTrack.payload(group, id, 10))
                }
                steps.append("\(group).\(id)" + (object.subgroup == nil ? "d" : ""))
            case .unknown(let location): steps.append("?\(location.group)")
            case .waiting(let location):
                steps.append("wait \(location.group).\(location.object)")
                return steps
            case .finished: return steps
            }
        }
        Issue.record("endless")
        return steps
    }

    func filled() -> TestTrack {
        let track = TestTrack()
        track.subgroup(2, 0, ids: [0, 2, 4])
        track.subgroup(2, 1, ids: [1, 3])
        track.log.datagramArrived(
            source: 1, ObjectDatagram(alias: TrackAlias(0), location: Location(group: 2, object: 5)))
        track.subgroup(4, 0, ids: [0, 7])
        track.subgroup(5, 0, ids: [1])
        return track
    }

    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    @Test("ascending: groups up, objects of all subgroups and datagrams in order")
    func ascending() {
        let fetch = LogFetch(start: Self.at(2, 1), end: Self.at(4, 0))
        #expect(walk(fetch, filled()) == ["2.1", "2.2", "2.3", "2.4", "2.5d", "4.0"])
    }

    @Test("descending: groups down, objects up")
    func descending() {
        let fetch = LogFetch(start: Self.at(2, 3), end: Self.at(5, .max), order: .descending)
        #expect(walk(fetch, filled()) == ["5.1", "4.0", "4.7", "2.3", "2.4", "2.5d"])
    }

    @Test("what lies before the oldest kept group is unknown, not absent")
    func unknown() {
        #expect(walk(LogFetch(start: .zero, end: Self.at(2, 0)), filled()) == ["?1", "2.0"])
        #expect(walk(LogFetch(start: .zero, end: Self.at(1, 9)), filled()) == ["?1"])
        let down = LogFetch(start: .zero, end: Self.at(2, 0), order: .descending)
        #expect(walk(down, filled()) == ["2.0", "?0"])
    }

    @Test("an object that has not arrived whole is waited for, and then handed out")
    func waiting() {
        let track = filled()
        let handle = track.open(6)
        track.log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 10))
        let fetch = LogFetch(start: Self.at(5, 0), end: Self.at(6, 0))
        #expect(walk(fetch, track) == ["5.1", "wait 6.0"])
        track.log.payloadArrived(handle, Payload(TestTrack.payload(6, 0, 10)))
        #expect(walk(fetch, track) == ["5.1", "6.0"])
    }

    @Test("an inverted range and the largest numbers end at once")
    func edges() {
        let track = filled()
        #expect(walk(LogFetch(start: Self.at(4, 1), end: Self.at(4, 0)), track) == [])
        #expect(walk(LogFetch(start: Self.at(.max, .max), end: Self.at(.max, .max)), track) == [])
        track.log.datagramArrived(
            source: 1, ObjectDatagram(alias: TrackAlias(0), location: Self.at(.max, .max)))
        #expect(walk(LogFetch(start: Self.at(5, 0), end: Self.at(.max, .max)), track).first == "5.1")
    }
}
