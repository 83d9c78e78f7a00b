import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Objects that drafts 14 and 15 say do not exist (draft-14 section 10.2.1.1)")
struct AbsentObjectTests {
    private static func absent(_ id: UInt64) -> ObjectHeader {
        ObjectHeader(objectID: id, status: .doesNotExist, payloadByteCount: 0)
    }

    private func locations(_ track: TestTrack) -> [Location] {
        var fetch = LogFetch(start: .zero, end: Location(group: .max, object: .max))
        var payloads: [Payload] = []
        var found: [Location] = []
        while case .object(let object) = fetch.next(in: track.log, payloads: &payloads) {
            found.append(object.location)
        }
        return found
    }

    @Test("the object is left out and its subgroup goes on")
    func leftOut() {
        let track = TestTrack()
        let handle = track.open(0)
        track.object(handle, 0, [1])
        track.log.objectBegan(handle, Self.absent(1))
        track.log.objectEnded(handle)
        track.object(handle, 2, [3])
        track.log.subgroupEnded(handle, .finished)
        #expect(locations(track) == [Location(group: 0, object: 0), Location(group: 0, object: 2)])
        #expect(track.log.group(0)?.subgroups.count == 1)
        #expect(track.log.group(0)?.subgroup(0)?.end == .finished)
    }

    @Test("a subgroup named after its first object keeps that name")
    func naming() {
        let track = TestTrack()
        let handle = track.log.subgroupBegan(
            source: 1, LogSubgroupHeader(group: 0, subgroup: .firstObjectID))
        track.log.objectBegan(handle, Self.absent(4))
        track.object(handle, 5, [1])
        #expect(track.log.group(0)?.subgroup(4) != nil)
        #expect(track.log.largest == Location(group: 0, object: 5))
    }

    @Test("a datagram that says so leaves no trace")
    func datagrams() {
        let track = TestTrack()
        track.log.datagramArrived(
            source: 1,
            ObjectDatagram(
                alias: TrackAlias(0), location: Location(group: 3, object: 0), status: .doesNotExist))
        #expect(track.log.largest == nil)
        #expect(locations(track).isEmpty)
    }
}
