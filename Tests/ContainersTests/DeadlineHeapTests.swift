import Testing

@testable import Containers

@Suite("DeadlineHeap")
struct DeadlineHeapTests {
    @Test("slots expire in the order of their deadlines, each once")
    func order() {
        var heap = DeadlineHeap()
        for (slot, deadline) in [(3, 30), (0, 10), (7, 20), (1, 5)] as [(Int, UInt64)] {
            heap.set(slot, to: Instant(nanoseconds: deadline))
        }
        heap.set(3, to: Instant(nanoseconds: 1))
        heap.remove(1)
        heap.remove(99)
        #expect(heap.count == 3 && heap.earliest.nanoseconds == 1)
        #expect(heap.deadline(of: 7)?.nanoseconds == 20 && heap.deadline(of: 1) == nil)
        #expect(heap.popExpired(.zero) == nil)
        var order: [Int] = []
        while let slot = heap.popExpired(Instant(nanoseconds: 20)) { order.append(slot) }
        #expect(order == [3, 0, 7])
        #expect(heap.isEmpty && heap.earliest == .distantFuture)
    }

    @Test("a random walk agrees with sorting", arguments: 1...10 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var state = seed
        func roll(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var heap = DeadlineHeap()
        var model: [Int: UInt64] = [:]
        for _ in 0..<500 {
            let slot = Int(roll(50))
            if roll(3) == 0 {
                heap.remove(slot)
                model[slot] = nil
            } else {
                let deadline = roll(1_000) * 100 + UInt64(slot)
                heap.set(slot, to: Instant(nanoseconds: deadline))
                model[slot] = deadline
            }
            #expect(heap.earliest.nanoseconds == model.values.min() ?? .max, "seed \(seed)")
        }
        var popped: [Int] = []
        while let slot = heap.popExpired(.distantFuture) { popped.append(slot) }
        #expect(popped == model.sorted { $0.value < $1.value }.map(\.key), "seed \(seed)")
    }
}
