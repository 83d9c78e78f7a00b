import Containers
import MOQTClient
import MOQTModel
import Testing

@Suite struct ObjectSequencerTests {
    static func object(_ group: UInt64, _ object: UInt64, _ status: ObjectStatus = .normal) -> ReceivedObject
    {
        ReceivedObject(
            location: Location(group: group, object: object), subgroup: 0, status: status,
            payload: status == .normal ? [Payload([UInt8(truncatingIfNeeded: object)])] : [])
    }

    static func milliseconds(_ count: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: count) }

    /// Everything that comes out now: objects as `(group, object)`, gaps as text.
    static func drain(_ sequencer: inout ObjectSequencer, at now: UInt64) -> [String] {
        var result: [String] = []
        while let output = sequencer.next(now: milliseconds(now)) {
            switch output {
            case .object(let object): result.append("\(object.location.group).\(object.location.object)")
            case .gap(let from, let to):
                result.append("gap \(from.group).\(from.object)-\(to.group).\(to.object)")
            }
        }
        return result
    }

    /// Feeds one whole stream.
    static func stream(
        _ sequencer: inout ObjectSequencer, _ id: UInt64, group: UInt64, _ ids: [UInt64],
        endsGroup: Bool = true
    ) {
        sequencer.streamBegan(id, group: group)
        for id_ in ids { sequencer.objectReceived(object(group, id_), stream: id) }
        sequencer.streamEnded(id, group: group, endsGroup: endsGroup)
    }

    @Test func objectsOfOneStreamPassAtOnce() {
        var sequencer = ObjectSequencer()
        sequencer.streamBegan(1, group: 0)
        for id in 0..<3 {
            sequencer.objectReceived(Self.object(0, UInt64(id)), stream: 1)
            #expect(Self.drain(&sequencer, at: 0) == ["0.\(id)"])
        }
    }

    @Test func groupsThatOvertakeEachOtherAreReordered() {
        var sequencer = ObjectSequencer()
        sequencer.streamBegan(1, group: 0)
        sequencer.objectReceived(Self.object(0, 0), stream: 1)
        Self.stream(&sequencer, 3, group: 2, [0, 1])
        Self.stream(&sequencer, 2, group: 1, [0])
        #expect(Self.drain(&sequencer, at: 0) == ["0.0"])
        sequencer.objectReceived(Self.object(0, 1), stream: 1)
        sequencer.streamEnded(1, group: 0, endsGroup: true)
        #expect(Self.drain(&sequencer, at: 0) == ["0.1", "1.0", "2.0", "2.1"])
        #expect(sequencer.storedByteCount == 0)
    }

    @Test func subgroupsOfAGroupAreMerged() {
        var sequencer = ObjectSequencer()
        sequencer.streamBegan(1, group: 0)
        sequencer.streamBegan(2, group: 0)
        sequencer.objectReceived(Self.object(0, 1), stream: 2)
        sequencer.objectReceived(Self.object(0, 0), stream: 1)
        sequencer.objectReceived(Self.object(0, 3), stream: 2)
        #expect(Self.drain(&sequencer, at: 0) == ["0.0", "0.1"])
        sequencer.objectReceived(Self.object(0, 2), stream: 1)
        #expect(Self.drain(&sequencer, at: 0) == ["0.2", "0.3"])
    }

    @Test func aMissingGroupIsGivenUpAfterPatience() {
        var sequencer = ObjectSequencer(patienceMilliseconds: 500)
        Self.stream(&sequencer, 1, group: 0, [0])
        Self.stream(&sequencer, 3, group: 2, [0])
        #expect(Self.drain(&sequencer, at: 100) == ["0.0"])
        #expect(sequencer.deadline == Self.milliseconds(600))
        #expect(Self.drain(&sequencer, at: 599).isEmpty)
        #expect(Self.drain(&sequencer, at: 600) == ["gap 1.0-2.0", "2.0"])
        Self.stream(&sequencer, 2, group: 1, [0])
        #expect(Self.drain(&sequencer, at: 601).isEmpty)
        #expect(sequencer.lateCount == 1)
    }

    @Test func aTruncatedGroupLeavesAGap() {
        var sequencer = ObjectSequencer(patienceMilliseconds: 500)
        sequencer.streamBegan(1, group: 0)
        sequencer.objectReceived(Self.object(0, 0), stream: 1)
        Self.stream(&sequencer, 2, group: 1, [0])
        #expect(Self.drain(&sequencer, at: 0) == ["0.0"])
        #expect(Self.drain(&sequencer, at: 500) == ["gap 0.1-1.0", "1.0"])
    }

    @Test func withoutAnEndMarkTheNextGroupFollowsTheEndOfTheStream() {
        var sequencer = ObjectSequencer()
        Self.stream(&sequencer, 1, group: 0, [0, 1], endsGroup: false)
        Self.stream(&sequencer, 2, group: 1, [0], endsGroup: false)
        #expect(Self.drain(&sequencer, at: 0) == ["0.0", "0.1", "1.0"])
    }

    @Test("What a reset cut off is a gap, though the next group follows; what came on another stream is not")
    func aResetLeavesAGap() {
        var sequencer = ObjectSequencer()
        for (id, group) in [(UInt64(1), UInt64(0)), (3, 2)] {
            sequencer.streamBegan(id, group: group)
            sequencer.objectReceived(Self.object(group, 0), stream: id)
            sequencer.streamEnded(id, group: group, endsGroup: false, wasReset: true)
        }
        // Group 2 goes on elsewhere.
        Self.stream(&sequencer, 4, group: 2, [1, 2], endsGroup: false)
        Self.stream(&sequencer, 2, group: 1, [0], endsGroup: false)
        Self.stream(&sequencer, 5, group: 3, [0], endsGroup: false)
        #expect(
            Self.drain(&sequencer, at: 0) == ["0.0", "gap 0.1-1.0", "1.0", "2.0", "2.1", "2.2", "3.0"])
    }

    @Test func holesInTheNumberingAreWaitedForOnce() {
        var sequencer = ObjectSequencer(patienceMilliseconds: 100)
        Self.stream(&sequencer, 1, group: 1000, [0], endsGroup: false)
        Self.stream(&sequencer, 2, group: 3000, [0], endsGroup: false)
        #expect(Self.drain(&sequencer, at: 0).isEmpty)
        #expect(Self.drain(&sequencer, at: 100) == ["1000.0"])
        #expect(Self.drain(&sequencer, at: 200) == ["gap 1000.1-3000.0", "3000.0"])
        Self.stream(&sequencer, 3, group: 5000, [0], endsGroup: false)
        #expect(Self.drain(&sequencer, at: 201) == ["5000.0"])
    }

    @Test func aLateJoinerStartsBehindTheLargestObject() {
        var sequencer = ObjectSequencer()
        sequencer.startExpected(at: Location(group: 7, object: 3))
        sequencer.streamBegan(1, group: 7)
        sequencer.objectReceived(Self.object(7, 3), stream: 1)
        #expect(Self.drain(&sequencer, at: 0) == ["7.3"])
    }

    @Test func statusObjectsEndGroupsAndAreNotHandedOut() {
        var sequencer = ObjectSequencer()
        sequencer.streamBegan(1, group: 0)
        sequencer.objectReceived(Self.object(0, 0), stream: 1)
        sequencer.objectReceived(Self.object(0, 1, .endOfGroup), stream: 1)
        sequencer.streamBegan(2, group: 1)
        sequencer.objectReceived(Self.object(1, 0), stream: 2)
        #expect(Self.drain(&sequencer, at: 0) == ["0.0", "1.0"])
    }

    @Test func finishingFlushesInOrder() {
        var sequencer = ObjectSequencer()
        sequencer.objectReceived(Self.object(9, 1), stream: nil)
        sequencer.objectReceived(Self.object(8, 0), stream: nil)
        #expect(Self.drain(&sequencer, at: 0).isEmpty)
        sequencer.finish()
        #expect(Self.drain(&sequencer, at: 0) == ["8.0", "gap 8.1-9.1", "9.1"])
    }

    @Test func aLostDatagramIsNotWaitedForLong() {
        var sequencer = ObjectSequencer(patienceMilliseconds: 30_000)
        sequencer.objectReceived(Self.object(0, 0), stream: nil)
        sequencer.objectReceived(Self.object(0, 2), stream: nil, endsGroup: true)
        sequencer.objectReceived(Self.object(1, 0), stream: nil)
        #expect(Self.drain(&sequencer, at: 0) == ["0.0"])
        #expect(Self.drain(&sequencer, at: 200) == ["gap 0.1-0.2", "0.2", "1.0"])
    }

    @Test func memoryIsBounded() {
        var sequencer = ObjectSequencer(patienceMilliseconds: 1_000_000, maximumByteCount: 100)
        Self.stream(&sequencer, 1, group: 0, [0])
        for group: UInt64 in 2..<300 {
            Self.stream(&sequencer, group, group: group, [0])
            _ = Self.drain(&sequencer, at: 0)
            #expect(sequencer.storedByteCount <= 101)
        }
    }

    @Test func extremeNumbersDoNotTrap() {
        var sequencer = ObjectSequencer()
        Self.stream(&sequencer, 1, group: .max, [.max])
        Self.stream(&sequencer, 2, group: .max - 1, [.max, 0])
        sequencer.finish()
        #expect(!Self.drain(&sequencer, at: 0).isEmpty)
    }

    @Test("Any arrival order of whole streams gives the track's order", arguments: 0..<40)
    func anyOrder(seed: UInt64) {
        var generator = SplitMix(state: seed)
        var sequencer = ObjectSequencer(patienceMilliseconds: 60_000)
        let groups: [UInt64] = (0..<8).map { $0 }.shuffled(using: &generator)
        var result: [String] = []
        for group in groups {
            let ids = (0..<UInt64.random(in: 1...5, using: &generator)).map { $0 }
            Self.stream(&sequencer, group, group: group, ids)
            result += Self.drain(&sequencer, at: 0)
        }
        sequencer.finish()
        result += Self.drain(&sequencer, at: 0)
        #expect(!result.contains { $0.hasPrefix("gap") }, "seed \(seed)")
        #expect(
            result.map { $0.split(separator: ".")[0] } == result.map { $0.split(separator: ".")[0] }.sorted())
        #expect(sequencer.lateCount == 0)
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
