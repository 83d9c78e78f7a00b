import Containers
import TransportInterface

/// Stub, replaced in the next commit; the public signatures stay.
public final class QUICConnection: TransportSession {
    public weak var delegate: (any TransportSessionDelegate)?
    public weak var sendSource: (any SendSource)?
    public var isServer: Bool { false }
    public private(set) var negotiated: NegotiatedProtocol?
    /// Put in front of every datagram that the `sendSource` gives: an HTTP/3 quarter stream ID.
    public var datagramPrefix = Payload()
    public var remoteAddress: SocketAddress { .any(port: 0) }
    public var localAddress: SocketAddress { .any(port: 0) }
    public var statistics: QUICStatistics { QUICStatistics() }
    public var isClosed: Bool { true }

    public func openStream(_ direction: StreamDirection) -> StreamID? { nil }
    public func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {}
    public func resetStream(_ stream: StreamID, code: UInt64) {}
    public func stopSending(_ stream: StreamID, code: UInt64) {}
    public func consumed(_ stream: StreamID, byteCount: Int) {}
    public var maximumDatagramByteCount: Int { 0 }
    public func wantsToSend() {}
    public func close(code: UInt64, reason: String) {}
}
