import Containers

/// What a MoQT session needs of the layer below: one QUIC connection, one WebTransport session, or a
/// simulated one. Everything happens on the loop that owns it.
public protocol TransportSession: AnyObject {
    var delegate: (any TransportSessionDelegate)? { get set }
    /// Asked for stream data and datagrams at packet time.
    var sendSource: (any SendSource)? { get set }

    var isServer: Bool { get }
    /// What was negotiated; nil before `transportEstablished`.
    var negotiated: NegotiatedProtocol? { get }

    /// Opens a stream of ours; nil when the peer has granted no credit (`streamCreditGranted` follows).
    func openStream(_ direction: StreamDirection) -> StreamID?
    /// Queues bytes ahead of everything the `sendSource` has: for control and request streams. Ordered per
    /// stream. A peer that asks for answers and grants no credit for them is closed, sooner or later.
    func send(_ bytes: Payload, fin: Bool, on stream: StreamID)
    /// Abandons our sending half (RESET_STREAM). `code` is the application's, before any mapping.
    func resetStream(_ stream: StreamID, code: UInt64)
    /// Asks the peer to stop sending (STOP_SENDING).
    func stopSending(_ stream: StreamID, code: UInt64)
    /// Gives back flow-control credit for bytes that have been used up.
    func consumed(_ stream: StreamID, byteCount: Int)
    /// The largest datagram payload that fits now; 0 when the peer takes none.
    var maximumDatagramByteCount: Int { get }
    /// Says that the `sendSource` has something: the connection writes at the end of the loop turn.
    func wantsToSend()
    /// Closes the session with an application code; the reason is cut to 1024 bytes.
    func close(code: UInt64, reason: String)
}

/// What both ends agreed on below MoQT.
public struct NegotiatedProtocol: Sendable, Equatable {
    public enum Carrier: Sendable { case quic, webTransport }
    public var carrier: Carrier
    /// The ALPN (`moqt-18`, `moq-00`) or the WebTransport sub-protocol; nil where the peer named none.
    public var name: String?
    /// WebTransport only: `:authority` and `:path` of the CONNECT.
    public var authority: String?
    public var path: String?

    public init(carrier: Carrier, name: String?, authority: String? = nil, path: String? = nil) {
        self.carrier = carrier
        self.name = name
        self.authority = authority
        self.path = path
    }
}
