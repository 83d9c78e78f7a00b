import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import RelayCore
import TransportInterface

/// One peer: its transport session, its MoQT session machine, and the delivery of what it subscribed to.
///
/// The only place where the three meet, for relays and clients alike. It carries the session's actions to the
/// transport, the transport's facts to the session, and answers the transport's pull from the scheduler.
/// Confined to the loop of its transport.
public final class Peer {
    public let transport: any TransportSession
    public let session: Session
    public let delivery: DeliveryScheduler
    @exclusivity(unchecked) public weak var delegate: (any PeerDelegate)?

    /// While true, bytes of data streams are not credited back to the sender: its window closes and it
    /// stops. For owners that cannot keep up.
    public var holdsCredit = false {
        didSet { if !holdsCredit { returnCredit() } }
    }

    let shard: LogShard
    var now: Instant { shard.now }

    @exclusivity(unchecked) private var actions: [SessionAction] = []
    @exclusivity(unchecked) private var events: [SessionEvent] = []
    @exclusivity(unchecked) private var isPumping = false
    @exclusivity(unchecked) private var isEstablished = false
    private var unopened: [UnopenedStream] = []
    private var withheld: [WithheldCredit] = []
    /// Streams that get no credit for now, and the bytes that are owed to each.
    private var heldStreams: [StreamID: Int] = [:]
    private(set) var isClosed = false

    // Outgoing data streams: the scheduler's slot gives the stream, the stream gives the token.
    @exclusivity(unchecked) private var streams: [StreamID?] = []
    @exclusivity(unchecked) private var tokens: [StreamID: DeliveryStreamToken] = [:]
    @exclusivity(unchecked) private var pulled: DeliveryStreamToken?
    @exclusivity(unchecked) var fetches = FetchDelivery()
    /// Subscriptions that are over but for their fills.
    var heldEndings: [RequestID: (status: PublishDoneStatus, streamCount: UInt64)] = [:]
    @exclusivity(unchecked) var pulledFetch: RequestID?
    /// FETCHes that wait for upstream, and what FETCH_OK is to say.
    var waitingFetches: [RequestID: FetchOK] = [:]
    /// Tracks' default priorities other than 128, by subscription.
    @exclusivity(unchecked) private var defaultPriorities: [UInt64: UInt8] = [:]
    /// By subscription, where a track is sent either way but not both: whether its first object was a datagram.
    @exclusivity(unchecked) private var sentAsDatagrams: [UInt64: Bool] = [:]
    /// Subscriptions whose peer has not been told their track's default priority.
    @exclusivity(unchecked) private var untoldPriorities: Set<UInt64> = []
    @exclusivity(unchecked) private var headerSlab = SlabWriter(slabCapacity: 4096)
    @exclusivity(unchecked) private var datagramWriter: WireWriter?

    private struct UnopenedStream {
        var token: UInt32
        var direction: StreamDirection
    }
    private struct WithheldCredit {
        var stream: StreamID
        var byteCount: Int
    }

    public init(
        transport: any TransportSession, configuration: SessionConfiguration, shard: LogShard,
        limits: DeliveryLimits = DeliveryLimits()
    ) {
        self.transport = transport
        self.shard = shard
        session = Session(configuration: configuration)
        delivery = DeliveryScheduler(limits: limits)
        delivery.owner = self
    }

    deinit { delivery.owner = nil }

    /// Takes over the transport; call once, with `delegate` set.
    public func start() {
        transport.delegate = self
        transport.sendSource = self
        if transport.negotiated != nil { transportEstablished() }
    }

    /// When `timeout()` wants to be called.
    public var nextDeadline: Instant { session.nextDeadline }

    public func timeout() {
        session.timeout(now: now)
        pump()
    }

    /// Carries out what the session wants and passes on what it says, until nothing is left. Call it after
    /// every command on `session`; inside a delegate call it may be left out.
    public func pump() {
        if isPumping { return }
        isPumping = true
        // Once, and not for each event: a weak reference costs as much as the event does.
        let delegate = delegate
        repeat {
            session.drainActions(into: &actions)
            for action in actions { perform(action) }
            session.drainEvents(into: &events)
            for event in events { delegate?.peer(self, received: event) }
        } while !actions.isEmpty || !events.isEmpty
        isPumping = false
        delegate?.peerDeadlineChanged(self)
    }

    /// Closes the session with a MoQT code.
    public func close(_ code: SessionErrorCode, reason: String) {
        session.close(code, reason: reason)
        pump()
    }

    // MARK: Delivery

    /// Starts sending `log` to the peer under `subscription.id`, which is the request's id. `isDescribed` false:
    /// the peer was told no track properties (INCLUDE_PROPERTIES), so objects say what they would.
    public func deliver(
        _ subscription: DeliverySubscription, from log: TrackLog, isDescribed: Bool = true
    ) {
        if log.defaultPublisherPriority != TrackProperties.defaultPriority {
            defaultPriorities[subscription.id] = log.defaultPublisherPriority
            if !isDescribed { untoldPriorities.insert(subscription.id) }
        }
        delivery.addSubscription(subscription, to: log)
        transport.wantsToSend()
    }

    /// Stops sending for a request; its streams are reset, those of its fills too. Returns the number of streams that
    /// were opened.
    @discardableResult
    public func stopDelivering(_ request: RequestID, code: StreamResetCode = .cancelled) -> UInt64 {
        forget(request)
        let ended = heldEndings.removeValue(forKey: request)?.streamCount ?? 0
        let count = delivery.removeSubscription(request.value, code: code) ?? ended
        transport.wantsToSend()
        return count + stopFills(of: request, code: code)
    }

    private func forget(_ request: RequestID) {
        defaultPriorities[request.value] = nil
        sentAsDatagrams[request.value] = nil
        untoldPriorities.remove(request.value)
    }

    // MARK: Actions

    private func perform(_ action: SessionAction) {
        switch action {
        case .openStream(let token, let direction):
            let request = UnopenedStream(token: token, direction: direction)
            if !open(request) { unopened.append(request) }
        case .send(let stream, let bytes, let fin):
            transport.send(bytes, fin: fin, on: stream)
        case .resetStream(let stream, let code):
            transport.resetStream(stream, code: code)
        case .stopSending(let stream, let code):
            transport.stopSending(stream, code: code)
        case .consumed(let stream, let byteCount):
            if holdsCredit {
                withheld.append(WithheldCredit(stream: stream, byteCount: byteCount))
            } else if !heldStreams.isEmpty, let owed = heldStreams[stream] {
                heldStreams[stream] = owed + byteCount
            } else {
                transport.consumed(stream, byteCount: byteCount)
            }
        case .closeSession(let code, let reason):
            transport.close(code: code, reason: reason)
        }
    }

    private func open(_ request: UnopenedStream) -> Bool {
        guard let id = transport.openStream(request.direction) else { return false }
        session.streamOpened(token: request.token, id: id)
        return true
    }

    /// Gives one stream no credit until `releaseCredit`: its sender stops when its window is used up.
    public func holdCredit(of stream: StreamID) {
        if heldStreams[stream] == nil { heldStreams[stream] = 0 }
    }

    public func releaseCredit(of stream: StreamID) {
        guard let owed = heldStreams.removeValue(forKey: stream), owed > 0 else { return }
        transport.consumed(stream, byteCount: owed)
    }

    private func returnCredit() {
        let held = withheld
        withheld.removeAll(keepingCapacity: true)
        for credit in held { transport.consumed(credit.stream, byteCount: credit.byteCount) }
    }
}

// MARK: - Facts from the transport

extension Peer: TransportSessionDelegate {
    public func transportEstablished() {
        if isEstablished { return }
        isEstablished = true
        session.transportEstablished(protocolName: transport.negotiated?.name, now: now)
        pump()
    }

    public func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        session.streamReceived(stream, bytes, fin: fin, now: now)
        pump()
    }

    public func streamReset(_ stream: StreamID, code: UInt64?) {
        session.streamReset(stream, code: code, now: now)
        pump()
    }

    public func streamStopped(_ stream: StreamID, code: UInt64?) {
        if let token = tokens[stream] {
            delivery.stopped(token)
            transport.wantsToSend()
        } else if !fetches.isEmpty, let request = fetches.request(on: stream) {
            endFetch(request)
        } else {
            session.streamStopped(stream, code: code, now: now)
            pump()
        }
    }

    public func streamClosed(_ stream: StreamID) {
        if !heldStreams.isEmpty { releaseCredit(of: stream) }
        if let token = tokens.removeValue(forKey: stream) {
            if streams[Int(token.slot)] == stream { streams[Int(token.slot)] = nil }
            delivery.streamClosed(token)
        } else {
            session.streamClosed(stream)
            pump()
        }
    }

    public func streamCreditGranted(_ direction: StreamDirection) {
        let waiting = unopened
        unopened.removeAll(keepingCapacity: true)
        for request in waiting where request.direction != direction || !open(request) {
            unopened.append(request)
        }
        if direction == .unidirectional {
            delivery.streamCreditGranted()
            fetches.lacksStreamCredit = false
            transport.wantsToSend()
        }
        pump()
    }

    public func datagramReceived(_ bytes: Payload) {
        session.datagramReceived(bytes, now: now)
        pump()
    }

    public func transportClosed(_ reason: TransportCloseReason) {
        if isClosed { return }
        isClosed = true
        delivery.removeAll()
        fetches.removeAll()
        waitingFetches.removeAll()
        heldEndings.removeAll()
        tokens.removeAll()
        session.transportClosed(now: now)
        pump()
        delegate?.peer(self, closed: reason)
    }
}

// MARK: - The logs' news

extension Peer: DeliveryOwner {
    public func deliveryBecameReady() { transport.wantsToSend() }
}

// MARK: - The transport's pull

extension Peer: SendSource {
    public func nextChunk(_ chunk: inout SendChunk) -> Bool {
        pulledFetch = nil
        if !fetches.isEmpty, nextFetchChunk(&chunk, alone: false) { return true }
        while true {
            switch delivery.next(into: &chunk.payloads, now: now) {
            case .nothing:
                return fetches.isEmpty ? false : nextFetchChunk(&chunk, alone: true)
            case .bytes(let token, let fin):
                guard let stream = stream(of: token) else {
                    delivery.streamClosed(token)
                    continue
                }
                pulled = token
                chunk.target = .stream(stream)
                chunk.fin = fin
                chunk.isLast = delivery.isLastStep && fetches.isEmpty
                return true
            case .open(let token, let opening):
                openDataStream(token, opening)
            case .reset(let token, let code):
                if let stream = stream(of: token) {
                    transport.resetStream(stream, code: session.resetCode(code))
                }
            case .datagram(let subscription, let object):
                if encodeDatagram(object, of: subscription, into: &chunk) { return true }
            case .subscriptionEnded(let id, let status, let streamCount):
                endSubscription(RequestID(id), status, streamCount: streamCount)
            }
        }
    }

    public func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
        if let request = pulledFetch {
            return fetches.accepted(request, byteCount: byteCount, fin: fin)
        }
        guard case .stream = target, let token = pulled else { return }
        delivery.accepted(token, byteCount: byteCount, fin: fin)
    }

    public func streamBlocked(_ stream: StreamID) {
        if let token = tokens[stream] {
            delivery.blocked(token)
        } else {
            fetches.setBlocked(stream, true)
        }
    }

    public func streamUnblocked(_ stream: StreamID) {
        if let token = tokens[stream] {
            delivery.unblocked(token)
        } else {
            fetches.setBlocked(stream, false)
        }
    }

    private func stream(of token: DeliveryStreamToken) -> StreamID? {
        Int(token.slot) < streams.count ? streams[Int(token.slot)] : nil
    }

    /// Whether an object may be sent this way: peers whose draft has one preference per track would call a mixed
    /// one malformed (draft-14 section 2.5), so they get the objects that are sent as the first one was.
    private func maySend(asDatagram: Bool, _ subscription: UInt64, _ rules: DraftRules) -> Bool {
        guard rules.tracksHaveOnePreference else { return true }
        if let first = sentAsDatagrams[subscription] { return first == asDatagram }
        sentAsDatagrams[subscription] = asDatagram
        return true
    }

    private func openDataStream(_ token: DeliveryStreamToken, _ opening: SubgroupOpening) {
        guard let rules = session.rules else { return delivery.noStreamCredit(token) }
        guard maySend(asDatagram: false, opening.subscription, rules) else { return delivery.stopped(token) }
        guard let stream = transport.openStream(.unidirectional) else {
            return delivery.noStreamCredit(token)
        }
        let header = SubgroupHeader(
            alias: TrackAlias(opening.context), group: opening.group,
            subgroup: .explicit(opening.subgroup),
            priority: opening.priority ?? untoldPriority(of: opening.subscription),
            hasProperties: opening.hasProperties, endOfGroup: opening.endOfGroup,
            firstObject: opening.firstObject)
        while streams.count <= Int(token.slot) { streams.append(nil) }
        streams[Int(token.slot)] = stream
        tokens[stream] = token
        do throws(WireError) {
            let bytes = try SubgroupEncoder.header(
                header, alias: header.alias, rules,
                defaultPriority: defaultPriorities[opening.subscription] ?? TrackProperties.defaultPriority)
            delivery.streamOpened(token, header: headerSlab.copy(bytes))
        } catch {
            // The peer's draft cannot say this header (a group id above 2^62-1): the subgroup is lost to it.
            transport.resetStream(stream, code: session.resetCode(.internalError))
            delivery.stopped(token)
        }
    }

    private func encodeDatagram(
        _ object: ObjectDatagram, of subscription: UInt64, into chunk: inout SendChunk
    ) -> Bool {
        guard let rules = session.rules, maySend(asDatagram: true, subscription, rules) else { return false }
        var writer = datagramWriter ?? WireWriter(varint: rules.varint, reserving: 128)
        datagramWriter = nil
        defer { datagramWriter = writer }
        writer.removeAll()
        var object = object
        object.priority = object.priority ?? untoldPriority(of: subscription)
        do throws(WireError) {
            try DatagramCodec(rules).encodeHeader(
                object, alias: object.alias,
                defaultPriority: defaultPriorities[subscription] ?? TrackProperties.defaultPriority,
                into: &writer)
        } catch {
            return false
        }
        chunk.clear()
        chunk.payloads.append(headerSlab.copy(writer.bytes))
        if !object.payload.isEmpty { chunk.payloads.append(object.payload) }
        chunk.target = .datagram
        return true
    }

    private func untoldPriority(of subscription: UInt64) -> UInt8? {
        untoldPriorities.contains(subscription) ? defaultPriorities[subscription] : nil
    }

    private func endSubscription(_ request: RequestID, _ status: PublishDoneStatus, streamCount: UInt64) {
        forget(request)
        // Not before all of its streams are closed (draft-20 section 10.12).
        if fetches.hasFill(of: request) {
            heldEndings[request] = (status, streamCount)
        } else {
            finishSubscription(request, status, streamCount: streamCount)
        }
    }

    /// PUBLISH_DONE.
    func finishSubscription(_ request: RequestID, _ status: PublishDoneStatus, streamCount: UInt64) {
        let count = streamCount + fetches.takeFillCount(of: request)
        session.publishDone(request, status: status, streamCount: count)
        pump()
        delegate?.peer(self, deliveryEnded: request, status: status)
    }
}
