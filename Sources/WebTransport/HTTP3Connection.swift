import Containers
import TransportInterface

/// One end of an HTTP/3 connection that carries at most one WebTransport session: bytes in, actions out.
///
/// It knows no socket, no clock and no QUIC library. Whoever drives it reports what happened in the past
/// tense and then performs `takeActions()` in order. What a peer sends can end streams, the session or the
/// connection, never the process; everything that a peer can make it hold has a limit (see
/// `WebTransportConfiguration`), and the number of streams is bounded by the QUIC stream credit.
final class HTTP3Connection {
    enum Role: Equatable {
        case server
        /// The CONNECT to send once the server's SETTINGS allow it; its version fields are filled in then.
        case client(ConnectRequest)
    }

    enum Session: Equatable {
        /// A server waits for a CONNECT, a client for SETTINGS or for a stream.
        case none
        /// A CONNECT was received that waits for SETTINGS, or was sent and waits for its answer.
        case pending(StreamID)
        case established(StreamID)
        case ended(StreamID?)
    }

    let role: Role
    let configuration: WebTransportConfiguration
    let coder = FieldSectionCoder()

    var session = Session.none
    /// The streams of the session: what they bring goes past this machine untouched.
    var sessionStreams = StreamTable<Bool>()
    /// All other streams of which more may be heard.
    var streams: [StreamID: HTTP3StreamState] = [:]
    var early: EarlyArrivals
    var peerSettings: HTTP3Settings?
    var hasFailed = false
    var goawayReceived = false
    /// Our half of the CONNECT stream is finished or reset.
    var hasFinishedConnect = false
    /// The peer's critical streams that exist, and our own control stream.
    var hasPeerControl = false
    var hasPeerEncoder = false
    var hasPeerDecoder = false
    var ownControl: StreamID?

    private var actions: [HTTP3Action] = []

    init(role: Role, configuration: WebTransportConfiguration) {
        self.role = role
        self.configuration = configuration
        early = EarlyArrivals(configuration)
    }

    var isServer: Bool { role == .server }

    /// The peer takes HTTP datagrams.
    var peerTakesDatagrams: Bool { peerSettings?.enablesDatagrams ?? false }

    /// Whether the stream's bytes belong to the session's owner.
    func isSessionStream(_ stream: StreamID) -> Bool { sessionStreams[stream] != nil }

    /// Hands over what has accumulated.
    func takeActions() -> [HTTP3Action] {
        defer { actions = [] }
        return actions
    }

    func perform(_ action: HTTP3Action) { actions.append(action) }

    // MARK: - What happened

    /// The QUIC handshake is done. Our control stream is the only one that we open: without a dynamic table
    /// the QPACK streams would have nothing to say (RFC 9204 section 4.2).
    func transportEstablished() {
        var bytes: [UInt8] = []
        VarintWriter.append(HTTP3StreamType.control, to: &bytes)
        let settings = HTTP3Settings.ours(
            maximumFieldSectionByteCount: configuration.maximumFieldSectionByteCount)
        VarintWriter.appendTyped(HTTP3FrameType.settings, settings.encoded, to: &bytes)
        perform(.openControlStream(Payload(bytes)))
    }

    func controlStreamOpened(_ stream: StreamID) { ownControl = stream }

    /// A client's CONNECT stream is open.
    func requestStreamOpened(_ stream: StreamID) {
        guard !hasFailed, session == .none, case .client(var request) = role else {
            abandon(stream, .requestCancelled)
            return
        }
        let versions = peerSettings?.webTransport ?? []
        // A server that knows only the newest setting knows only the newest token.
        request.token = versions == .enabled ? ConnectRequest.newToken : ConnectRequest.token
        request.wantsVersionField = versions.contains(.enable)
        session = .pending(stream)
        let limit = configuration.maximumFieldSectionByteCount
        streams[stream] = .response(MessageReader(isFromServer: true, maximumHeaderByteCount: limit))
        sendHeaders(request.fields, fin: false, on: stream)
    }

    /// A stream of ours was opened for the session.
    func sessionStreamOpened(_ stream: StreamID) { sessionStreams.insert(true, for: stream) }

    /// Bytes of a stream that is not the session's (`isSessionStream`).
    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        guard !hasFailed else { return }
        let state = streams.removeValue(forKey: stream) ?? newState(stream)
        do {
            let next = try received(state, on: stream, bytes, fin: fin)
            if let next, !hasFailed { streams[stream] = next }
        } catch {
            failed(error, on: stream)
        }
    }

    /// The peer reset its half of a stream that is not the session's.
    func streamReset(_ stream: StreamID, code: UInt64?) {
        guard !hasFailed else { return }
        switch streams[stream] {
        case .control, .qpackEncoder, .qpackDecoder:
            failConnection(.closedCriticalStream, "a critical stream was reset")
        case .connect, .held, .response:
            endedAbruptly(stream, code: code, "the peer reset the CONNECT stream")
        case .discarded: break
        case .early, .prefix, .request, nil:
            if let kept = early.remove(stream) { consumed(stream, kept.bytes.count) }
            streams[stream] = .discarded
            if !stream.isUnidirectional { perform(.reset(stream, .requestCancelled)) }
        }
    }

    /// The peer wants no more of our half of a stream that is not the session's.
    func streamStopped(_ stream: StreamID, code: UInt64?) {
        guard !hasFailed else { return }
        if stream == ownControl {
            failConnection(.closedCriticalStream, "the peer stopped our control stream")
            return
        }
        switch streams[stream] {
        case .connect, .held, .response:
            if case .ended = session { return }
            hasFinishedConnect = true
            endedAbruptly(stream, code: code, "the peer stopped the CONNECT stream")
        default: break
        }
    }

    /// Nothing more will be heard of the stream, which may be the session's.
    func streamClosed(_ stream: StreamID) {
        if sessionStreams.remove(stream) != nil { return }
        guard !hasFailed else { return }
        let state = streams.removeValue(forKey: stream)
        if let kept = early.remove(stream) { consumed(stream, kept.bytes.count) }
        switch state {
        case .control, .qpackEncoder, .qpackDecoder:
            failConnection(.closedCriticalStream, "a critical stream was closed")
            return
        default: break
        }
        switch session {
        case .established(stream), .pending(stream):
            endedAbruptly(stream, code: nil, "the CONNECT stream was closed")
            perform(.closeConnection(.noError, reason: ""))
        // Both sides have said all about the session: now the connection may go without taking the close
        // message along (draft-ietf-webtrans-http3 section 6).
        case .ended(stream): perform(.closeConnection(.noError, reason: ""))
        default: break
        }
    }

    /// A QUIC datagram; returns its content when it is the session's and all is well.
    func datagramReceived(_ datagram: Payload) -> Payload? {
        guard !hasFailed else { return nil }
        var bytes = datagram
        var varint = VarintReader()
        guard let quarter = varint.read(&bytes), quarter < 1 << 60 else {
            failConnection(.datagramError, "a datagram without a quarter stream id")
            return nil
        }
        switch session {
        case .established(let stream): return stream.value == quarter << 2 ? bytes : nil
        case .ended: return nil
        case .none, .pending:
            early.keep(datagram: bytes, session: quarter << 2)
            return nil
        }
    }

    // MARK: - Commands

    /// Ends the session with an application code and a message.
    func close(code: UInt64, reason: String) {
        guard !hasFailed else { return }
        let ended = TransportCloseReason.application(code: code, reason: Capsule.cut(reason), byPeer: false)
        if case .established(let stream) = session {
            sendCapsule(.close(code: UInt32(clamping: code), reason: reason), fin: true, on: stream)
            hasFinishedConnect = true
            endSession(ended)
        } else if case .ended = session {
            return
        } else {
            endSession(ended)
            perform(.closeConnection(.noError, reason: ""))
        }
    }

    /// Asks the peer to wind the session down.
    func drain() {
        guard !hasFailed, case .established(let stream) = session else { return }
        sendCapsule(.drain, fin: false, on: stream)
    }
}
