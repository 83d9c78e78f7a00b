import Containers

/// Cuts the bytes of a control or request stream into messages; remembers an unfinished one.
///
/// Take every frame out with `next` after each `append`: then it holds at most one unfinished message
/// (65535 bytes and its header) and whatever one `append` brought.
public struct ControlFrameReader: Sendable {
    private var buffer: [UInt8] = []
    /// One `append` brings less than 2 GiB.
    private var taken: Int32 = 0
    private let varint: VarintKind
    private var start: Int {
        get { Int(taken) }
        set { taken = Int32(newValue) }
    }

    public init(_ rules: DraftRules) { varint = rules.varint }

    /// Bytes that no frame has taken.
    public var bufferedByteCount: Int { buffer.count - start }
    /// True between two messages: where a stream may end.
    public var isBetweenFrames: Bool { bufferedByteCount == 0 }

    public mutating func append(_ bytes: Payload) {
        bytes.withUnsafeBytes { append($0) }
    }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start > 0 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message; nil while it is unfinished.
    public mutating func next() throws(WireError) -> ControlFrame? {
        guard start < buffer.count else { return nil }
        let from = start
        let kind = varint
        let found = try buffer.withBytes { (all) throws(WireError) -> (ControlFrame, Int)? in
            var reader = WireReader(UnsafeRawBufferPointer(rebasing: all[from...]), varint: kind)
            do throws(WireError) {
                let type = try reader.varint()
                let body = try reader.span(Int(try reader.u16()))
                return (ControlFrame(type: type, body: Array(body)), reader.position)
            } catch {
                if case .needMore = error { return nil }
                throw error
            }
        }
        guard let (frame, count) = found else { return nil }
        start += count
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: false)
            start = 0
        }
        return frame
    }

    /// Everything that no frame has taken, given away: for a stream that turns out to carry something else.
    public mutating func takeRemainder() -> [UInt8] {
        defer {
            buffer = []
            start = 0
        }
        return Array(buffer[start...])
    }
}
