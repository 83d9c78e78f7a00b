import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import TransportInterface

/// One connection to a relay (or any other MoQT peer) and everything asked for on it.
///
/// Requests may be made once `onEstablished` was called. Confined to its client's loop.
public final class ClientConnection {
    /// SETUP has been exchanged; `draft` is set.
    public var onEstablished: () -> Void = {}
    /// The connection is gone, for this reason; called once, last.
    public var onClosed: (ClientClosure) -> Void = { _ in }
    /// The peer asks us to leave, for this URI (empty: the same).
    public var onGoAway: (String) -> Void = { _ in }

    /// The peer asks us to announce or publish at this URI (empty: here, anew) and stays itself: GOAWAY on the
    /// stream of a PUBLISH_NAMESPACE or PUBLISH (draft 18 on).
    public var onPublishingSentAway: (String) -> Void = { _ in }

    public let configuration: ClientConfiguration
    public internal(set) var isEstablished = false
    public var isClosed: Bool { closure != nil }
    /// Why the connection is gone.
    public private(set) var closure: ClientClosure?
    /// What was negotiated.
    public var draft: Draft? { session.draft }
    /// MOQT_IMPLEMENTATION of the peer, if it said one. Not to be trusted on a terminal as it is.
    public var peerImplementation: String? { session.peerSetup?.implementation }
    /// Counters of the QUIC connection.
    public var statistics: QUICStatistics { quic.statistics }

    let client: Client
    let serial: UInt64
    let peer: Peer
    private let quic: QUICConnection
    private var timer = LoopTimer()
    private var failure: SessionFailure?
    private var closesItself = false

    var announcements: [RequestID: Announcement] = [:]
    var watches: [RequestID: NamespaceWatch] = [:]
    var publishers: [FullTrackName: TrackPublisher] = [:]
    /// Requests under which the peer is sent a track.
    var deliveries: [RequestID: TrackPublisher] = [:]
    /// PUBLISH requests of ours that have no answer yet.
    var pushes: [RequestID: TrackPush] = [:]
    /// What FETCHes that join a subscription to a track of ours need to know of it.
    var joinable: [RequestID: JoinableSubscription] = [:]
    var subscribers: [RequestID: TrackSubscriber] = [:]
    var fetches: [RequestID: TrackFetch] = [:]
    /// Updates whose answer somebody waits for.
    var updateAnswers: [RequestID: (Result<RequestOK, RequestFailure>) -> Void] = [:]
    /// Fetches by the data streams that feed them.
    var fetchStreams: [StreamID: TrackFetch] = [:]
    var statusAnswers: [RequestID: (Result<TrackStatus, RequestFailure>) -> Void] = [:]
    /// Tracks whose PUBLISH is welcome, and what takes it.
    var expectedPublishes: [FullTrackName: (Publish) -> Void] = [:]
    /// Subscribers by the data streams that feed them.
    var streams: [StreamID: TrackSubscriber] = [:]

    init(
        client: Client, serial: UInt64, configuration: ClientConfiguration, transport: any TransportSession,
        quic: QUICConnection
    ) {
        self.client = client
        self.serial = serial
        self.configuration = configuration
        self.quic = quic
        let isWebTransport = configuration.carrier == .webTransport
        var session = SessionConfiguration(
            role: .client, drafts: configuration.drafts, isWebTransport: isWebTransport)
        session.implementation = configuration.implementation
        session.authorizationTokens = configuration.authorizationTokens
        session.requestUpdates = 16
        if !isWebTransport {
            session.path = configuration.path
            session.authority = configuration.authority
        }
        // A publisher is not a relay: it waits for its subscribers instead of skipping ahead.
        var limits = DeliveryLimits()
        limits.byteCount = 256 * 1024 * 1024
        limits.ageNanoseconds = 60_000_000_000
        peer = Peer(transport: transport, configuration: session, shard: client.shard, limits: limits)
        peer.delegate = self
    }

    var session: Session { peer.session }
    /// Time of the current loop turn.
    public var now: Instant { client.now }
    public var loop: EventLoop { client.loop }

    /// While true, received bytes are not credited back: the peer's window closes and it stops sending. For
    /// owners whose own output is stuck.
    public var isPaused: Bool {
        get { peer.holdsCredit }
        set { peer.holdsCredit = newValue }
    }

    /// Says goodbye (NO_ERROR). `onClosed` follows.
    public func close(reason: String = "") {
        if isClosed || closesItself { return }
        closesItself = true
        peer.close(.noError, reason: reason)
    }

    /// Calls `body` once everything that was handed to the transport has been acknowledged, or after
    /// `milliseconds`.
    public func whenDelivered(orAfter milliseconds: UInt64 = 10_000, _ body: @escaping () -> Void) {
        waitUntilQuiet(client.now.advanced(byMilliseconds: milliseconds), quietCount: 0, body)
    }

    private func waitUntilQuiet(_ deadline: Instant, quietCount: Int, _ body: @escaping () -> Void) {
        // Two looks in a row, because what was queued in this turn has not left yet.
        if isClosed || quietCount >= 2 || client.now >= deadline { return body() }
        client.loop.schedule(afterMilliseconds: 10) { [self] in
            let isQuiet = quic.statistics.bytesInFlight == 0
            waitUntilQuiet(deadline, quietCount: isQuiet ? quietCount + 1 : 0, body)
        }
    }

    // MARK: For the client

    func start() { peer.start() }

    func wantsToSend() { peer.transport.wantsToSend() }

    func tick() {
        peer.checkDeadlines()
        for subscriber in subscribers.values { subscriber.tick() }
    }

    func pump() { peer.pump() }

    /// Ends the session because of what the peer did.
    func fail(_ failure: SessionFailure) { self.failure = self.failure ?? failure }
}

// MARK: - Facts from the peer

extension ClientConnection: PeerDelegate {
    public func peer(_ peer: Peer, received event: SessionEvent) { received(event) }

    public func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {
        joinable[request] = nil
        deliveries.removeValue(forKey: request)?.deliveryEnded(self, request)
    }

    public func peerDeadlineChanged(_ peer: Peer) {
        timer.move(to: peer.nextDeadline, on: client.loop) { [weak self] in
            self?.timer.fired()
            self?.peer.timeout()
        }
    }

    public func peer(_ peer: Peer, closed reason: TransportCloseReason) {
        if isClosed { return }
        timer.cancel(on: client.loop)
        let closure: ClientClosure =
            closesItself ? .local : failure.map { .protocolError($0) } ?? ClientClosure(reason)
        self.closure = closure
        for subscriber in Array(subscribers.values) { subscriber.connectionClosed() }
        for fetch in Array(fetches.values) { fetch.abandoned() }
        let unanswered = statusAnswers
        statusAnswers = [:]
        for answer in unanswered.values {
            answer(.failure(RequestFailure(.internalError, "the connection is gone")))
        }
        subscribers = [:]
        updateAnswers = [:]
        expectedPublishes = [:]
        streams = [:]
        deliveries = [:]
        joinable = [:]
        pushes = [:]
        for publisher in Array(publishers.values) { publisher.connectionClosed(self) }
        client.forget(self)
        onClosed(closure)
    }
}
