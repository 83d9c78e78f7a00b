import MOQTModel
import Testing

@testable import MOQTSession

@Suite("Requests of one name, in order of arrival") struct RequestIDsTests {
    @Test("they keep their order, whichever leaves, and say when the last has left")
    func order() {
        var ids = RequestIDs(RequestID(0))
        ids.append(RequestID(2))
        ids.append(RequestID(4))
        #expect(ids.map(\.value) == [0, 2, 4])
        let steps: [(leaves: UInt64, left: [UInt64])] = [(0, [2, 4]), (6, [2, 4]), (4, [2])]
        for step in steps {
            let goesOn = ids.remove(RequestID(step.leaves))
            #expect(goesOn && ids.map(\.value) == step.left, "\(step)")
        }
        let goesOn = ids.remove(RequestID(2))
        #expect(!goesOn)
    }
}
