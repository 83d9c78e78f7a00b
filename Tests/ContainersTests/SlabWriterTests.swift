import Testing

@testable import Containers

@Suite("SlabWriter copies once and shares")
struct SlabWriterTests {
    @Test("consecutive copies are neighbours while they fit, and keep their bytes")
    func adjacency() throws {
        var writer = SlabWriter(slabCapacity: 8)
        let parts = [[1, 2, 3], [4, 5], [6, 7, 8], [9]].map { writer.copy($0 as [UInt8]) }
        let first = try #require(parts[0].merged(with: parts[1])?.merged(with: parts[2]))
        #expect(first.bytes == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(parts[2].merged(with: parts[3]) == nil, "a full slab is left behind")
        #expect(parts[3].bytes == [9])
    }

    @Test("exactly the capacity fits; one byte more gets a slab of its own and leaves the current one in use")
    func capacity() throws {
        var writer = SlabWriter(slabCapacity: 4)
        #expect(writer.copy([1, 2, 3, 4]).bytes == [1, 2, 3, 4])
        let before = writer.copy([5])
        let large = writer.copy([1, 2, 3, 4, 5])
        #expect(large.count == 5 && large.bytes == [1, 2, 3, 4, 5])
        let after = writer.copy([6])
        #expect(try #require(before.merged(with: after)).bytes == [5, 6])
    }

    @Test("no bytes cost nothing")
    func empty() {
        var writer = SlabWriter(slabCapacity: 1)
        #expect(writer.copy([]).isEmpty)
        #expect(writer.slab === Slab.full, "the first slab comes with the first byte")
    }

    @Test(
        "the last copy grows in place, while it fits the slab; what others hold of it stays as long as it was"
    )
    func extending() {
        var writer = SlabWriter(slabCapacity: 8)
        var payload = writer.copy([1, 2, 3])
        let before = payload
        let extended = [4, 5].withUnsafeBytes { bytes in
            writer.extend(&payload, with: UnsafeRawBufferPointer(rebasing: bytes.prefix(0)))
        }
        #expect(extended && payload.bytes == [1, 2, 3])
        func extend(_ payload: inout Payload, _ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { writer.extend(&payload, with: $0) }
        }
        #expect(extend(&payload, [4, 5]))
        #expect(payload.bytes == [1, 2, 3, 4, 5] && before.bytes == [1, 2, 3])
        var shorter = before
        #expect(!extend(&shorter, [9]), "not the last copy any more")
        #expect(!extend(&payload, [6, 7, 8, 9]), "one byte too many for the slab")
        #expect(extend(&payload, [6, 7, 8]))
        #expect(payload.bytes == [1, 2, 3, 4, 5, 6, 7, 8] && payload.merged(with: before) == nil)
        var foreign = Payload([1])
        #expect(!extend(&foreign, [2]) && foreign.bytes == [1])
        var empty = Payload()
        #expect(!extend(&empty, [2]) && empty.isEmpty)
    }
}
