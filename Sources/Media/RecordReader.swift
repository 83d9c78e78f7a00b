/// Cuts a byte stream into objects for the framings `lines`, `length` and `raw`; bytes in any portions.
public struct RecordReader: Sendable {
    public let framing: Framing
    /// Larger objects are refused (`lines`, `length`).
    public let maximumByteCount: Int
    /// Bytes per object (`raw`).
    public let chunkByteCount: Int
    private var buffer: [UInt8] = []
    private var position = 0
    /// Where the search for a newline goes on.
    private var scanned = 0
    private var ended = false

    public static let defaultMaximumByteCount = 16 * 1024 * 1024
    public static let defaultChunkByteCount = 16 * 1024

    /// `framing` must not be `fmp4`.
    public init(
        _ framing: Framing, chunkByteCount: Int = RecordReader.defaultChunkByteCount,
        maximumByteCount: Int = RecordReader.defaultMaximumByteCount
    ) {
        precondition(framing != .fmp4 && chunkByteCount > 0 && maximumByteCount > 0)
        self.framing = framing
        self.chunkByteCount = chunkByteCount
        self.maximumByteCount = maximumByteCount
    }

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if position > 0, position * 2 > buffer.count {
            buffer.removeFirst(position)
            scanned -= position
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// No more bytes will come: what is left over may be an object.
    public mutating func finish() { ended = true }

    /// The next object; nil when more bytes are needed or, after `finish`, when there is none.
    ///
    /// `lines` and `length` wait for the object's end; `raw` gives a full chunk, or with `flush` whatever is
    /// there, so that a live pipe is not held back. Throws when an object exceeds the limit or the stream
    /// ends inside one.
    public mutating func next(flush: Bool = false) throws(MediaError) -> [UInt8]? {
        switch framing {
        case .lines: return try nextLine()
        case .length: return try nextPrefixed()
        case .fmp4, .raw:
            let available = buffer.count - position
            guard available >= chunkByteCount || ((flush || ended) && available > 0) else { return nil }
            return take(min(available, chunkByteCount))
        }
    }

    private mutating func nextLine() throws(MediaError) -> [UInt8]? {
        scanned = max(scanned, position)
        while scanned < buffer.count, buffer[scanned] != UInt8(ascii: "\n") { scanned += 1 }
        let count = scanned - position
        if count > maximumByteCount {
            throw MediaError(
                "a line is longer than \(maximumByteCount) bytes; is this text? (try --framing raw)")
        }
        if scanned < buffer.count {
            let line = take(count)
            position += 1
            return line
        }
        return ended && count > 0 ? take(count) : nil
    }

    private mutating func nextPrefixed() throws(MediaError) -> [UInt8]? {
        let available = buffer.count - position
        if available == 0 { return nil }
        guard available >= 4 else {
            if ended { throw MediaError("the input ends inside a 4-byte length") }
            return nil
        }
        let count = buffer[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        if count > maximumByteCount {
            throw MediaError(
                "an object of \(count) bytes exceeds the limit of \(maximumByteCount): is the input framed with 4-byte lengths?"
            )
        }
        guard available - 4 >= count else {
            if ended { throw MediaError("the input ends inside an object of \(count) bytes") }
            return nil
        }
        position += 4
        return take(count)
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let object = Array(buffer[position..<position + count])
        position += count
        return object
    }
}
