import Containers
import Testing

@Suite("RingBuffer") struct RingBufferTests {
    @Test("Elements come out in the order in which they went in, across growth and wrap-around")
    func order() {
        var ring = RingBuffer<Int>()
        var expected: [Int] = []
        var next = 0
        for round in 0..<200 {
            for _ in 0..<(round % 7 + 1) {
                ring.append(next)
                expected.append(next)
                next += 1
            }
            for _ in 0..<(round % 5 + 1) where !expected.isEmpty {
                #expect(ring.popFirst() == expected.removeFirst())
            }
            #expect(ring.count == expected.count)
            #expect(ring.first == expected.first && ring.last == expected.last)
        }
        for index in expected.indices { #expect(ring[index] == expected[index]) }
        while let last = expected.popLast() { #expect(ring.popLast() == last) }
        #expect(ring.isEmpty && ring.popFirst() == nil && ring.popLast() == nil)
    }

    @Test("Elements are released when they leave and when the ring goes")
    func release() {
        final class Counted {}
        weak var first: Counted?
        weak var second: Counted?
        do {
            var ring = RingBuffer<Counted>()
            let one = Counted()
            let two = Counted()
            first = one
            second = two
            ring.append(one)
            ring.append(two)
            _ = ring.popFirst()
        }
        #expect(first == nil && second == nil)
    }

    @Test("A ring without a block takes elements, gives its block back, and takes more")
    func blocks() {
        var ring = RingBuffer<Int>()
        let nothing = ring.popFirst()
        #expect(nothing == nil)
        for round in 0..<3 {
            for value in 0..<9 { ring.append(round * 10 + value) }
            let first = ring.popFirst()
            #expect(first == round * 10)
            ring.release()
            let (count, last) = (ring.count, ring.popLast())
            #expect(count == 0 && last == nil)
            ring.release()
        }
    }
}
