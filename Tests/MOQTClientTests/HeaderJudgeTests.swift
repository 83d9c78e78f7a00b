import MOQTModel
import Testing

@testable import MOQTClient

@Suite("A subscriber finds a malformed track by its headers (draft-19 section 2.4.2)")
struct HeaderJudgeTests {
    private func fault(_ objects: [(UInt64, UInt64, ObjectStatus)]) -> String? {
        var judge = HeaderJudge()
        for (group, object, status) in objects {
            if let fault = judge.objectBegan(Location(group: group, object: object), status) { return fault }
        }
        return nil
    }

    @Test("one subgroup, two named priorities")
    func priorities() {
        var judge = HeaderJudge()
        #expect(judge.streamBegan(0, of: 0, priority: 1) == nil)
        #expect(judge.streamBegan(0, of: 0, priority: nil) == nil)
        #expect(judge.streamBegan(1, of: 0, priority: 2) == nil)
        #expect(judge.streamBegan(0, of: 1, priority: 2) == nil)
        #expect(judge.streamBegan(0, of: 0, priority: 2) != nil)
    }

    @Test("an object behind the end of its group or of the track, in any order")
    func ends() {
        #expect(fault([(0, 5, .endOfGroup), (0, 6, .normal)]) != nil)
        #expect(fault([(0, 6, .normal), (0, 5, .endOfGroup)]) != nil)
        #expect(fault([(1, 5, .endOfTrack), (1, 6, .normal)]) != nil)
        #expect(fault([(2, 0, .normal), (1, 5, .endOfTrack)]) != nil)
    }

    @Test("ends that are said twice, or in a group of their own, are no fault")
    func legal() {
        #expect(fault([(0, 5, .normal), (0, 6, .endOfGroup), (1, 0, .normal), (2, 0, .endOfTrack)]) == nil)
        #expect(fault([(2, 0, .endOfTrack), (1, 1, .endOfTrack), (1, 0, .normal), (0, 9, .normal)]) == nil)
        #expect(fault([(0, 5, .endOfGroup), (0, 6, .endOfTrack), (0, 4, .normal)]) == nil)
    }

    @Test("what it remembers is bounded")
    func bounds() {
        var judge = HeaderJudge()
        for group in 0..<1_000 as Range<UInt64> {
            #expect(judge.streamBegan(0, of: group, priority: 1) == nil)
            #expect(judge.objectBegan(Location(group: group, object: 0), .endOfGroup) == nil)
        }
        #expect(judge.streamBegan(0, of: 0, priority: 2) == nil, "long forgotten")
        #expect(judge.streamBegan(0, of: 999, priority: 2) != nil)
    }
}
