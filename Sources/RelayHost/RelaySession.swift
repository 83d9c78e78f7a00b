import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import TransportInterface
import WebTransport

/// One peer of the relay on its shard: turns session events into inputs of the control plane and objects into
/// log entries, and carries out the control plane's actions on the session.
final class RelaySession: PeerDelegate {
    let key: SessionKey
    let peer: Peer
    unowned let shard: LoopShard
    var timer = LoopTimer()

    /// What each open request of the peer is, so that its end can be told.
    var incoming: [RequestID: RequestKind] = [:]
    /// Requests that feed tracks: our SUBSCRIBE or the peer's accepted PUBLISH.
    var feeding: [RequestID: Feeding] = [:]
    var upstream: [TrackID: RequestID] = [:]
    /// Updates of those that may let objects flow again, until they are answered.
    var resumptions: [RequestID: RequestID] = [:]
    /// The relay's PUBLISH requests to this peer.
    private var published: [TrackID: RequestID] = [:]
    /// Requests under which the peer is sent a track.
    var downstream: [RequestID: Downstream] = [:]
    /// FETCHes that join a SUBSCRIBE which has no answer yet.
    var pendingJoins: [RequestID: [Fetch]] = [:]
    /// Fills of updates: those that the control plane has not seen yet, and those whose SUBSCRIBE waits.
    var unsettledFills: [RequestID: (of: RequestID, FillParameters)] = [:]
    var waitingFills: [RequestID: [(RequestID, FillParameters)]] = [:]
    /// The largest locations that the peer named in its PUBLISH requests, until they are accepted.
    private var namedLargest: [RequestID: Location] = [:]
    /// FETCHes of the relay that the peer answers, and their data streams.
    var relayedFetches: [RequestID: RelayedFetch] = [:]
    /// TRACK_STATUS requests of the relay's that have no answer yet.
    var openStatuses: Set<RequestID> = []
    var relayedFetchRequests: [UpstreamFetchID: RequestID] = [:]
    var fetchStreams: [StreamID: RequestID] = [:]
    /// What the peer's FETCHes wait for from upstream, by numbers of our own.
    var pipes: [UInt64: FetchPipe] = [:]
    /// FETCHes of tracks that are not known here.
    var unknownTracks: [RequestID: FetchTarget] = [:]
    var lastPipe: UInt64 = 0
    /// What waits for the authorizer; nil = everything is allowed.
    let gate: AuthorizationGate?
    /// Where a WebTransport client has connected to.
    let target: ConnectTarget?
    private var streams: [StreamID: IngestStream] = [:]
    private var early: [RequestID: EarlyObjects] = [:]
    /// Subscriptions whose track is not readable on this shard yet.
    private var waiting: Set<SubscriptionReference> = []
    /// Requests that are done but whose last streams may still be on their way.
    var retiring: [RetiringRequest] = []

    let openedAt: Instant
    /// Among those that the shard looks after a few times a second.
    @exclusivity(unchecked) var isRestless = false
    /// The transport has closed.
    @exclusivity(unchecked) var isOver = false
    var closingSince: Instant?

    struct Feeding {
        var track: TrackID
        var home: UInt16
        var isPublish: Bool
        /// The Forward State that was asked for last.
        var forward: Bool
    }

    init(
        key: SessionKey, peer: Peer, shard: LoopShard, gate: AuthorizationGate? = nil,
        target: ConnectTarget? = nil
    ) {
        self.gate = gate
        self.target = target
        self.key = key
        self.peer = peer
        self.shard = shard
        openedAt = shard.now
        peer.delegate = self
    }

    var session: Session { peer.session }

    // MARK: Events

    func peer(_ peer: Peer, received event: SessionEvent) {
        switch event {
        case .objectPayload(let stream, let bytes): payloadArrived(stream, bytes)
        case .objectBegan(let stream, let header): objectBegan(stream, header)
        case .objectEnded(let stream): objectEnded(stream)
        case .subgroupBegan(let stream, let request, let header):
            subgroupBegan(stream, request, LogSubgroupHeader(header))
        case .subgroupEnded(let stream, let end): subgroupEnded(stream, end)
        case .datagram(let request, let object): datagramArrived(request, object)
        case .fetchStreamBegan(let stream, let request): fetchStreamBegan(stream, request)
        case .fetchObjectBegan(let stream, let header): fetchObjectBegan(stream, header)
        case .fetchGap(let stream, let gap, let through): fetchGapReceived(stream, gap, through: through)
        case .fetchStreamEnded(let stream, let request, let end): fetchStreamEnded(stream, request, end)
        default:
            if let gate { authorizeFirst(event, gate) } else { requestEvent(event) }
        }
    }

    func requestEvent(_ event: SessionEvent) {
        switch event {
        case .established(let setup):
            shard.sessionEstablished(self, setup)
        case .subscribeReceived(let request):
            incoming[request.requestID] = .subscribe
            tell(.subscribeReceived(key, request))
        case .trackStatusReceived(let request):
            incoming[request.requestID] = .trackStatus
            tell(.trackStatusReceived(key, request))
        case .fetchReceived(let request):
            fetchReceived(request)
        case .publishReceived(let request):
            incoming[request.requestID] = .publish
            namedLargest[request.requestID] = request.parameters.largestObject
            tell(.publishReceived(key, request))
        case .publishNamespaceReceived(let request):
            incoming[request.requestID] = .publishNamespace
            tell(.publishNamespaceReceived(key, request))
        case .subscribeNamespaceReceived(let request):
            incoming[request.requestID] = .subscribeNamespace
            tell(.subscribeNamespaceReceived(key, request))
        case .updateReceived(let existing, let update):
            updateReceived(existing, update)
        case .requestCancelled(let id):
            requestCancelled(id)
        case .subscribeAccepted(let id, let answer):
            guard let feed = feeding[id] else { return }
            // What is not forwarded is not seen either.
            if answer.parameters.largestObject != nil || feed.forward {
                shard.report(answer.parameters.largestObject, of: feed.track, home: feed.home)
            }
            tell(.upstreamAccepted(key, feed.track, answer))
        case .fetchAccepted(let id, let answer):
            upstreamFetchAccepted(id, answer)
        case .publishAccepted(let id, let parameters):
            if parameters.hasInvalidFilter {
                peer.failUpdate(id, of: id, .invalidFilter)
                requestCancelled(id)
            } else {
                publishAccepted(id, parameters)
            }
        case .requestAccepted(let id, let answer):
            if openStatuses.contains(id) {
                trackLocated(id, answer.parameters.largestObject)
            } else {
                updateAccepted(id, answer)
            }
        case .publishStateNotified(let id, let parameters):
            stateNotified(id, parameters)
        case .requestRefused(let id, let failure):
            requestRefused(id, failure)
        case .publishDoneReceived(let id, let done):
            publishDoneReceived(id, done)
        case .goAwayReceived(_, let request):
            guard let request else { return tell(.goAwayReceived(key)) }
            // Made anew, here or with another publisher.
            if let feed = feeding[request], !feed.isPublish { tell(.upstreamSentAway(key, feed.track)) }
        case .failed(let failure):
            shard.sessionFailed(self, failure)
        default:
            break
        }
    }

    func requestCancelled(_ id: RequestID) {
        switch incoming.removeValue(forKey: id) {
        case .subscribe:
            dropDelivery(id)
            tell(.subscriptionCancelled(key, .requested(id)))
        case .trackStatus:
            tell(.subscriptionCancelled(key, .requested(id)))
        case .fetch:
            fetchCancelled(id)
        case .publish:
            feeding[id] = nil
            early[id] = nil
            namedLargest[id] = nil
            tell(.publishEnded(key, id, nil))
        case .publishNamespace:
            tell(.publishNamespaceEnded(key, id))
        case .subscribeNamespace, .subscribeTracks:
            tell(.subscribeNamespaceEnded(key, id))
        default:
            if let track = downstream[id]?.track {
                dropDelivery(id)
                published[track] = nil
                tell(.subscriptionCancelled(key, .published(track)))
            } else if let feed = feeding.removeValue(forKey: id) {
                upstream[feed.track] = nil
                tell(.upstreamDone(key, feed.track, nil))
            } else {
                upstreamFetchBroke(id)
            }
        }
    }

    private func requestRefused(_ id: RequestID, _ failure: RequestFailure) {
        if let feed = feeding.removeValue(forKey: id) {
            upstream[feed.track] = nil
            tell(.upstreamRefused(key, feed.track, failure))
        } else if let track = downstream[id]?.track {
            dropDelivery(id)
            published[track] = nil
            tell(.downstreamPublishRefused(key, track, failure))
        } else {
            if resumptions.removeValue(forKey: id) == nil { upstreamFetchRefused(id, failure) }
        }
    }

    private func publishDoneReceived(_ id: RequestID, _ done: PublishDone) {
        // Streams may still be on their way: the request keeps feeding until the home shard has them all.
        guard let feed = feeding[id] else {
            if incoming.removeValue(forKey: id) == .publish { tell(.publishEnded(key, id, done)) }
            return
        }
        retiring.append(
            RetiringRequest(
                id: id, until: shard.now.advanced(byMilliseconds: ShardTrack.patience),
                limit: shard.now.advanced(byMilliseconds: ShardTrack.longestPatience)))
        if feed.isPublish {
            incoming[id] = nil
            tell(.publishEnded(key, id, done))
        } else {
            upstream[feed.track] = nil
            tell(.upstreamDone(key, feed.track, done))
        }
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {
        guard let track = downstream.removeValue(forKey: request)?.track else { return }
        incoming[request] = nil
        forgetFills(of: request)
        let isPublished = published[track] == request
        if isPublished { published[track] = nil }
        tell(.deliveryEnded(key, isPublished ? .published(track) : .requested(request)))
    }

    func peerDeadlineChanged(_ peer: Peer) {
        shard.deadlineChanged(self)
        shard.lookAfter(self)
    }

    func peer(_ peer: Peer, closed reason: TransportCloseReason) {
        waiting.removeAll()
        pendingJoins.removeAll()
        for request in Array(relayedFetches.keys) { upstreamFetchBroke(request) }
        for stream in Array(streams.keys) { subgroupEnded(stream, .reset(.sessionClosed)) }
        shard.sessionClosed(self, reason)
    }

    func tell(_ input: RelayInput) { shard.tell(input) }

    private func dropDelivery(_ id: RequestID) {
        downstream[id] = nil
        forgetFills(of: id)
        dropJoins(of: id)
        peer.stopDelivering(id)
    }

    /// Whether a stream of a track that the peer feeds is open.
    func receives(_ track: TrackID) -> Bool {
        streams.values.contains { stream in
            switch stream {
            case .local(let fed, _): fed.id == track
            case .remote(let fed, _): fed == track
            case .early, .dropped: false
            }
        }
    }

    // MARK: Objects from the peer

    private func subgroupBegan(_ stream: StreamID, _ request: RequestID, _ header: LogSubgroupHeader) {
        guard let feed = feeding[request] else {
            if incoming[request] == .publish {
                streams[stream] = .early(request)
                early[request, default: EarlyObjects()]
                    .append(.subgroupBegan(stream: stream.value, header), byteCount: 0)
            } else {
                streams[stream] = .dropped
            }
            return
        }
        if feed.home == key.shard {
            guard let track = shard.track(feed.track) else {
                streams[stream] = .dropped
                return
            }
            streams[stream] = .local(track, track.subgroupBegan(from: key, header))
        } else {
            streams[stream] = .remote(feed.track, home: feed.home)
            shard.ingest(feed.track, home: feed.home, key, .subgroupBegan(stream: stream.value, header))
        }
    }

    private func objectBegan(_ stream: StreamID, _ header: ObjectHeader) {
        switch streams[stream] {
        case .local(let track, let handle): track.log.objectBegan(handle, header)
        case .remote, .early:
            forward(stream, .objectBegan(stream: stream.value, header, raw: nil), byteCount: 0)
        case .dropped, nil: break
        }
    }

    private func payloadArrived(_ stream: StreamID, _ bytes: Payload) {
        switch streams[stream] {
        case .local(let track, let handle): track.log.payloadArrived(handle, bytes)
        case .remote, .early:
            forward(stream, .payloadArrived(stream: stream.value, bytes), byteCount: bytes.count)
        case .dropped: break
        case nil: fetchPayloadArrived(stream, bytes)
        }
    }

    private func objectEnded(_ stream: StreamID) {
        switch streams[stream] {
        case .local(let track, let handle): track.log.objectEnded(handle)
        case .remote, .early: forward(stream, .objectEnded(stream: stream.value), byteCount: 0)
        case .dropped, nil: break
        }
    }

    private func subgroupEnded(_ stream: StreamID, _ end: SubgroupEnd) {
        let end = end.understood
        switch streams[stream] {
        case .local(let track, let handle): track.subgroupEnded(from: key, handle, end)
        case .remote, .early: forward(stream, .subgroupEnded(stream: stream.value, end), byteCount: 0)
        case .dropped, nil: break
        }
        streams[stream] = nil
    }

    private func datagramArrived(_ request: RequestID, _ object: ObjectDatagram) {
        if let feed = feeding[request] {
            if feed.home != key.shard {
                shard.ingest(feed.track, home: feed.home, key, .datagramArrived(object))
            } else if let track = shard.track(feed.track) {
                track.log.datagramArrived(source: track.source(key), object)
            }
        } else if incoming[request] == .publish {
            early[request, default: EarlyObjects()]
                .append(.datagramArrived(object), byteCount: object.payload.count)
        }
    }

    private func forward(_ stream: StreamID, _ event: LogEvent, byteCount: Int) {
        switch streams[stream] {
        case .remote(let track, let home): shard.ingest(track, home: home, key, event)
        case .early(let request): early[request]?.append(event, byteCount: byteCount)
        default: break
        }
    }
}

// MARK: - What the control plane wants

extension RelaySession {
    func acceptRequest(_ id: RequestID) { session.acceptRequest(id) }

    func refuse(_ id: RequestID, _ failure: RequestFailure) {
        forget(id)
        session.refuse(id, failure)
    }

    /// A request of the peer that has no answer will get none here.
    func forget(_ id: RequestID) {
        incoming[id] = nil
        early[id] = nil
        namedLargest[id] = nil
        forgetFills(of: id)
        dropJoins(of: id)
    }

    func acceptPublish(_ id: RequestID, track: TrackID, home: UInt16, forward: Bool) {
        guard incoming[id] == .publish else { return }
        feeding[id] = Feeding(track: track, home: home, isPublish: true, forward: forward)
        let largest = namedLargest.removeValue(forKey: id)
        // What is not forwarded is not seen either.
        if largest != nil || forward { shard.report(largest, of: track, home: home) }
        var parameters = MessageParameters()
        parameters.forward = forward
        parameters.filter = .nextObject
        session.acceptPublish(id, parameters: parameters)
        guard let overtaken = early.removeValue(forKey: id) else { return }
        for event in overtaken.events { replay(event, of: id) }
    }

    /// Objects that arrived before their track was known go where they belong.
    private func replay(_ event: LogEvent, of id: RequestID) {
        switch event {
        case .subgroupBegan(let stream, let header): subgroupBegan(StreamID(stream), id, header)
        case .objectBegan(let stream, let header, _): objectBegan(StreamID(stream), header)
        case .payloadArrived(let stream, let bytes): payloadArrived(StreamID(stream), bytes)
        case .objectEnded(let stream): objectEnded(StreamID(stream))
        case .subgroupEnded(let stream, let end): subgroupEnded(StreamID(stream), end)
        case .datagramArrived(let object): datagramArrived(id, object)
        case .trackEnded, .beginningSeen, .largestNamed, .missed: break
        }
    }

    func cancelPublish(_ id: RequestID) {
        feeding[id] = nil
        incoming[id] = nil
        session.unsubscribe(id)
    }

    func subscribeUpstream(
        track: TrackID, name: FullTrackName, home: UInt16, parameters: MessageParameters
    ) {
        do throws(SessionCommandFailure) {
            let id = try session.subscribe(name, parameters: parameters)
            feeding[id] = Feeding(
                track: track, home: home, isPublish: false, forward: parameters.forward ?? true)
            upstream[track] = id
        } catch {
            tell(
                .upstreamRefused(key, track, RequestFailure(.internalError, "the publisher cannot be asked")))
        }
    }

    func unsubscribeUpstream(_ track: TrackID) {
        guard let id = upstream.removeValue(forKey: track) else { return }
        feeding[id] = nil
        session.unsubscribe(id)
    }

    func attach(
        _ request: Subscribe, to track: ShardTrack, _ base: SubscriptionBase, _ properties: TrackProperties
    ) {
        guard incoming[request.requestID] == .subscribe, let rules = session.rules else { return }
        session.shareName(track.shared(request.track), with: request.requestID)
        let asked = request.parameters
        let alias = session.allocateAlias()
        var answer = MessageParameters()
        answer.expires = 0
        answer.largestObject = track.log.largest(base)
        answer.groupOrder = asked.groupOrder ?? properties.groupOrder ?? .ascending
        let isDescribed = asked.includeProperties != false
        session.acceptSubscribe(
            request.requestID, alias: alias, parameters: answer,
            properties: isDescribed ? properties : TrackProperties())
        var subscription = DeliverySubscription(
            id: request.requestID.value, range: range(of: asked, base, in: track.log),
            shape: rules.bodyShape, context: alias.value)
        subscription.groupOrder = properties.groupOrder ?? .ascending
        subscription.apply(asked)
        subscription.adoptTimeouts(of: properties)
        began(
            request.requestID, track, largest: answer.largestObject, filter: asked.filter,
            forward: subscription.forward)
        peer.deliver(subscription, from: track.log, isDescribed: isDescribed)
        open(
            asked.fill, request.requestID, of: request.requestID, largest: answer.largestObject, in: track.log
        )
        openWaitingFills(of: request.requestID, largest: answer.largestObject, in: track.log)
        requestNewGroup(asked, of: track)
        let joins = pendingJoins.removeValue(forKey: request.requestID) ?? []
        for join in joins { serve(join, of: track, properties) }
    }

    func publish(
        _ name: FullTrackName, from track: ShardTrack, _ asked: MessageParameters, _ base: SubscriptionBase,
        _ properties: TrackProperties
    ) {
        guard let rules = session.rules else { return }
        let alias = session.allocateAlias()
        // Each draft's PUBLISH says of these what it has words for (draft-19 section 10.19.1).
        var parameters = MessageParameters()
        if rules.subscribeTracksIsSeparate {
            parameters.subscriberPriority = asked.subscriberPriority
            parameters.filter = asked.filter
            parameters.objectDeliveryTimeout = asked.objectDeliveryTimeout
            parameters.subgroupDeliveryTimeout = asked.subgroupDeliveryTimeout
        }
        parameters.forward = asked.forward ?? true
        parameters.largestObject = track.log.largest(base)
        parameters.groupOrder = asked.groupOrder ?? properties.groupOrder ?? .ascending
        let filter = asked.filter ?? .nextObject
        do throws(SessionCommandFailure) {
            let isDescribed = asked.includeProperties != false
            let id = try session.publish(
                name, alias: alias, parameters: parameters,
                properties: isDescribed ? properties : TrackProperties())
            published[track.id] = id
            var subscription = DeliverySubscription(
                id: id.value, range: track.log.range(for: filter, base), shape: rules.bodyShape,
                context: alias.value)
            subscription.groupOrder = properties.groupOrder ?? .ascending
            subscription.apply(asked)
            subscription.adoptTimeouts(of: properties)
            began(
                id, track, largest: parameters.largestObject, filter: asked.filter,
                forward: subscription.forward)
            peer.deliver(subscription, from: track.log, isDescribed: isDescribed)
            requestNewGroup(asked, of: track)
        } catch {
            tell(.downstreamPublishImpossible(key, track.id))
        }
    }

    /// A subscription waits until its track can be read here.
    func beginsWaiting(_ reference: SubscriptionReference) { waiting.insert(reference) }

    /// False when the subscription has ended meanwhile.
    @discardableResult
    func endsWaiting(_ reference: SubscriptionReference) -> Bool { waiting.remove(reference) != nil }

    func detach(_ reference: SubscriptionReference) {
        if waiting.remove(reference) != nil, case .requested(let id) = reference {
            incoming[id] = nil
            forgetFills(of: id)
            dropJoins(of: id)
        }
        guard let id = request(of: reference) else { return }
        if case .published(let track) = reference { published[track] = nil }
        incoming[id] = nil
        dropDelivery(id)
    }

    func end(
        _ reference: SubscriptionReference, _ track: ShardTrack?, _ status: PublishDoneStatus, reason: String,
        _ ending: SubscriptionEnding
    ) {
        if case .fetched(let id) = reference {
            if ending == .immediately { breakFetch(id, RequestFailure(.malformedTrack, reason)) }
            return
        }
        if ending == .immediately, waiting.remove(reference) != nil {
            let code = status == .malformedTrack ? RequestErrorCode.malformedTrack : .internalError
            if case .requested(let id) = reference { refuse(id, RequestFailure(code, reason)) }
            return tell(.deliveryEnded(key, reference))
        }
        guard let id = request(of: reference) else { return }
        if ending == .afterDelivery, let track {
            track.end(status, now: shard.now)
            peer.transport.wantsToSend()
            return
        }
        let count = peer.stopDelivering(id)
        session.publishDone(id, status: status, streamCount: count, reason: reason)
        peer(peer, deliveryEnded: id, status: status)
    }

    func announce(_ id: RequestID, _ suffix: TrackNamespace) { session.announce(suffix: suffix, on: id) }
    func withdraw(_ id: RequestID, _ suffix: TrackNamespace) { session.withdraw(suffix: suffix, on: id) }

    func request(of reference: SubscriptionReference) -> RequestID? {
        switch reference {
        case .requested(let id): downstream[id] == nil ? nil : id
        case .published(let track): published[track]
        case .fetched: nil
        }
    }
}
