import Containers
import TransportInterface

/// One WebTransport session, alone on its HTTP/3 connection (draft-ietf-webtrans-http3).
///
/// Everything happens on the connection's loop. The connection keeps the session, as its delegate, until it
/// has closed. Application codes of `resetStream` and `stopSending` are mapped to HTTP/3's range; that of
/// `close` travels as it is, in 32 bits.
public final class WebTransportSession: TransportSession {
    /// Kept until `transportClosed`.
    public var delegate: (any TransportSessionDelegate)?
    /// Kept until the session ends. Asked directly by the connection once the session stands: nothing lies between them, stream ids are
    /// the connection's, and the connection prefixes the datagrams.
    public var sendSource: (any SendSource)? {
        didSet { if sessionStream != nil { connection.sendSource = sendSource } }
    }
    public private(set) var negotiated: NegotiatedProtocol?
    public var isServer: Bool { connection.isServer }

    /// Called when the peer asks us to wind down: WT_DRAIN_SESSION or an HTTP/3 GOAWAY. The session goes on.
    public var drainRequested: (() -> Void)?

    let connection: any WebTransportCarrier
    private let http3: HTTP3Connection

    /// The CONNECT stream while the session stands.
    private var sessionStream: StreamID?
    private var unidirectionalPrefix = Payload()
    private var bidirectionalPrefix = Payload()

    /// Waits for stream credit.
    private var pendingControlStream: Payload?
    private var wantsRequestStream = false

    /// The peer abandoned a stream because the session is over on its side. How it ended stands on the CONNECT
    /// stream, which a reset may overtake: nothing else is told until that has come.
    private var peerHasLeft = false

    private var isPerforming = false
    /// Why the session ended, until the delegate has heard it.
    private var unreportedEnd: TransportCloseReason?
    private var hasReportedEnd = false

    init(
        over connection: any WebTransportCarrier, role: HTTP3Connection.Role,
        configuration: WebTransportConfiguration
    ) {
        self.connection = connection
        http3 = HTTP3Connection(role: role, configuration: configuration)
        connection.delegate = self
    }

    /// Opens a session over a new connection whose ALPN is `h3`, before its `transportEstablished`.
    ///
    /// - Parameters:
    ///   - authority: host and port, as `:authority`.
    ///   - path: begins with `/`; may carry a query.
    ///   - origin: only for clients that act for a web page.
    ///   - configuration: its `protocols` are offered, the best first.
    ///
    /// The session becomes the connection's delegate. `transportEstablished` follows a 2xx answer and
    /// `transportClosed(.refused(status:))` any other; a server without WebTransport ends in
    /// `transportClosed(.transport(...))` with a sentence that says so.
    public static func connect(
        over connection: any WebTransportCarrier, authority: String, path: String, origin: String? = nil,
        configuration: WebTransportConfiguration
    ) -> WebTransportSession {
        let request = ConnectRequest(
            authority: authority, path: path.isEmpty ? "/" : path, origin: origin,
            protocols: configuration.protocols)
        return WebTransportSession(over: connection, role: .client(request), configuration: configuration)
    }

    // MARK: - TransportSession

    public func openStream(_ direction: StreamDirection) -> StreamID? {
        guard sessionStream != nil, let stream = connection.openStream(direction) else { return nil }
        http3.sessionStreamOpened(stream)
        connection.send(
            direction == .unidirectional ? unidirectionalPrefix : bidirectionalPrefix, fin: false, on: stream)
        return stream
    }

    public func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {
        guard http3.isSessionStream(stream) else { return }
        connection.send(bytes, fin: fin, on: stream)
    }

    public func resetStream(_ stream: StreamID, code: UInt64) {
        guard http3.isSessionStream(stream) else { return }
        connection.resetStream(stream, code: ApplicationErrorMapping.http3Code(for: code))
    }

    public func stopSending(_ stream: StreamID, code: UInt64) {
        guard http3.isSessionStream(stream) else { return }
        connection.stopSending(stream, code: ApplicationErrorMapping.http3Code(for: code))
    }

    /// Also for streams whose session has ended: the connection's window wants all of its bytes back.
    public func consumed(_ stream: StreamID, byteCount: Int) {
        connection.consumed(stream, byteCount: byteCount)
    }

    public var maximumDatagramByteCount: Int {
        guard sessionStream != nil, http3.peerTakesDatagrams else { return 0 }
        return connection.maximumDatagramByteCount
    }

    public func wantsToSend() {
        if sessionStream != nil { connection.wantsToSend() }
    }

    /// The close message travels on the CONNECT stream; the connection goes when the peer has answered it, or
    /// by its idle timeout. `transportClosed` comes last.
    public func close(code: UInt64, reason: String) {
        http3.close(code: code, reason: reason)
        performActions()
    }

    /// Sends WT_DRAIN_SESSION: the peer should wind down; the session goes on.
    public func drain() {
        http3.drain()
        performActions()
    }

    /// Closes the connection at once, without waiting for the peer to read a close message.
    public func abandon() {
        close(code: 0, reason: "")
        connection.close(code: HTTP3ErrorCode.noError.rawValue, reason: "")
    }

    // MARK: - Actions

    /// Performs what the machine wants done, in order, what its own results add included.
    private func performActions() {
        guard !isPerforming else { return }
        isPerforming = true
        defer { isPerforming = false }
        while true {
            let actions = http3.takeActions()
            if actions.isEmpty { return }
            for action in actions { perform(action) }
        }
    }

    private func perform(_ action: HTTP3Action) {
        switch action {
        case .openControlStream(let bytes):
            pendingControlStream = bytes
            openPendingStreams()
        case .openRequestStream:
            wantsRequestStream = true
            openPendingStreams()
        case .send(let bytes, let fin, let stream): connection.send(bytes, fin: fin, on: stream)
        case .reset(let stream, let code): connection.resetStream(stream, code: code.rawValue)
        case .stopSending(let stream, let code): connection.stopSending(stream, code: code.rawValue)
        case .consumed(let stream, let byteCount): connection.consumed(stream, byteCount: byteCount)
        case .closeConnection(let code, let reason): connection.close(code: code.rawValue, reason: reason)
        case .sessionEstablished(let stream, let negotiated): established(stream, negotiated)
        case .streamReceived(let stream, let bytes, let fin):
            if http3.isSessionStream(stream) { delegate?.streamReceived(stream, bytes, fin: fin) }
        case .datagramReceived(let bytes):
            if sessionStream != nil { delegate?.datagramReceived(bytes) }
        case .drainRequested: drainRequested?()
        case .sessionEnded(let reason): ended(reason)
        }
    }

    private func openPendingStreams() {
        if let bytes = pendingControlStream, let stream = connection.openStream(.unidirectional) {
            pendingControlStream = nil
            http3.controlStreamOpened(stream)
            connection.send(bytes, fin: false, on: stream)
        }
        if wantsRequestStream, let stream = connection.openStream(.bidirectional) {
            wantsRequestStream = false
            http3.requestStreamOpened(stream)
        }
    }

    private func established(_ stream: StreamID, _ negotiated: NegotiatedProtocol) {
        self.negotiated = negotiated
        sessionStream = stream
        unidirectionalPrefix = Payload(StreamPrefixParser.encoded(.unidirectional, session: stream.value))
        bidirectionalPrefix = Payload(StreamPrefixParser.encoded(.bidirectional, session: stream.value))
        var quarter: [UInt8] = []
        VarintWriter.append(stream.value >> 2, to: &quarter)
        connection.datagramPrefix = Payload(quarter)
        delegate?.transportEstablished()
        // The delegate may have set it, or ended the session.
        if sessionStream != nil { connection.sendSource = sendSource }
    }

    private func ended(_ reason: TransportCloseReason) {
        sessionStream = nil
        sendSource = nil
        connection.sendSource = nil
        unreportedEnd = reason
        // A close of our own is reported when it is done; everything else now.
        if case .application(_, _, byPeer: false) = reason { return }
        reportEnd()
    }

    private func reportEnd() {
        guard !hasReportedEnd, let unreportedEnd else { return }
        hasReportedEnd = true
        let told = delegate
        delegate = nil
        drainRequested = nil
        told?.transportClosed(unreportedEnd)
    }
}

// MARK: - What the connection tells

extension WebTransportSession: TransportSessionDelegate {
    public func transportEstablished() {
        http3.transportEstablished()
        performActions()
    }

    public func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        if http3.isSessionStream(stream) {
            if peerHasLeft {
                connection.consumed(stream, byteCount: bytes.count)
            } else {
                delegate?.streamReceived(stream, bytes, fin: fin)
            }
            return
        }
        http3.streamReceived(stream, bytes, fin: fin)
        performActions()
    }

    public func streamReset(_ stream: StreamID, code: UInt64?) {
        if http3.isSessionStream(stream) {
            noteEnd(code)
            if !peerHasLeft {
                delegate?.streamReset(stream, code: code.flatMap(ApplicationErrorMapping.applicationCode))
            }
            return
        }
        http3.streamReset(stream, code: code)
        performActions()
    }

    public func streamStopped(_ stream: StreamID, code: UInt64?) {
        if http3.isSessionStream(stream) {
            noteEnd(code)
            if !peerHasLeft {
                delegate?.streamStopped(stream, code: code.flatMap(ApplicationErrorMapping.applicationCode))
            }
            return
        }
        http3.streamStopped(stream, code: code)
        performActions()
    }

    public func streamClosed(_ stream: StreamID) {
        let isSessionStream = http3.isSessionStream(stream)
        http3.streamClosed(stream)
        if isSessionStream, !peerHasLeft { delegate?.streamClosed(stream) }
        performActions()
    }

    public func streamCreditGranted(_ direction: StreamDirection) {
        openPendingStreams()
        performActions()
        if sessionStream != nil { delegate?.streamCreditGranted(direction) }
    }

    public func datagramReceived(_ bytes: Payload) {
        if let content = http3.datagramReceived(bytes) {
            if !peerHasLeft { delegate?.datagramReceived(content) }
            return
        }
        performActions()
    }

    public func transportClosed(_ reason: TransportCloseReason) {
        if unreportedEnd == nil {
            unreportedEnd = Self.sessionEnd(reason)
        }
        sessionStream = nil
        sendSource = nil
        reportEnd()
    }

    private func noteEnd(_ code: UInt64?) {
        if code == HTTP3ErrorCode.sessionGone.rawValue { peerHasLeft = true }
    }

    /// An application code of the connection is an HTTP/3 code. Some peers close the connection instead of the
    /// session, with the session's code in the range that is reserved for it.
    private static func sessionEnd(_ reason: TransportCloseReason) -> TransportCloseReason {
        guard case .application(let code, let sentence, let byPeer) = reason else { return reason }
        if let own = ApplicationErrorMapping.applicationCode(for: code) {
            return .application(code: own, reason: sentence, byPeer: byPeer)
        }
        return .transport(code: code, reason: sentence, byPeer: byPeer)
    }
}
