import Containers
import Testing

@Suite("StreamTable") struct StreamTableTests {
    @Test("It behaves like a dictionary under random insertions and removals")
    func model() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("stream table seed \(seed)")
        var state = seed
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var table = StreamTable<Int>()
        var model: [StreamID: Int] = [:]
        for step in 0..<20_000 {
            let stream = StreamID(random(600) * (random(3) == 0 ? 4 : 1))
            if random(5) < 3 {
                table.insert(step, for: stream)
                model[stream] = step
            } else {
                #expect(table.remove(stream) == model.removeValue(forKey: stream))
            }
            #expect(table.count == model.count)
            let probe = StreamID(random(2400))
            #expect(table[probe] == model[probe])
        }
        var seen: [StreamID: Int] = [:]
        table.forEach { seen[$0] = $1 }
        #expect(seen == model)
    }

    @Test("A long-lived stream among a million short ones costs no memory")
    func sliding() {
        var table = StreamTable<Int>()
        table.insert(-1, for: StreamID(0))
        for number in 1..<100_000 {
            table.insert(number, for: StreamID(UInt64(number) * 4))
            if number > 8 { table.remove(StreamID(UInt64(number - 8) * 4)) }
        }
        #expect(table[StreamID(0)] == -1)
        #expect(table.count == 9)
    }
}
