import Media
import Testing

@Suite struct RecordReaderTests {
    private func records(
        _ framing: Framing, _ input: [UInt8], portion: Int, chunk: Int = 5, limit: Int = 1000
    ) throws -> [[UInt8]] {
        var reader = RecordReader(framing, chunkByteCount: chunk, maximumByteCount: limit)
        var result: [[UInt8]] = []
        var offset = 0
        while offset < input.count {
            reader.append(input[offset..<min(offset + portion, input.count)])
            offset += portion
            while let record = try reader.next() { result.append(record) }
        }
        reader.finish()
        while let record = try reader.next() { result.append(record) }
        return result
    }

    @Test(arguments: [1, 2, 3, 100])
    func linesAreObjectsAndTheLastNeedsNoNewline(portion: Int) throws {
        let lines = try records(.lines, Array("one\n\nthree\nfour".utf8), portion: portion)
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "", "three", "four"])
    }

    @Test(arguments: [1, 3, 100])
    func lengthPrefixedObjectsMayBeEmpty(portion: Int) throws {
        let input =
            Framing.length.encoded([7, 8, 9]) + Framing.length.encoded([]) + Framing.length.encoded([1])
        #expect(input.prefix(4).elementsEqual([0, 0, 0, 3]))
        #expect(try records(.length, input, portion: portion) == [[7, 8, 9], [], [1]])
    }

    @Test(arguments: [1, 4, 5, 6, 100], [0, 4, 5, 6, 23])
    func rawGivesBackTheSameBytes(portion: Int, count: Int) throws {
        let input = (0..<count).map { UInt8($0) }
        let chunks = try records(.raw, input, portion: portion)
        #expect(chunks.flatMap { Framing.raw.encoded($0) } == input)
        #expect(chunks.allSatisfy { $0.count <= 5 })
    }

    @Test func aLivePipeIsNotHeldBack() throws {
        var reader = RecordReader(.raw, chunkByteCount: 100)
        reader.append([1, 2, 3])
        #expect(try reader.next() == nil)
        #expect(try reader.next(flush: true) == [1, 2, 3])
        #expect(try reader.next(flush: true) == nil)
    }

    @Test func hostileLengthsAreRefused() {
        #expect(throws: MediaError.self) { try records(.length, [0xFF, 0xFF, 0xFF, 0xFF], portion: 4) }
        #expect(throws: MediaError.self) { try records(.length, [0, 0, 0, 9, 1], portion: 5) }
        #expect(throws: MediaError.self) { try records(.length, [0, 0], portion: 2) }
        #expect(throws: MediaError.self) {
            try records(.lines, Array(repeating: 65, count: 50), portion: 50, limit: 49)
        }
    }
}
