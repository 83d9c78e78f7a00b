import MOQTModel
import Testing

@Suite("Locations are ordered by group, then by object (draft-18 section 1.4.1)")
struct LocationTests {
    @Test("the group decides, then the object")
    func order() {
        let sorted = [
            Location.zero, Location(group: 0, object: 1), Location(group: 0, object: .max),
            Location(group: 1, object: 0), Location(group: .max, object: 0),
            Location(group: .max, object: .max),
        ]
        for (low, a) in sorted.enumerated() {
            for (high, b) in sorted.enumerated() {
                #expect((a < b) == (low < high))
                #expect((a == b) == (low == high))
            }
        }
    }

    @Test("request ids are ordered by number")
    func requestIDs() { #expect(RequestID(2) < RequestID(3) && !(RequestID(3) < RequestID(3))) }
}
