import Containers

/// Cuts a stream into HTTP/3 frames (RFC 9114 section 7.1) without holding their content.
struct HTTP3FrameParser {
    enum Event {
        /// A frame of this type and length begins.
        case began(type: UInt64, byteCount: UInt64)
        /// The next bytes of the frame's content, never empty.
        case content(Payload)
        /// The frame is complete; follows `began` at once when it is empty.
        case ended
    }

    private enum State {
        case type
        case byteCount(type: UInt64)
        case content(missing: UInt64)
    }

    private var state = State.type
    private var varint = VarintReader()

    init() {}

    /// For a stream whose first frame type has already been read.
    init(afterType type: UInt64) { state = .byteCount(type: type) }

    /// Whether a stream may end here: not inside a frame.
    var isBetweenFrames: Bool {
        if case .type = state { return varint.isAtStart }
        return false
    }

    /// Takes one event from the front of `bytes`; nil when more bytes are needed.
    mutating func next(_ bytes: inout Payload) -> Event? {
        switch state {
        case .type:
            guard let type = varint.read(&bytes) else { return nil }
            // Seen before the length, for it has none.
            if type == HTTP3FrameType.webTransportStream {
                state = .content(missing: 0)
                return .began(type: type, byteCount: 0)
            }
            state = .byteCount(type: type)
            return next(&bytes)
        case .byteCount(let type):
            guard let byteCount = varint.read(&bytes) else { return nil }
            state = .content(missing: byteCount)
            return .began(type: type, byteCount: byteCount)
        case .content(0):
            state = .type
            return .ended
        case .content(let missing):
            if bytes.isEmpty { return nil }
            let count = Int(min(missing, UInt64(bytes.count)))
            let content = bytes.slice(from: 0, count: count)
            bytes = bytes.slice(from: count)
            state = .content(missing: missing - UInt64(count))
            return .content(content)
        }
    }
}
