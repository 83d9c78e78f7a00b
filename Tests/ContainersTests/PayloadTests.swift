import Testing

@testable import Containers

@Suite("Payload is a 16-byte reference to shared bytes")
struct PayloadTests {
    @Test("its size is 16 bytes")
    func size() { #expect(MemoryLayout<Payload>.size == 16) }

    @Test("no bytes: empty in every way")
    func empty() {
        for payload in [
            Payload(), Payload([]), Payload([1, 2]).slice(from: 2), Payload([1]).slice(from: 0, count: 0),
        ] {
            #expect(payload.isEmpty && payload.count == 0 && payload.bytes == [])
            #expect(payload == Payload())
            #expect(payload.withUnsafeBytes { $0.count } == 0)
        }
        #expect(Payload().unsafeBaseAddress == nil)
    }

    @Test(
        "slices are clamped to what there is",
        arguments: [
            (0, Int.max, [1, 2, 3]), (1, Int.max, [2, 3]), (1, 1, [2]), (-5, 2, [1, 2]), (3, 1, []),
            (9, 9, []),
            (Int.min, Int.max, [1, 2, 3]), (Int.max, Int.max, []), (0, -1, []),
        ] as [(Int, Int, [UInt8])])
    func slices(start: Int, count: Int, expected: [UInt8]) {
        #expect(Payload([1, 2, 3]).slice(from: start, count: count).bytes == expected)
    }

    @Test("a slice of a slice counts from its own start")
    func nested() {
        let slice = Payload([0, 1, 2, 3, 4]).slice(from: 1, count: 3)
        #expect(slice.slice(from: 1).bytes == [2, 3])
        #expect(slice[0] == 1 && slice[2] == 3)
    }

    @Test("neighbours in one slab merge, others do not")
    func merging() throws {
        let whole = Payload([1, 2, 3, 4])
        let (left, right) = (whole.slice(from: 0, count: 2), whole.slice(from: 2))
        #expect(try #require(left.merged(with: right)) == whole)
        #expect(right.merged(with: left) == nil)
        #expect(left.merged(with: left) == nil)
        #expect(left.merged(with: Payload([3, 4])) == nil, "equal bytes elsewhere are no neighbours")
        #expect(Payload().merged(with: left) == nil && left.merged(with: Payload()) == nil)
    }

    @Test("equality is of bytes, not of places")
    func equality() {
        #expect(Payload([1, 2]) == Payload([0, 1, 2]).slice(from: 1))
        #expect(Payload([1, 2]) != Payload([1, 3]))
        #expect(Payload([1, 2]) != Payload([1]))
    }

    @Test("bytes live as long as a payload refers to them")
    func lifetime() {
        weak var slab: Slab?
        var payload: Payload?
        do {
            let own = Slab(capacity: 8)
            own.base.storeBytes(of: 7, as: UInt8.self)
            own.count = 1
            slab = own
            payload = Payload(slab: own, offset: 0, count: 1)
        }
        #expect(slab != nil)
        #expect(payload?.bytes == [7])
        payload = nil
        #expect(slab == nil)
    }
}
