import Testing

@testable import Containers

@Suite("Slabs that are kept") struct SlabThriftTests {
    private func bytes(_ count: Int, _ value: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: value), count: count)
    }

    /// The memory that payloads keep alive.
    private func keptByteCount(_ payloads: [Payload]) -> Int {
        var slabs: [ObjectIdentifier: Int] = [:]
        for payload in payloads {
            if let slab = payload.slab { slabs[ObjectIdentifier(slab)] = slab.capacity }
        }
        return slabs.values.reduce(0, +)
    }

    @Test("a little of every slab is copied out of it")
    func sparse() {
        var receiver = SlabWriter()
        var thrift = SlabThrift()
        var kept: [Payload] = []
        for index in 0..<500 {
            kept.append(thrift.adopt(receiver.copy(bytes(100, index))))
            // What others get.
            for _ in 0..<200 { _ = receiver.copy(bytes(1_300, 0)) }
        }
        #expect(kept.enumerated().allSatisfy { $1.bytes == bytes(100, $0) })
        #expect(keptByteCount(kept) < 200_000)
    }

    @Test("who uses most of its slabs keeps them: nothing is copied")
    func dense() {
        var receiver = SlabWriter()
        var thrift = SlabThrift()
        var copies = 0
        for index in 0..<2_000 {
            let payload = receiver.copy(bytes(1_300, index))
            let kept = thrift.adopt(payload)
            #expect(kept == payload)
            if kept.slab !== payload.slab { copies += 1 }
        }
        // Of the first slab, before it is known.
        #expect(copies <= SlabWriter.defaultSlabCapacity / 1_300 + 1)
    }

    @Test("copies that follow each other join")
    func copiesJoin() throws {
        var receiver = SlabWriter()
        var thrift = SlabThrift()
        let first = thrift.adopt(receiver.copy(bytes(10, 1)))
        _ = receiver.copy(bytes(10, 9))
        let second = thrift.adopt(receiver.copy(bytes(10, 2)))
        #expect(try #require(first.merged(with: second)).bytes == bytes(10, 1) + bytes(10, 2))
        #expect(thrift.adopt(Payload()).isEmpty)
    }
}
