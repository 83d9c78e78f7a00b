import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import TransportInterface
import WebTransport

/// One loop thread of the relay: its endpoints, its sessions, and its part of every track. Nothing in it is
/// touched by another thread; other shards write letters (`ShardMessage`).
package final class LoopShard {
    let index: UInt16
    let loop: EventLoop
    let logs = LogShard()
    let configuration: RelayConfiguration
    let metrics: RelayMetrics
    private(set) var endpoints: [QUICEndpoint] = []
    @exclusivity(unchecked) var mail = ShardMail([])
    /// On shard 0 only.
    private(set) var control: ControlPlane?

    @exclusivity(unchecked) private(set) var sessions: [UInt64: RelaySession] = [:]
    private var lastSerial: UInt64 = 0
    /// Sessions for which the time that passes may matter; thousands that idle cost nothing.
    @exclusivity(unchecked) private var restless: [RelaySession] = []
    @exclusivity(unchecked) private var tracks: [TrackID: ShardTrack] = [:]
    let encoder = WireObjectEncoder()
    private let budget: CacheBudget
    /// Tracks by their logs, for FETCHes that lack a part.
    private var trackOfLog: [ObjectIdentifier: TrackID] = [:]
    @exclusivity(unchecked) private var outgoing: [OutgoingIngest] = []
    /// Set while the relay winds up.
    var drain: DrainSchedule?

    /// Objects for a track whose home is another shard, gathered during one turn.
    private struct OutgoingIngest {
        var track: TrackID
        var home: UInt16
        var source: SessionKey
        var events: [LogEvent]
    }

    /// What FETCHes of the relay's brought for readers on other shards, gathered during one turn.
    private struct OutgoingFetched {
        var reader: FetchReader
        var source: SessionKey
        var id: UpstreamFetchID
        var events: [FetchPipe.Event]
    }
    private var outgoingFetched: [OutgoingFetched] = []

    /// Milliseconds between looks at delivery deadlines.
    static let tickInterval: UInt64 = 100

    package init(index: UInt16, loop: EventLoop, configuration: RelayConfiguration, metrics: RelayMetrics) {
        self.index = index
        self.loop = loop
        self.configuration = configuration
        self.metrics = metrics
        budget = CacheBudget(byteCount: configuration.cacheByteCount / max(1, configuration.workers))
        logs.now = loop.now
        if index == 0 {
            let control = ControlPlane(limits: configuration.routing, loop: loop)
            control.dispatch = { [unowned self] in dispatch($0) }
            self.control = control
        }
        // Before the endpoints' hooks, which send what this one makes ready.
        loop.turnBegan = { [unowned self] in logs.now = self.loop.now }
        _ = loop.addTurnHook { [unowned self] in turnEnded() }
        scheduleTick()
    }

    var now: Instant { logs.now }

    package func add(_ endpoint: QUICEndpoint) {
        endpoints.append(endpoint)
        endpoint.delegate = self
    }

    /// Forgets every connection without a word to its peer and closes the sockets.
    func abandon() {
        for endpoint in endpoints { endpoint.abandon() }
        endpoints = []
    }

    func track(_ id: TrackID) -> ShardTrack? { tracks[id] }
    func track(readBy log: TrackLog) -> ShardTrack? {
        trackOfLog[ObjectIdentifier(log)].flatMap { tracks[$0] }
    }
    func session(_ serial: UInt64) -> RelaySession? { sessions[serial] }
    var sessionCount: Int { sessions.count }

    // MARK: Letters

    func received(_ message: ShardMessage) {
        switch message {
        case .input(let input): control?.handle(input)
        case .action(let action): perform(action)
        case .ingest(let track, let source, let events): tracks[track]?.ingest(events, from: source)
        case .replicate(let track, let events): tracks[track]?.replicate(events)
        case .largestReported(let track, let largest, let afterPause):
            tracks[track]?.report(largest, afterPause: afterPause)
        case .fetched(let reader, let source, let id, let events):
            guard let session = sessions[reader.session.serial] else { return }
            for event in events { session.received(event, for: reader.pipe, from: source, id) }
            session.peer.pump()
        case .fetchTaken(let key, let id, let reader, let byteCount):
            guard let session = sessions[key.serial] else { return }
            session.fetchTaken(id, reader, byteCount: byteCount)
            session.peer.pump()
        case .trackStatus(let key, let id, let largest, let properties):
            guard let session = sessions[key.serial] else { return }
            session.answerTrackStatus(id, largest: largest, properties)
            session.peer.pump()
        }
    }

    /// To the control plane, wherever it is.
    func tell(_ input: RelayInput) {
        if let control { control.handle(input) } else { mail.post(.input(input), to: 0) }
    }

    private func dispatch(_ action: RelayAction) {
        if action.shard == index { perform(action) } else { mail.post(.action(action), to: action.shard) }
    }

    /// A publisher named the largest location of its track, or none; its objects follow.
    /// `afterPause`: those up to it were not forwarded.
    func report(_ largest: Location?, of track: TrackID, home: UInt16, afterPause: Bool = false) {
        send(.largestReported(track, largest, afterPause: afterPause), to: home)
    }

    private func send(_ message: ShardMessage, to shard: UInt16) {
        if shard == index { received(message) } else { mail.post(message, to: shard) }
    }

    /// Objects for a track whose home is another shard; they leave at the end of the turn.
    func ingest(_ track: TrackID, home: UInt16, _ source: SessionKey, _ event: LogEvent) {
        if let last = outgoing.indices.last, outgoing[last].track == track, outgoing[last].source == source {
            outgoing[last].events.append(event)
        } else {
            outgoing.append(OutgoingIngest(track: track, home: home, source: source, events: [event]))
        }
    }

    /// What a FETCH of the relay's brings, for a reader on whatever shard.
    func deliver(
        _ event: FetchPipe.Event, to reader: FetchReader, from source: SessionKey, _ id: UpstreamFetchID
    ) {
        if reader.session.shard == index {
            guard let session = sessions[reader.session.serial] else { return }
            session.received(event, for: reader.pipe, from: source, id)
            session.peer.pump()
        } else if let last = outgoingFetched.indices.last, outgoingFetched[last].reader == reader,
            outgoingFetched[last].id == id
        {
            outgoingFetched[last].events.append(event)
        } else {
            outgoingFetched.append(
                OutgoingFetched(reader: reader, source: source, id: id, events: [event]))
        }
    }

    /// A reader has taken so many bytes of what a FETCH of the relay's brought.
    func fetchTaken(_ key: SessionKey, _ id: UpstreamFetchID, _ reader: FetchReader, byteCount: Int) {
        send(.fetchTaken(key, id, reader, byteCount: byteCount), to: key.shard)
    }

    // MARK: Turns

    private func turnEnded() {
        if logs.hasMalformedLogs { reportMalformed() }
        for letter in outgoingFetched {
            mail.post(
                .fetched(letter.reader, from: letter.source, letter.id, letter.events),
                to: letter.reader.session.shard)
        }
        outgoingFetched.removeAll(keepingCapacity: true)
        for letter in outgoing {
            mail.post(.ingest(letter.track, source: letter.source, letter.events), to: letter.home)
        }
        outgoing.removeAll(keepingCapacity: true)
        if mail.shardCount > 1 { sendFeeds() }
        logs.wakeReaders()
    }

    /// Before anything leaves: the object that showed it is not in the log.
    private func reportMalformed() {
        for (log, fault) in logs.takeMalformed() {
            guard let track = track(readBy: log) else { continue }
            metrics.tracksMalformed.add(1)
            tell(.trackMalformed(track.id, fault))
        }
    }

    private func sendFeeds() {
        logs.takeFed { log in
            guard let track = track(readBy: log) else { return }
            for (shard, feed) in track.feeds where !feed.isEmpty {
                mail.post(.replicate(track.id, feed.takeEvents()), to: shard)
            }
        }
    }

    private func scheduleTick() {
        loop.schedule(afterMilliseconds: Self.tickInterval) { [unowned self] in
            logs.checkDeadlines()
            tickSessions()
            for track in tracks.values where track.isSettling { track.losePatience(now: now) }
            keepCacheInBudget()
            scheduleTick()
        }
    }

    /// From now on the session is told of the time, until that means nothing to it.
    func lookAfter(_ session: RelaySession) {
        guard !session.isRestless else { return }
        session.isRestless = true
        restless.append(session)
    }

    private func tickSessions() {
        var index = 0
        while index < restless.count {
            let session = restless[index]
            if !session.isOver { session.tick(now: now) }
            if session.isOver || session.isQuiet {
                session.isRestless = false
                restless.swapAt(index, restless.count - 1)
                restless.removeLast()
            } else {
                index += 1
            }
        }
    }

    /// What the tracks keep together is looked at a few times a second: what comes in between is bounded by the
    /// line.
    private func keepCacheInBudget() {
        guard let level = budget.level(tracks.values.map(\.log.heldByteCount)) else { return }
        for track in tracks.values { track.log.shrink(to: level) }
    }

    // MARK: Sessions

    /// `target`: of a WebTransport client.
    private func addSession(_ transport: any TransportSession, target: ConnectTarget?) {
        var session = SessionConfiguration(
            role: .server, drafts: configuration.drafts, isWebTransport: target != nil)
        if configuration.authorizer != nil { session.tokenCacheByteCount = configuration.tokenCacheByteCount }
        session.implementation = RelayServer.implementation
        session.filterRanges = configuration.filterRanges
        session.requestUpdates = configuration.requestUpdates
        lastSerial += 1
        let peer = Peer(
            transport: transport, configuration: session, shard: logs, limits: configuration.delivery)
        let key = SessionKey(shard: index, serial: lastSerial)
        let added = RelaySession(key: key, peer: peer, shard: self, gate: makeGate(key), target: target)
        sessions[lastSerial] = added
        metrics.sessionsOpened.add(1)
        lookAfter(added)
        peer.start()
    }

    private func makeGate(_ key: SessionKey) -> AuthorizationGate? {
        guard let authorizer = configuration.authorizer else { return nil }
        // Answers may come late and from anywhere: only the loop looks at the shard.
        let here = LoopBound(WeakShard(self), on: loop)
        let mailbox = loop.mailbox
        return AuthorizationGate(
            authorizer, id: "\(key)", timeout: configuration.authorizationTimeout
        ) { question, decision in
            mailbox.post { here.value.shard?.sessions[key.serial]?.answered(question, decision) }
        }
    }

    func sessionEstablished(_ session: RelaySession, _ setup: Setup) {
        if let drain {
            session.beginDraining(drain, to: configuration.goAwayURI)
            return
        }
        // WebTransport's path was checked with its CONNECT.
        if let paths = configuration.allowedPaths, let path = setup.path,
            !paths.contains(String(decoding: path, as: UTF8.self))
        {
            session.session.close(.invalidPath, reason: "nothing is served at this path")
            return
        }
        var traits = SessionTraits()
        if let rules = session.session.rules {
            traits.mayRepeatSubscriptions = rules.subscriptionsMayRepeat
            traits.changesForward = rules.subscriptionLayout == .parameters
            traits.answersPublishWithForward = rules.answersPublishWithForward
            traits.skipsOnePublication = rules.skipsOnePublication
        }
        tell(.sessionOpened(session.key, traits))
    }

    func sessionFailed(_ session: RelaySession, _ failure: SessionFailure) {
        guard failure.code != .noError else { return }
        metrics.sessionsFailed.add(1)
        let draft = session.session.draft?.alpn ?? "no draft yet"
        configuration.note("session \(session.key) (\(draft)) failed: \(failure.code), \(failure.reason)")
    }

    func sessionClosed(_ session: RelaySession, _ reason: TransportCloseReason) {
        session.timer.cancel(on: loop)
        session.isOver = true
        guard sessions.removeValue(forKey: session.key.serial) != nil else { return }
        metrics.sessionsClosed.add(1)
        tell(.sessionClosed(session.key))
        // The peer may still be on the stack below us.
        loop.post(Retained(session).release)
    }

    func deadlineChanged(_ session: RelaySession) {
        session.timer.move(
            to: session.peer.nextDeadline, on: loop,
            { [weak session] in
                session?.timer.fired()
                session?.peer.timeout()
            })
    }
}

extension LoopShard: QUICEndpointDelegate {
    package func connectionAccepted(_ connection: QUICConnection) {
        guard connection.negotiated?.name == "h3" else {
            addSession(connection, target: nil)
            return
        }
        var web = WebTransportConfiguration(protocols: configuration.drafts.map(\.alpn))
        web.allowedOrigins = configuration.allowedOrigins
        let target = ConnectTarget()
        let paths = configuration.allowedPaths
        web.acceptsPath = { path, authority in
            target.connected(to: path, authority)
            return paths?.contains(path) ?? true
        }
        addSession(WebTransportServer.accept(on: connection, configuration: web), target: target)
    }
}

// MARK: - What the control plane wants

extension LoopShard {
    private func perform(_ action: RelayAction) {
        switch action {
        case .openTrack(_, let id, _):
            openTrack(id, home: index)
        case .openReplica(_, let id, let home, let properties):
            openTrack(id, home: home)
            tracks[id]?.properties = properties
        case .describeTrack(_, let id, let properties):
            tracks[id]?.properties = properties
        case .sourceGone(_, let id, let source, let done):
            tracks[id]?.sourceGone(source, done: done, now: now)
        case .endTrack(_, let id, let status):
            tracks[id]?.end(status, now: now)
        case .closeTrack(_, let id), .closeReplica(_, let id):
            if let track = tracks.removeValue(forKey: id) { trackOfLog[ObjectIdentifier(track.log)] = nil }
        case .feedReplica(_, let id, let shard):
            startFeed(id, to: shard)
        case .stopReplica(_, let id, let shard):
            tracks[id]?.stopFeed(to: shard)
        case .answerTrackStatus(let key, let request, let id, _, let properties):
            send(
                .trackStatus(key, request, largest: tracks[id]?.log.publishedLargest, properties),
                to: key.shard)
        default:
            performOnSession(action)
        }
    }

    private func performOnSession(_ action: RelayAction) {
        guard let key = action.session, let session = sessions[key.serial] else { return }
        switch action {
        case .acceptRequest(_, let id): session.acceptRequest(id)
        case .refuse(_, let id, let failure): session.refuse(id, failure)
        case .fetchUpstream(_, let id, let wanted, let readers): session.fetchUpstream(id, wanted, readers)
        case .addFetchReader(_, let id, let reader, let key): session.addFetchReader(id, reader, key)
        case .removeFetchReader(_, let id, let reader): session.removeFetchReader(id, reader)
        case .cancelFetchUpstream(_, let id): session.cancelFetchUpstream(id)
        case .refuseFetchReader(let reader, let failure):
            session.received(.refused(failure), for: reader.pipe, from: nil, UpstreamFetchID(0))
        case .serveFetchUpstream(_, let fetch): session.serveFromUpstream(fetch)
        case .acceptUpdate(_, let id, let update): session.acceptUpdate(update, of: id)
        case .refuseUpdate(_, _, let update, let failure): session.refuseUpdate(update, failure)
        case .acceptPublish(_, let id, let track, let home, let forward):
            session.acceptPublish(id, track: track, home: home, forward: forward)
        case .cancelPublish(_, let id, _): session.cancelPublish(id)
        case .subscribeUpstream(_, let track, let name, let home, let parameters):
            session.subscribeUpstream(track: track, name: name, home: home, parameters: parameters)
        case .unsubscribeUpstream(_, let track): session.unsubscribeUpstream(track)
        case .updateUpstream(_, let track, let parameters): session.updateUpstream(track, parameters)
        case .attachSubscriber(_, let id, _, let request, let base, let properties):
            whenReady(id, session, .requested(request.requestID)) {
                session.attach(request, to: $0, base, properties)
            }
        case .publishDownstream(_, let id, _, let name, let asked, let base, let properties):
            whenReady(id, session, .published(id)) {
                session.publish(name, from: $0, asked, base, properties)
            }
        case .updateSubscriber(_, let reference, let id, let update):
            if let track = tracks[id] { session.update(reference, track, update) }
        case .confirmSubscriber(_, let reference, let id, let parameters):
            if let track = tracks[id] { session.confirm(reference, track, parameters) }
        case .detachSubscriber(_, let reference, _): session.detach(reference)
        case .serveFetch(_, let fetch, let id, _, let properties):
            serve(fetch, id, session, properties)
        case .endSubscription(_, let reference, let id, let status, let reason, let ending):
            session.end(reference, tracks[id], status, reason: reason, ending)
        case .announce(_, let id, _, let suffix): session.announce(id, suffix)
        case .withdraw(_, let id, _, let suffix): session.withdraw(id, suffix)
        case .skipPublish(_, let id, let suffix, let name):
            session.session.skipPublish(suffix: suffix, name: name, on: id)
        default: break
        }
        session.peer.pump()
    }

    private func serve(_ fetch: Fetch, _ id: TrackID, _ session: RelaySession, _ properties: TrackProperties)
    {
        let namesTrack =
            switch fetch.range {
            case .standalone, .filtered: true
            case .relativeJoining, .absoluteJoining: false
            }
        if namesTrack, tracks[id] != nil {
            whenReady(id, session, .fetched(fetch.requestID)) { _ in
                session.serve(fetch, trackID: id, properties)
            }
        } else {
            session.serve(fetch, trackID: id, properties)
        }
    }

    /// Runs `body` when the track can be read here, unless the subscription has ended by then.
    private func whenReady(
        _ id: TrackID, _ session: RelaySession, _ reference: SubscriptionReference,
        _ body: @escaping (ShardTrack) -> Void
    ) {
        guard let track = tracks[id] else { return }
        session.beginsWaiting(reference)
        track.whenReady { [unowned track] in
            guard session.endsWaiting(reference) else { return }
            body(track)
            session.peer.pump()
        }
    }

    private func openTrack(_ id: TrackID, home: UInt16) {
        guard tracks[id] == nil else { return }
        let log = TrackLog(encoding: encoder, shard: logs, limits: configuration.log)
        tracks[id] = ShardTrack(id: id, home: home, shard: index, log: log)
        trackOfLog[ObjectIdentifier(log)] = id
    }

    private func startFeed(_ id: TrackID, to shard: UInt16) {
        guard let track = tracks[id] else { return }
        track.startFeed(to: shard)
        mail.post(.replicate(id, track.feeds[shard]?.takeEvents() ?? []), to: shard)
    }
}
