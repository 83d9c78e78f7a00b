import Containers
import MOQTModel
import Testing

@testable import RelayCore

/// What two publishers, or one, may not say of a track. Every test says the same from one source and from two.
@Suite("Malformed tracks are found (draft-19 sections 2.4.2 and 9.1)", .serialized)
struct TrackFaultTests {
    static let sources: [SourceID] = [1, 2]

    static func track(_ change: (inout TrackLogLimits) -> Void = { _ in }) -> TestTrack {
        let track = TestTrack(change)
        track.log.detectsFaults = true
        return track
    }

    private func status(_ track: TestTrack, _ handle: IngestHandle, _ id: UInt64, _ status: ObjectStatus) {
        track.log.objectBegan(handle, ObjectHeader(objectID: id, status: status, payloadByteCount: 0))
    }

    private func datagram(
        _ group: UInt64, _ object: UInt64, _ payload: [UInt8] = [1], status: ObjectStatus = .normal,
        endOfGroup: Bool = false, priority: UInt8? = nil
    ) -> ObjectDatagram {
        ObjectDatagram(
            alias: TrackAlias(1), location: Location(group: group, object: object), priority: priority,
            status: status, endOfGroup: endOfGroup, payload: Payload(payload))
    }

    /// What subscribers of every object get, by stream.
    private func delivered(_ track: TestTrack) -> [[UInt64]] {
        let peer = TestPeer()
        track.subscribe(peer)
        peer.pump()
        return peer.streams.map { $0.wholeObjectIDs ?? [] }
    }

    @Test("1: one subgroup has one priority, the track's default where none is named", arguments: sources)
    func priority(source: SourceID) {
        let track = Self.track()
        track.log.defaultPublisherPriority = 64
        track.log.knowsDefaultPriority = true
        track.subgroup(0, ids: [0, 1], finish: false)
        let same = track.open(0, source: source, priority: 64)
        #expect(same != .none && track.log.fault == nil)
        _ = track.open(0, 1, source: source, priority: 7)
        #expect(track.log.fault == nil)
        _ = track.open(0, source: source, priority: 7)
        #expect(track.log.fault == .subgroupPriority)
    }

    @Test("1: a default that no publisher has named proves nothing; two named priorities do")
    func unknownDefault() {
        let track = Self.track()
        track.subgroup(0, ids: [0], finish: false)
        _ = track.open(0, source: 2, priority: 7)
        #expect(track.log.fault == nil)
        track.subgroup(1, ids: [0], priority: 1, finish: false)
        _ = track.open(1, source: 2, priority: 7)
        #expect(track.log.fault == .subgroupPriority)
    }

    // Rules: 19-2.4.2-3
    @Test(
        "2: an object behind the last one before FIN, which is neither kept nor forwarded", arguments: sources
    )
    func beyondSubgroup(source: SourceID) {
        let track = Self.track()
        track.subgroup(0, ids: [0, 1])
        let late = track.open(0, source: source)
        track.object(late, 1, TestTrack.payload(0, 1, 10))
        #expect(track.log.fault == nil)
        track.object(late, 2, [9])
        #expect(track.log.fault == .beyondSubgroup)
        #expect(delivered(track) == [[0, 1]])
        #expect(track.log.largest == Location(group: 0, object: 1))
    }

    @Test(
        "3: two streams of a subgroup that end by FIN at different objects", arguments: sources,
        [true, false])
    func subgroupEnds(source: SourceID, isFinished: Bool) {
        let track = Self.track()
        track.subgroup(0, ids: [0, 1, 2], finish: isFinished)
        let short = track.open(0, source: source)
        track.object(short, 0, TestTrack.payload(0, 0, 10))
        track.log.subgroupEnded(short, .reset(.cancelled))
        let wrong = track.open(0, source: source)
        track.object(wrong, 1, TestTrack.payload(0, 1, 10))
        track.log.subgroupEnded(wrong, .finished)
        #expect(track.log.fault == .subgroupEnds)
    }

    @Test(
        "4: an object behind its group's last one, in whatever subgroup, and whichever is known first",
        arguments: [true, false], [true, false])
    func beyondGroup(byStatus: Bool, isEndFirst: Bool) {
        let track = Self.track()
        func end() {
            let handle = track.open(0, 1, source: 2, endOfGroup: !byStatus)
            if byStatus { status(track, handle, 3, .endOfGroup) } else { track.object(handle, 3, [3]) }
            track.log.subgroupEnded(handle, .finished)
        }
        let handle = track.open(0)
        track.object(handle, 2, [2])
        if isEndFirst { end() }
        #expect(track.log.fault == nil)
        track.object(handle, 4, [4])
        #expect((track.log.fault == nil) != isEndFirst)
        if !isEndFirst { end() }
        #expect(track.log.fault == .beyondGroup)
    }

    @Test("5: an object behind the end of the track, whichever is known first", arguments: [true, false])
    func beyondTrack(isEndFirst: Bool) {
        for next in [Location(group: 2, object: 3), Location(group: 3, object: 0)] {
            let track = Self.track()
            func end() { status(track, track.open(2, 1, source: 2), 2, .endOfTrack) }
            track.subgroup(2, ids: [0, 1], finish: false)
            if isEndFirst { end() }
            #expect(track.log.fault == nil)
            track.object(track.open(next.group, 5), next.object, [1])
            #expect((track.log.fault == nil) != isEndFirst)
            if !isEndFirst { end() }
            #expect(track.log.fault == .beyondTrack || !isEndFirst && track.log.fault != nil)
        }
    }

    // Rules: 19-9.1-1
    @Test("6: an object that comes again with another length or status", arguments: sources)
    func headerDiffers(source: SourceID) {
        for length in [9, 11] {
            let track = Self.track()
            track.subgroup(0, ids: [0, 1], finish: false)
            let again = track.open(0, source: source)
            track.log.objectBegan(again, ObjectHeader(objectID: 0, payloadByteCount: UInt64(length)))
            #expect(track.log.fault == .objectDiffers)
        }
        let track = Self.track()
        track.object(track.open(0), 0, [])
        status(track, track.open(0, source: source), 0, .endOfGroup)
        #expect(track.log.fault == .objectDiffers)
    }

    // Rules: 19-9.1-1
    @Test("6: an object that comes again with another byte, at every place and in pieces of every size")
    func payloadDiffers() {
        let size = 19
        for changed in 0...size {
            for piece in [1, 2, 7, 8, size] {
                for kept in [0, 1, 8, size] {
                    let track = Self.track()
                    let first = track.open(0)
                    let bytes = TestTrack.payload(0, 0, size)
                    track.log.objectBegan(first, ObjectHeader(objectID: 0, payloadByteCount: UInt64(size)))
                    for byte in bytes.prefix(kept) { track.log.payloadArrived(first, Payload([byte])) }
                    var other = bytes
                    if changed < size { other[changed] ^= 1 }
                    let second = track.open(0, source: 2)
                    track.log.objectBegan(second, ObjectHeader(objectID: 0, payloadByteCount: UInt64(size)))
                    var at = 0
                    while at < size {
                        track.log.payloadArrived(second, Payload(Array(other[at..<min(at + piece, size)])))
                        at += piece
                    }
                    // The first source goes on: what the second brought is held against it.
                    for byte in bytes.dropFirst(kept) { track.log.payloadArrived(first, Payload([byte])) }
                    #expect(
                        track.log.fault == (changed < size ? .objectDiffers : nil),
                        "byte \(changed), pieces of \(piece), \(kept) there")
                }
            }
        }
    }

    @Test("6: an object that comes again in another subgroup")
    func subgroupDiffers() {
        let track = Self.track()
        track.subgroup(0, 0, ids: [0, 2, 4], finish: false)
        track.subgroup(0, 1, ids: [1, 3, 5], finish: false)
        #expect(track.log.fault == nil)
        track.object(track.open(0, 2, source: 2), 3, TestTrack.payload(0, 3, 10))
        #expect(track.log.fault == .objectDiffers)
    }

    @Test("7: one object by datagram and in a subgroup, either first")
    func forwardingDiffers() {
        let first = Self.track()
        first.subgroup(0, ids: [0, 1], finish: false)
        first.log.datagramArrived(source: 2, datagram(0, 2))
        #expect(first.log.fault == nil)
        first.log.datagramArrived(source: 2, datagram(0, 1))
        #expect(first.log.fault == .forwardingDiffers)
        let second = Self.track()
        second.log.datagramArrived(source: 2, datagram(0, 1))
        second.log.datagramArrived(source: 2, datagram(0, 2))
        second.subgroup(0, ids: [0], finish: false)
        #expect(second.log.fault == nil)
        second.object(second.open(0, source: 2), 1, [1])
        #expect(second.log.fault == .forwardingDiffers)
    }

    @Test("7: a datagram that comes again with another payload or priority, or behind an end")
    func datagrams() {
        func fault(_ datagrams: [ObjectDatagram]) -> TrackFault? {
            let track = Self.track()
            for datagram in datagrams { track.log.datagramArrived(source: 1, datagram) }
            return track.log.fault
        }
        #expect(fault([datagram(0, 0), datagram(0, 1), datagram(0, 0)]) == nil)
        #expect(fault([datagram(0, 0), datagram(0, 0, [2])]) == .objectDiffers)
        #expect(fault([datagram(0, 0), datagram(0, 0, [1, 1])]) == .objectDiffers)
        #expect(fault([datagram(0, 0, priority: 1), datagram(0, 0, priority: 2)]) == .objectDiffers)
        #expect(fault([datagram(0, 0), datagram(0, 0, [], status: .endOfGroup)]) == .objectDiffers)
        #expect(fault([datagram(0, 5, endOfGroup: true), datagram(0, 6)]) == .beyondGroup)
        #expect(fault([datagram(0, 6), datagram(0, 5, [], status: .endOfGroup)]) == .beyondGroup)
        #expect(fault([datagram(0, 5, [], status: .endOfTrack), datagram(1, 0)]) == .beyondTrack)
        #expect(fault([datagram(1, 0), datagram(0, 5, [], status: .endOfTrack)]) == .beyondTrack)
        #expect(fault([datagram(0, 5, endOfGroup: true), datagram(0, 4), datagram(1, 9)]) == nil)
    }

    @Test("it is said once, and nothing is taken afterwards")
    func once() {
        let track = Self.track()
        let handle = track.subgroup(0, ids: [0, 1], finish: false)
        let other = track.open(0, source: 2)
        track.object(other, 0, [1])
        #expect(track.shard.hasMalformedLogs)
        #expect(track.shard.takeMalformed().map(\.fault) == [.objectDiffers])
        track.object(other, 0, [1])
        track.object(handle, 2, [1])
        #expect(track.open(1) == .none)
        track.log.datagramArrived(source: 1, datagram(5, 5))
        #expect(!track.shard.hasMalformedLogs)
        #expect(track.log.largest == Location(group: 0, object: 1))
        track.log.trackEnded(.malformedTrack)
        #expect(track.log.openSubgroupCount == 0)
    }

    @Test("a log that does not look for faults keeps the first copy, as copies on other shards do")
    func copies() {
        let track = TestTrack()
        track.subgroup(0, ids: [0, 1])
        track.object(track.open(0, source: 2), 0, [1])
        #expect(track.log.fault == nil)
        #expect(delivered(track) == [[0, 1]])
    }
}
