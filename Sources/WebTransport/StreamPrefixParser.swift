import Containers

/// Reads what the first bytes of a peer's stream say about it: an HTTP/3 type, or WebTransport's signal and
/// the session id (draft-ietf-webtrans-http3 sections 4.2 and 4.3).
struct StreamPrefixParser {
    enum Prefix: Equatable {
        case webTransport(session: UInt64)
        /// A unidirectional stream's type, or the type of the first frame of a request stream.
        case other(type: UInt64)
    }

    private let signal: UInt64
    private var varint = VarintReader()
    private var hasSignal = false

    init(isUnidirectional: Bool) {
        signal = isUnidirectional ? HTTP3StreamType.webTransport : HTTP3FrameType.webTransportStream
    }

    /// Takes the prefix from the front of `bytes`; nil, with all bytes taken, while it is incomplete.
    mutating func next(_ bytes: inout Payload) -> Prefix? {
        if !hasSignal {
            guard let type = varint.read(&bytes) else { return nil }
            guard type == signal else { return .other(type: type) }
            hasSignal = true
        }
        guard let session = varint.read(&bytes) else { return nil }
        return .webTransport(session: session)
    }

    /// The prefix that opens a stream of ours.
    static func encoded(_ direction: StreamDirection, session: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        VarintWriter.append(
            direction == .unidirectional ? HTTP3StreamType.webTransport : HTTP3FrameType.webTransportStream,
            to: &bytes)
        VarintWriter.append(session, to: &bytes)
        return bytes
    }
}
