public import Containers
public import MOQTModel
public import MOQTWire

/// One peer's MoQT session without I/O: bytes and time go in, actions for the transport and events for the
/// layer above come out. Confined to its loop.
///
/// Whatever the draft, the layer above sees logical requests keyed by `RequestID` (the client's even, the
/// server's odd, so one key space serves both directions). After every input and every batch of commands the
/// owner drains `drainActions(into:)` and `drainEvents(into:)` until both are empty. After `failed`, `close` or
/// `transportClosed` the session ignores its inputs and refuses its commands.
///
/// Every `subgroupBegan` is followed by exactly one `subgroupEnded` while the session lives.
public final class Session {
    enum Phase {
        case idle
        case settingUp
        case established
        case closed
    }

    public let configuration: SessionConfiguration
    /// What was negotiated; nil until the transport (or, in-band, SETUP) has said so.
    @exclusivity(unchecked) public internal(set) var draft: Draft?
    /// What the peer's SETUP said; nil before it.
    public internal(set) var peerSetup: Setup?
    public internal(set) var tolerated = ToleratedFaults()

    @exclusivity(unchecked) var phase = Phase.idle
    /// The time of the last input.
    @exclusivity(unchecked) var clock = Instant.zero
    @exclusivity(unchecked) var actions: [SessionAction] = []
    @exclusivity(unchecked) var events: [SessionEvent] = []

    /// The drafts that are still possible, newest first; after SETUP only the chosen one.
    var candidates: [Draft] = []
    var codec: ControlCodec
    var control: ControlChannel
    var numbering: RequestNumbering
    var requests = RequestTable()
    /// Of open subscriptions, where updates must not widen them.
    var terms: [RequestID: SubscriptionTerms] = [:]
    var requestStreams: [StreamID: RequestStream] = [:]
    /// Request streams that came before SETUP, in order, and the bytes that they hold.
    var earlyStreams: [StreamID] = []
    var earlyByteCount = 0
    var opens: [UInt32: StreamOpening] = [:]
    var nextToken: UInt32 = 0
    var tokens: TokenCache
    @exclusivity(unchecked) var aliases = AliasTable()
    var nextAlias: UInt64 = 0
    @exclusivity(unchecked) var dataStreams: DataStreamTable
    /// Streams of our FETCHes and fills.
    var fetchStreams: [StreamID: FetchStream] = [:]
    /// By the message that asked for them.
    var fills: [RequestID: Fill] = [:]
    var heldDatagrams = HeldDatagrams()
    /// Subscriptions whose publisher is done, oldest first, until their aliases are retired.
    var lingering = LingeringSubscriptions()
    /// Second SUBSCRIBEs for a track, until the first is cancelled or they are refused.
    var crossings = CrossingSubscribes()
    var announcements = Announcements()
    /// The peer's last PUBLISH_NAMESPACE: the next one shares fields with it.
    var lastAnnounced = TrackNamespace()
    /// What the peer has shown us, per namespace subscription of ours.
    var views: [RequestID: NamespaceView] = [:]
    var setupDeadline = Instant.distantFuture
    var goAwayDeadline = Instant.distantFuture

    /// `configuration.drafts` must not be empty.
    public init(configuration: SessionConfiguration) {
        self.configuration = configuration
        guard let first = configuration.drafts.first else { preconditionFailure("a session needs a draft") }
        codec = ControlCodec(first)
        control = ControlChannel(draft: first)
        numbering = RequestNumbering(role: configuration.role, credit: configuration.requestCredit)
        tokens = TokenCache(limit: configuration.tokenCacheByteCount)
        dataStreams = DataStreamTable(limits: configuration.limits)
    }

    // MARK: State

    /// SETUP has been exchanged and the session is not over.
    public var isEstablished: Bool { phase == .established }
    public var isClosed: Bool { phase == .closed }
    /// Requests of both sides that are not over, for metrics.
    public var openRequestCount: Int { requests.count }
    /// Request streams and data streams that are not over, for metrics.
    public var openStreamCount: Int { requestStreams.count + dataStreams.count + fetchStreams.count }
    /// The negotiated draft's rules, for the layer that encodes data streams.
    public var rules: DraftRules? { draft?.rules }
    /// The rules in force while the draft may still be open.
    var wire: DraftRules { codec.rules }

    /// When `timeout(now:)` wants to be called.
    public var nextDeadline: Instant {
        guard phase != .closed else { return .distantFuture }
        return min(
            min(setupDeadline, goAwayDeadline),
            min(
                dataStreams.nextDeadline,
                min(heldDatagrams.nextDeadline, min(lingering.nextDeadline, crossings.nextDeadline))))
    }

    /// What an open request names: a track, or a namespace or prefix.
    public func subject(of id: RequestID) -> (track: FullTrackName?, namespace: TrackNamespace?) {
        (requests[id]?.track, requests[id]?.namespace)
    }

    /// Thousands of subscriptions name few tracks: an owner of many sessions that holds the name anyway gives it to each
    /// of them, and they let go of their own copies. Nothing where it is another name.
    public func shareName(_ name: FullTrackName, with id: RequestID) { requests.shareName(name, with: id) }

    // MARK: Outputs

    /// Empties `buffer` (keeping its room) and swaps it with the pending actions.
    public func drainActions(into buffer: inout [SessionAction]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&actions, &buffer)
    }

    /// Empties `buffer` (keeping its room) and swaps it with the pending events.
    public func drainEvents(into buffer: inout [SessionEvent]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&events, &buffer)
    }

    // MARK: The session's end

    /// Closes the session; no event follows.
    public func close(_ code: SessionErrorCode, reason: String) {
        guard phase != .closed else { return }
        phase = .closed
        actions.append(.closeSession(code: ErrorCodes(wire).code(code), reason: reason))
    }

    /// The peer broke a rule, or we did: closes the session and says so.
    func fail(_ failure: SessionFailure) {
        guard phase != .closed else { return }
        close(failure.code, reason: failure.reason)
        events.append(.failed(failure))
    }

    /// The transport is gone; the owner knows, so no event follows.
    public func transportClosed(now: Instant) {
        clock = now
        phase = .closed
    }

    /// GOAWAY on the control stream; only the first counts. With a timeout the session closes itself when
    /// it has passed: with GOAWAY_TIMEOUT while requests are open, else with NO_ERROR and no event. New requests of the peer are refused with GOING_AWAY from here on.
    public func goAway(_ message: GoAway, now: Instant) {
        clock = now
        guard phase == .established, !control.sentGoAway else { return }
        var message = message
        if configuration.role == .client { message.newSessionURI = "" }
        message.requestID = wire.goAwayNamesRequest ? RequestID(numbering.firstUnseenOfPeer) : nil
        control.sentGoAway = true
        if let timeout = message.timeout, timeout > 0 {
            goAwayDeadline = now.advanced(byMilliseconds: timeout)
        }
        if let bytes = encoded(.goAway(message)) { sendControl(bytes) }
    }

    /// GOAWAY on the stream of one request of the peer's: it is to make that one again, where the URI says or here
    /// (draft-18 section 10.4). What the request has goes on until the layer above ends it.
    ///
    /// False, and nothing is sent, where the draft has no such message, and when it was sent before.
    public func goAway(_ message: GoAway, request id: RequestID) -> Bool {
        guard phase == .established, wire.goAwayOnRequestStreams, let request = requests[id], !request.isOurs,
            request.stream != nil, request.kind != .update, !request.sentGoAway
        else { return false }
        var message = message
        if configuration.role == .client { message.newSessionURI = "" }
        message.requestID = nil
        guard let bytes = encoded(.goAway(message)) else { return false }
        requests.change(id) { $0.sentGoAway = true }
        answer(request, bytes)
        return true
    }

    // MARK: Codes of data streams

    /// The number of a meaning in the negotiated draft, for RESET_STREAM and STOP_SENDING.
    public func resetCode(_ meaning: StreamResetCode) -> UInt64 { ErrorCodes(wire).code(meaning) }

    /// The meaning of a number; a code outside the application's range is an internal error.
    public func resetMeaning(_ code: UInt64?) -> StreamResetCode {
        code.map { ErrorCodes(wire).streamReset($0) } ?? .internalError
    }

    /// A number for a track on our data streams, never used before in this session.
    public func allocateAlias() -> TrackAlias {
        defer { nextAlias += 1 }
        return TrackAlias(nextAlias)
    }

    // MARK: Helpers

    /// The frame of a message; nil when the draft cannot say it.
    func encoded(_ message: ControlMessage) -> Payload? {
        guard let bytes = try? codec.encode(message) else { return nil }
        return Payload(bytes)
    }

    func send(_ bytes: Payload, fin: Bool = false, on stream: StreamID) {
        actions.append(.send(stream, bytes, fin: fin))
    }

    func open(_ direction: StreamDirection, for opening: StreamOpening) {
        let token = nextToken
        nextToken &+= 1
        opens[token] = opening
        actions.append(.openStream(token: token, direction))
    }
}
