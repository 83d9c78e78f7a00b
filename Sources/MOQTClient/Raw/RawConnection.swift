import Containers
import QUICTransport
import TransportInterface

/// A connection without a MoQT session on it: streams, datagrams and the close, for programs that want to say what
/// a session would never say, such as conformance tests.
///
/// What arrives is kept, up to `maximumByteCount` per stream, and credited back. Confined to the client's loop.
public final class RawConnection {
    public let configuration: ClientConfiguration
    /// The handshake (and CONNECT) is done.
    public private(set) var isEstablished = false
    /// ALPN or WebTransport sub-protocol; nil where the peer named none.
    public private(set) var protocolName: String?
    /// Set when the connection is gone.
    public private(set) var closure: ClientClosure?
    /// The peer's bytes by stream; both ours and its own.
    public private(set) var received: [StreamID: [UInt8]] = [:]
    /// Streams whose sending half the peer has ended, by FIN or reset.
    public private(set) var ended: Set<StreamID> = []
    public private(set) var datagramCount = 0

    public static let maximumByteCount = 1 << 20
    /// More streams of the peer than this are not kept.
    private static let maximumStreamCount = 1024

    private let transport: any TransportSession
    private let quic: QUICConnection
    private var datagrams: [[UInt8]] = []

    init(_ configuration: ClientConfiguration, transport: any TransportSession, quic: QUICConnection) {
        self.configuration = configuration
        self.transport = transport
        self.quic = quic
        transport.delegate = self
        transport.sendSource = self
    }

    /// nil when the peer grants no stream now.
    public func openStream(_ direction: StreamDirection) -> StreamID? { transport.openStream(direction) }

    public func send(_ bytes: [UInt8], fin: Bool = false, on stream: StreamID) {
        transport.send(Payload(bytes), fin: fin, on: stream)
        transport.wantsToSend()
    }

    public func reset(_ stream: StreamID, code: UInt64) { transport.resetStream(stream, code: code) }

    /// It is lost when it does not fit.
    public func sendDatagram(_ bytes: [UInt8]) {
        datagrams.append(bytes)
        transport.wantsToSend()
    }

    public func close() {
        if closure == nil { transport.close(code: 0, reason: "") }
    }
}

extension RawConnection: TransportSessionDelegate {
    public func transportEstablished() {
        isEstablished = true
        protocolName = transport.negotiated?.name
    }

    public func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        transport.consumed(stream, byteCount: bytes.count)
        if received.count < Self.maximumStreamCount || received[stream] != nil {
            let room = Self.maximumByteCount - (received[stream]?.count ?? 0)
            received[stream, default: []] += bytes.bytes.prefix(max(room, 0))
        }
        if fin { ended.insert(stream) }
    }

    public func streamReset(_ stream: StreamID, code: UInt64?) { ended.insert(stream) }
    public func streamStopped(_ stream: StreamID, code: UInt64?) {}
    public func streamClosed(_ stream: StreamID) {}
    public func streamCreditGranted(_ direction: StreamDirection) {}
    public func datagramReceived(_ bytes: Payload) { datagramCount += 1 }
    public func transportClosed(_ reason: TransportCloseReason) { closure = closure ?? ClientClosure(reason) }
}

extension RawConnection: SendSource {
    public func nextChunk(_ chunk: inout SendChunk) -> Bool {
        chunk.clear()
        guard let next = datagrams.first else { return false }
        chunk.target = .datagram
        chunk.payloads.append(Payload(next))
        return true
    }

    public func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
        if !datagrams.isEmpty { datagrams.removeFirst() }
    }

    public func streamBlocked(_ stream: StreamID) {}
    public func streamUnblocked(_ stream: StreamID) {}
}
