import Containers

/// Streams and datagrams that came before their session (draft-ietf-webtrans-http3 section 4.6), within
/// limits. The bytes are copied, so that a stream that waits does not keep receive buffers alive.
struct EarlyArrivals {
    struct Stream {
        let id: StreamID
        let session: UInt64
        var bytes: [UInt8]
        var fin: Bool
    }

    private(set) var streams: [Stream] = []
    private(set) var datagrams: [(session: UInt64, bytes: Payload)] = []
    private var byteCount = 0

    private let maximumStreamCount: Int
    private let maximumByteCount: Int
    private let maximumDatagramCount: Int

    init(_ configuration: WebTransportConfiguration) {
        maximumStreamCount = configuration.maximumEarlyStreamCount
        maximumByteCount = configuration.maximumEarlyByteCount
        maximumDatagramCount = configuration.maximumEarlyDatagramCount
    }

    /// Keeps what a stream brought; false when that exceeds a limit, and nothing was kept.
    mutating func keep(_ bytes: Payload, fin: Bool, of id: StreamID, session: UInt64) -> Bool {
        guard streams.count < maximumStreamCount, bytes.count <= maximumByteCount - byteCount else {
            return false
        }
        streams.append(Stream(id: id, session: session, bytes: bytes.bytes, fin: fin))
        byteCount += bytes.count
        return true
    }

    /// Keeps more of a stream that is kept already; false when that exceeds the limit.
    mutating func keepMore(_ bytes: Payload, fin: Bool, of id: StreamID) -> Bool {
        guard let index = streams.firstIndex(where: { $0.id == id }),
            bytes.count <= maximumByteCount - byteCount
        else { return false }
        bytes.withUnsafeBytes { streams[index].bytes.append(contentsOf: $0) }
        streams[index].fin = fin
        byteCount += bytes.count
        return true
    }

    /// Forgets a stream and returns what was kept of it.
    mutating func remove(_ id: StreamID) -> Stream? {
        guard let index = streams.firstIndex(where: { $0.id == id }) else { return nil }
        let stream = streams.remove(at: index)
        byteCount -= stream.bytes.count
        return stream
    }

    /// Keeps a datagram; beyond the limit it is dropped.
    mutating func keep(datagram: Payload, session: UInt64) {
        guard datagrams.count < maximumDatagramCount else { return }
        let copy = datagram.withUnsafeBytes { Payload(copying: $0) }
        datagrams.append((session, copy))
    }

    /// Hands over everything and is empty.
    mutating func takeAll() -> (streams: [Stream], datagrams: [(session: UInt64, bytes: Payload)]) {
        defer {
            streams = []
            datagrams = []
            byteCount = 0
        }
        return (streams, datagrams)
    }

    /// Hands over the streams of one session and forgets its datagrams.
    mutating func takeStreams(of session: UInt64) -> [Stream] {
        let taken = streams.filter { $0.session == session }
        streams.removeAll { $0.session == session }
        datagrams.removeAll { $0.session == session }
        byteCount -= taken.reduce(0) { $0 + $1.bytes.count }
        return taken
    }
}
