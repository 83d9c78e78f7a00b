import Containers
import Testing

@testable import RelayCore

@Suite("KeyedDeadlines")
struct KeyedDeadlinesTests {
    @Test("keys expire in the order of their deadlines, each once, replaced ones at the new time")
    func order() {
        var heap = KeyedDeadlines<String>()
        heap.set("late", at: Instant(nanoseconds: 30))
        heap.set("early", at: Instant(nanoseconds: 10))
        heap.set("moved", at: Instant(nanoseconds: 5))
        heap.set("moved", at: Instant(nanoseconds: 20))
        heap.set("gone", at: Instant(nanoseconds: 1))
        heap.remove("gone")
        #expect(heap.earliest == Instant(nanoseconds: 10) && heap.count == 3)
        #expect(heap.popExpired(now: Instant(nanoseconds: 9)) == nil)
        var order: [String] = []
        while let key = heap.popExpired(now: Instant(nanoseconds: 30)) { order.append(key) }
        #expect(order == ["early", "moved", "late"])
        #expect(heap.earliest == nil && !heap.contains("late"))
    }

    @Test("a random walk agrees with sorting", arguments: 1...10 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var dice = SplitMix(state: seed)
        var heap = KeyedDeadlines<Int>()
        var model: [Int: UInt64] = [:]
        for _ in 0..<500 {
            let key = dice.below(60)
            if dice.below(3) == 0 {
                heap.remove(key)
                model[key] = nil
            } else {
                // Distinct deadlines, so that the order is the model's.
                let deadline = UInt64(dice.below(1_000)) * 100 + UInt64(key)
                heap.set(key, at: Instant(nanoseconds: deadline))
                model[key] = deadline
            }
            #expect(heap.earliest?.nanoseconds == model.values.min(), "seed \(seed)")
        }
        var popped: [Int] = []
        while let key = heap.popExpired(now: .distantFuture) { popped.append(key) }
        #expect(popped == model.sorted { $0.value < $1.value }.map(\.key), "seed \(seed)")
    }
}
