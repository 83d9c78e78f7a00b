import RelayCore
import Testing

@Suite("Memory that logs share") struct CacheBudgetTests {
    @Test("while there is room, nobody lets go")
    func room() {
        #expect(CacheBudget(byteCount: 100).level([]) == nil)
        #expect(CacheBudget(byteCount: 100).level([50, 50]) == nil)
    }

    @Test("who keeps most lets go first; who keeps little keeps it all; an eighth is free afterwards")
    func level() throws {
        let sizes = [10, 20, 300, 500]
        let level = try #require(CacheBudget(byteCount: 400).level(sizes))
        #expect(level == 160)
        #expect(sizes.map { min($0, level) }.reduce(0, +) == 350)
    }

    @Test("whatever the sizes, the sum fits", arguments: 1...200)
    func anySizes(seed: Int) {
        var state = UInt64(seed)
        func next(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        let sizes = (0..<(1 + next(40))).map { _ in next(10_000) }
        let budget = next(50_000)
        let level = CacheBudget(byteCount: budget).level(sizes)
        let left = sizes.map { min($0, level ?? .max) }.reduce(0, +)
        #expect(left <= budget)
        #expect((level == nil) == (sizes.reduce(0, +) <= budget))
    }
}
