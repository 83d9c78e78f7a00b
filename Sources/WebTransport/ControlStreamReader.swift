import Containers

/// Reads the peer's control stream after its type (RFC 9114 section 6.2.1).
struct ControlStreamReader {
    enum Event {
        case settings(HTTP3Settings)
        /// The peer takes no new requests from this id on.
        case goaway(UInt64)
    }

    /// Frames without meaning for us that the peer may send before we call it abuse.
    static let maximumIgnoredFrameCount = 10_000

    private let peerIsServer: Bool
    private var frames = HTTP3FrameParser()
    private var type: UInt64 = 0
    private var content: [UInt8] = []
    private var hasSettings = false
    private var ignoredFrameCount = 0
    private var lastGoaway: UInt64?
    private var maximumPushID: UInt64?

    init(peerIsServer: Bool) { self.peerIsServer = peerIsServer }

    /// Takes one event from the front of `bytes`; nil when more bytes are needed. Throws with connection
    /// scope.
    mutating func next(_ bytes: inout Payload) throws(HTTP3Failure) -> Event? {
        while let event = frames.next(&bytes) {
            switch event {
            case .began(let type, let byteCount): try began(type, byteCount)
            case .content(let piece):
                if isKept { piece.withUnsafeBytes { content.append(contentsOf: $0) } }
            case .ended:
                if let event = try ended() { return event }
            }
        }
        return nil
    }

    private var isKept: Bool {
        switch type {
        case HTTP3FrameType.settings, HTTP3FrameType.goaway, HTTP3FrameType.maxPushID,
            HTTP3FrameType.cancelPush:
            true
        default: false
        }
    }

    private mutating func began(_ type: UInt64, _ byteCount: UInt64) throws(HTTP3Failure) {
        self.type = type
        content.removeAll(keepingCapacity: true)
        guard hasSettings || type == HTTP3FrameType.settings else {
            throw .connection(.missingSettings, "the control stream must begin with SETTINGS")
        }
        switch type {
        case HTTP3FrameType.settings:
            guard !hasSettings else { throw .connection(.frameUnexpected, "SETTINGS may be sent only once") }
            guard byteCount <= UInt64(HTTP3Settings.maximumByteCount) else {
                throw .connection(.excessiveLoad, "SETTINGS is too long")
            }
            hasSettings = true
        case HTTP3FrameType.goaway, HTTP3FrameType.cancelPush, HTTP3FrameType.maxPushID:
            if type == HTTP3FrameType.maxPushID, peerIsServer {
                throw .connection(.frameUnexpected, "MAX_PUSH_ID is for clients to send")
            }
            guard byteCount >= 1, byteCount <= 8 else {
                throw .connection(.frameError, "a frame that holds one id has another length")
            }
        case HTTP3FrameType.data, HTTP3FrameType.headers, HTTP3FrameType.pushPromise:
            throw .connection(.frameUnexpected, "this frame has no place on the control stream")
        case HTTP3FrameType.webTransportStream:
            throw .connection(.frameError, "the WebTransport signal may only begin a stream")
        default:
            guard !HTTP3FrameType.isForbidden(type) else {
                throw .connection(.frameUnexpected, "a frame of HTTP/2 has no place in HTTP/3")
            }
            ignoredFrameCount += 1
            guard ignoredFrameCount <= Self.maximumIgnoredFrameCount else {
                throw .connection(.excessiveLoad, "too many unknown frames on the control stream")
            }
        }
    }

    private mutating func ended() throws(HTTP3Failure) -> Event? {
        switch type {
        case HTTP3FrameType.settings: return .settings(try HTTP3Settings(content))
        case HTTP3FrameType.goaway:
            let id = try singleID()
            guard !peerIsServer || id & 3 == 0 else {
                throw .connection(.idError, "GOAWAY names a stream that cannot be a request")
            }
            if let lastGoaway, id > lastGoaway {
                throw .connection(.idError, "a later GOAWAY may not name a larger id")
            }
            lastGoaway = id
            return .goaway(id)
        case HTTP3FrameType.maxPushID:
            let id = try singleID()
            if let maximumPushID, id < maximumPushID {
                throw .connection(.idError, "MAX_PUSH_ID may not become smaller")
            }
            maximumPushID = id
            return nil
        case HTTP3FrameType.cancelPush:
            throw .connection(.idError, "CANCEL_PUSH names a push that does not exist")
        default: return nil
        }
    }

    private func singleID() throws(HTTP3Failure) -> UInt64 {
        var bytes = Payload(content)
        var varint = VarintReader()
        guard let id = varint.read(&bytes), bytes.isEmpty else {
            throw .connection(.frameError, "a frame that holds one id has another length")
        }
        return id
    }
}
