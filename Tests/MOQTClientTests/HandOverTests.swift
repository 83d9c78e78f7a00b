import MOQTClient
import MOQTModel
import Testing

@Suite struct HandOverTests {
    private func object(_ group: UInt64, _ id: UInt64) -> ReceivedObject {
        ReceivedObject(location: Location(group: group, object: id))
    }

    private func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    /// `g.o` for objects, words for the rest.
    private func text(_ outputs: [HandOver.Output]) -> String {
        outputs.map { output in
            switch output {
            case .object(let object): "\(object.location.group).\(object.location.object)"
            case .gap(let from, let to): "gap(\(from.group).\(from.object)-\(to.group).\(to.object))"
            case .leave(let leg): "leave\(leg)"
            case .ended: "ended"
            }
        }.joined(separator: " ")
    }

    @Test func theNextFilterBeginsBehindWhatWasSeen() {
        var resume = ResumePoint()
        #expect(resume.filter(insteadOf: .nextObject) == .nextObject)
        let admitted = [at(3, 4), at(3, 4), at(2, 9)].map { resume.admit($0) }
        #expect(admitted == [true, false, false])
        #expect(resume.filter(insteadOf: .nextObject) == .from(at(3, 5)))
        #expect(
            resume.filter(insteadOf: .range(start: .zero, endGroup: 9, endObject: 1))
                == .range(start: at(3, 5), endGroup: 9, endObject: 1))
        _ = resume.admit(at(3, .max))
        #expect(resume.next == at(4, 0))
        _ = resume.admit(at(.max, .max))
        #expect(resume.next == at(.max, .max))
    }

    @Test func theNewLegTakesOverWhereItHasReachedTheOldOne() {
        var handOver = HandOver()
        #expect(handOver.begin(1).isEmpty)
        #expect(text(handOver.received(object(0, 0), on: 1)) == "0.0")
        #expect(handOver.begin(2).isEmpty)
        // It begins ahead of the old one, which goes on.
        #expect(text(handOver.received(object(0, 3), on: 2)) == "")
        #expect(text(handOver.received(object(0, 1), on: 1)) == "0.1")
        #expect(text(handOver.received(object(0, 4), on: 2)) == "")
        #expect(text(handOver.received(object(0, 2), on: 1)) == "0.2 leave1 0.3 0.4")
        #expect(text(handOver.received(object(0, 3), on: 1)) == "")
        #expect(text(handOver.received(object(1, 0), on: 2)) == "1.0")
        #expect(text(handOver.ended(2, withTrack: true)) == "ended")
    }

    @Test func aNewLegThatBeginsInThePastTakesOverAtOnceAndRepeatsNothing() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.received(object(5, 0), on: 1)
        _ = handOver.received(object(5, 1), on: 1)
        _ = handOver.begin(2)
        #expect(text(handOver.received(object(5, 0), on: 2)) == "leave1")
        #expect(text(handOver.received(object(5, 1), on: 2)) == "")
        #expect(text(handOver.received(object(5, 2), on: 2)) == "5.2")
        #expect(handOver.duplicateCount == 2)
    }

    @Test func theEndOfTheOldLegLetsTheNewOneThrough() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.received(object(0, 0), on: 1)
        _ = handOver.begin(2)
        #expect(text(handOver.received(object(1, 0), on: 2)) == "")
        // A group ended: whether 0.1 exists nobody knows, and nobody said that it does.
        #expect(text(handOver.ended(1, withTrack: false)) == "1.0")

        var lossy = HandOver()
        _ = lossy.begin(1)
        _ = lossy.received(object(0, 0), on: 1)
        _ = lossy.begin(2)
        _ = lossy.received(object(0, 5), on: 2)
        #expect(text(lossy.ended(1, withTrack: false)) == "gap(0.1-0.5) 0.5")
    }

    @Test func afterALossTheFirstObjectShowsWhatIsMissing() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.received(object(0, 0), on: 1)
        #expect(handOver.ended(1, withTrack: false).isEmpty)
        _ = handOver.begin(2)
        #expect(text(handOver.received(object(2, 1), on: 2)) == "gap(0.1-2.1) 2.1")
        #expect(text(handOver.received(object(2, 2), on: 2)) == "2.2")
    }

    @Test func theEndOfTheTrackOnTheNewLegWaitsForTheOldOne() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.received(object(0, 0), on: 1)
        _ = handOver.begin(2)
        _ = handOver.received(object(0, 2), on: 2)
        #expect(text(handOver.ended(2, withTrack: true)) == "")
        #expect(text(handOver.received(object(0, 1), on: 1)) == "0.1 leave1 0.2 ended")
        #expect(text(handOver.received(object(9, 9), on: 1)) == "")
    }

    @Test func theEndOfTheTrackOnTheOldLegEndsBoth() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.received(object(0, 0), on: 1)
        _ = handOver.begin(2)
        #expect(text(handOver.ended(1, withTrack: true)) == "leave2 ended")
    }

    @Test func aThirdLegReplacesTheSecond() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.begin(2)
        _ = handOver.received(object(0, 0), on: 1)
        _ = handOver.received(object(0, 2), on: 2)
        #expect(text(handOver.begin(3)) == "leave2")
        #expect(handOver.heldByteCount == 0)
        #expect(text(handOver.received(object(0, 1), on: 3)) == "leave1 0.1")
    }

    @Test func aGapOfTheOldLegIsFilledByTheNewOne() {
        var handOver = HandOver()
        _ = handOver.begin(1)
        _ = handOver.received(object(0, 0), on: 1)
        _ = handOver.begin(2)
        _ = handOver.received(object(0, 2), on: 2)
        _ = handOver.received(object(0, 3), on: 2)
        #expect(text(handOver.gap(from: at(0, 1), to: at(0, 4), on: 1)) == "gap(0.1-0.2) 0.2 0.3")
        #expect(text(handOver.received(object(0, 4), on: 1)) == "0.4")
    }

    @Test func whatIsHeldHasALimit() {
        var handOver = HandOver(maximumByteCount: 1000)
        _ = handOver.begin(1)
        _ = handOver.received(object(0, 0), on: 1)
        _ = handOver.begin(2)
        var outputs: [HandOver.Output] = []
        for id: UInt64 in 5..<40 { outputs += handOver.received(object(0, id), on: 2) }
        #expect(text(outputs).hasPrefix("leave1 gap(0.1-0.5) 0.5 0.6"))
        #expect(handOver.heldByteCount == 0)
    }

    @Test("Whatever the timing, each object comes once and in order", arguments: 0..<200 as Range<UInt64>)
    func randomTiming(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ limit: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % limit
        }
        let track = (0..<60 as Range<UInt64>).map { object($0 / 7, $0 % 7) }
        var handOver = HandOver()
        var seen: [Location] = []
        var hasEnded = false
        var cancelled: Set<Int> = []
        func take(_ outputs: [HandOver.Output]) {
            for output in outputs {
                switch output {
                case .object(let object): seen.append(object.location)
                case .gap(let from, let to): Issue.record("gap \(from) \(to), seed \(seed)")
                case .leave(let leg): cancelled.insert(leg)
                case .ended: hasEnded = true
                }
            }
        }
        take(handOver.begin(1))
        var positions = [1: 0]
        var legs = 1
        while !hasEnded {
            if legs < 4, random(12) == 0, let next = handOver.resume.next {
                legs += 1
                // A relay has the track from somewhere between what was asked for and what is published next.
                let first = track.firstIndex { $0.location >= next } ?? track.count
                let live = positions.values.max() ?? 0
                positions[legs] = min(first + Int(random(UInt64(max(1, live - first + 1)))), live)
                take(handOver.begin(legs))
            }
            let open = positions.keys.filter { !cancelled.contains($0) }.sorted()
            guard !open.isEmpty else { break }
            let leg = open[Int(random(UInt64(open.count)))]
            let position = positions[leg] ?? 0
            if position == track.count {
                cancelled.insert(leg)
                take(handOver.ended(leg, withTrack: true))
            } else {
                positions[leg] = position + 1
                take(handOver.received(track[position], on: leg))
            }
        }
        #expect(hasEnded, "seed \(seed)")
        #expect(seen == track.map(\.location), "seed \(seed)")
    }
}
