import Containers

/// Reads one direction of a request stream: header section, then content (RFC 9114 section 4.1).
struct MessageReader {
    enum Event {
        /// A complete encoded header section.
        case headers([UInt8])
        /// The header section is longer than we read; nothing of it was kept, and nothing follows.
        case headersTooLarge
        /// Content, never empty: on a CONNECT stream, capsules.
        case content(Payload)
    }

    /// What may still come.
    private enum Phase { case headers, content, tunnel }

    /// Frames without meaning that the peer may send on one stream before we call it abuse.
    static let maximumIgnoredFrameCount = 10_000

    private let maximumHeaderByteCount: Int
    private let isFromServer: Bool
    private var frames: HTTP3FrameParser
    private var phase = Phase.headers
    private var type: UInt64 = 0
    private var section: [UInt8] = []
    private var ignoredFrameCount = 0

    init(isFromServer: Bool, maximumHeaderByteCount: Int) {
        self.isFromServer = isFromServer
        self.maximumHeaderByteCount = maximumHeaderByteCount
        frames = HTTP3FrameParser()
    }

    /// For a request stream whose first frame type has already been read.
    init(afterType type: UInt64, maximumHeaderByteCount: Int) {
        isFromServer = false
        self.maximumHeaderByteCount = maximumHeaderByteCount
        frames = HTTP3FrameParser(afterType: type)
    }

    /// Whether the stream may end here: not inside a frame.
    var isBetweenFrames: Bool { frames.isBetweenFrames }

    /// Whether the header section is still to come.
    var awaitsHeaders: Bool { phase == .headers }

    /// The final response has come, or a CONNECT: from now on only DATA may follow (RFC 9114 section 4.4).
    mutating func becomeTunnel() { phase = .tunnel }

    /// An interim response (1xx) has come: the next header section is awaited.
    mutating func awaitHeadersAgain() { phase = .headers }

    /// Takes one event from the front of `bytes`; nil when more bytes are needed. Throws with connection
    /// scope.
    mutating func next(_ bytes: inout Payload) throws(HTTP3Failure) -> Event? {
        while let event = frames.next(&bytes) {
            switch event {
            case .began(let type, let byteCount):
                if let event = try began(type, byteCount) { return event }
            case .content(let piece):
                if type == HTTP3FrameType.data { return .content(piece) }
                if type == HTTP3FrameType.headers, phase == .headers {
                    piece.withUnsafeBytes { section.append(contentsOf: $0) }
                }
            case .ended:
                if type == HTTP3FrameType.headers, phase == .headers {
                    phase = .content
                    defer { section = [] }
                    return .headers(section)
                }
            }
        }
        return nil
    }

    private mutating func began(_ type: UInt64, _ byteCount: UInt64) throws(HTTP3Failure) -> Event? {
        self.type = type
        switch type {
        case HTTP3FrameType.data:
            guard phase != .headers else {
                throw .connection(.frameUnexpected, "DATA may not come before HEADERS")
            }
        case HTTP3FrameType.headers:
            guard phase != .tunnel else {
                throw .connection(.frameUnexpected, "only DATA may follow the headers of a CONNECT")
            }
            // In the content phase these are trailers: skipped.
            if phase == .headers, byteCount > UInt64(maximumHeaderByteCount) {
                phase = .content
                return .headersTooLarge
            }
        case HTTP3FrameType.settings, HTTP3FrameType.goaway, HTTP3FrameType.maxPushID,
            HTTP3FrameType.cancelPush:
            throw .connection(.frameUnexpected, "this frame has its place on the control stream")
        case HTTP3FrameType.pushPromise:
            if isFromServer { throw .connection(.idError, "PUSH_PROMISE without MAX_PUSH_ID") }
            throw .connection(.frameUnexpected, "PUSH_PROMISE is for servers to send")
        case HTTP3FrameType.webTransportStream:
            throw .connection(.frameError, "the WebTransport signal may only begin a stream")
        default:
            guard !HTTP3FrameType.isForbidden(type) else {
                throw .connection(.frameUnexpected, "a frame of HTTP/2 has no place in HTTP/3")
            }
            ignoredFrameCount += 1
            guard ignoredFrameCount <= Self.maximumIgnoredFrameCount else {
                throw .connection(.excessiveLoad, "too many unknown frames on a request stream")
            }
        }
        return nil
    }
}
