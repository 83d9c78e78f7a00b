import Glibc
import MOQTModel
import MOQTWire
import Testing

@testable import MOQTSession

@Suite("Request ids (draft-18 section 10.1)") struct RequestNumberingTests {
    @Test("a peer that leaves gaps does not make every request cost a search; old ids stay used")
    func gaps() throws {
        var numbering = RequestNumbering(role: .server, credit: 1)
        let rules = Draft.draft18.rules
        let start = processorSeconds()
        for step in 0..<200_000 as Range<UInt64> {
            try numbering.received(RequestID(4 * step + 2), rules: rules)
        }
        let seconds = processorSeconds() - start
        #expect(throws: SessionFailure.self) { try numbering.received(RequestID(2), rules: rules) }
        #expect(throws: SessionFailure.self) {
            try numbering.received(RequestID(4 * 199_999 + 2), rules: rules)
        }
        try numbering.received(RequestID(4 * 200_000 + 4), rules: rules)
        #expect(seconds < 20)
    }
}

/// Seconds of the processor that this thread has used: a busy machine does not count.
private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
