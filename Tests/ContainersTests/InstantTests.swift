import Testing

@testable import Containers

@Suite("Instant saturates, it never wraps")
struct InstantTests {
    @Test("advancing by milliseconds and nanoseconds")
    func advancing() {
        let start = Instant(nanoseconds: 5)
        #expect(start.advanced(byMilliseconds: 2).nanoseconds == 2_000_005)
        #expect(start.advanced(byNanoseconds: 2).nanoseconds == 7)
        #expect(start.advanced(byMilliseconds: 0) == start)
    }

    @Test("whatever a peer says, the sum ends at distantFuture")
    func saturation() {
        #expect(Instant.zero.advanced(byMilliseconds: .max) == .distantFuture)
        #expect(Instant.zero.advanced(byMilliseconds: UInt64.max / 1_000_000 + 1) == .distantFuture)
        #expect(Instant(nanoseconds: .max - 1).advanced(byNanoseconds: 2) == .distantFuture)
        #expect(Instant(nanoseconds: .max - 1).advanced(byNanoseconds: 1) == .distantFuture)
        #expect(Instant.distantFuture.advanced(byMilliseconds: 1) == .distantFuture)
    }

    @Test("time since a later moment is zero")
    func since() {
        let (early, late) = (Instant(nanoseconds: 1_000_000), Instant(nanoseconds: 3_999_999))
        #expect(late.milliseconds(since: early) == 2)
        #expect(early.milliseconds(since: late) == 0)
        #expect(early.milliseconds(since: early) == 0)
        #expect(early < late && late < .distantFuture && .zero < early)
    }
}
