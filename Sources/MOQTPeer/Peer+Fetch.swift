import Containers
public import MOQTModel
import MOQTSession
import MOQTWire
public import RelayCore
import TransportInterface

/// Answering FETCH.
extension Peer {
    /// FETCHes that are being answered.
    public var openFetchCount: Int { fetches.count }
    /// As many may be open at once.
    public static var maximumFetchCount: Int { FetchDelivery.maximumCount }

    /// Answers a FETCH with FETCH_OK and, at packet time, its objects; the delegate hears `fetchEnded`.
    ///
    /// Throws with the scope of the request what the draft wants it refused with: NO_OBJECTS, or
    /// UNKNOWN_STATUS_IN_RANGE where unknown ranges cannot be said.
    ///
    /// With `upstream` the delegate is asked for what the log does not hold, and FETCH_OK waits for the answer where
    /// the range begins with that; then the delegate hears `fetchEnded` also of a FETCH that is refused later.
    public func serveFetch(
        _ fetch: Fetch, _ plan: FetchPlan, properties: TrackProperties, from log: TrackLog,
        upstream: FetchUpstream = .none
    ) throws(RequestFailure) {
        guard let rules = session.rules else { throw RequestFailure(.internalError) }
        let request = fetch.requestID
        let ownOrder = rules.fetchOrderDefaultsToPublisher ? properties.groupOrder : nil
        let order = fetch.parameters.groupOrder ?? ownOrder ?? .ascending
        guard fetches.count < FetchDelivery.maximumCount else {
            throw RequestFailure(.excessiveLoad, "too many fetches")
        }
        // Who does not want to wait does not want anybody asked (FILL_TIMEOUT).
        let fillTimeout = fetch.parameters.fillTimeout
        let upstream = fillTimeout == 0 && upstream == .gaps ? .none : upstream
        let waits = upstream != .none && plan.beginsUnknown(order)
        if rules.fetchObjects.hasStatus, plan.beginsUnknown, upstream == .none {
            throw RequestFailure(.unknownStatusInRange, "the range begins before what is known here")
        }
        if rules.emptyFetchIsRefused, !waits {
            var walk = LogFetch(start: plan.start, end: plan.end, order: order)
            var payloads: [Payload] = []
            if case .finished = walk.next(in: log, payloads: &payloads) {
                throw RequestFailure(.noObjects, "nothing lies in the range")
            }
        }
        let header: [UInt8]
        do throws(WireError) { header = try FetchEncoder.header(request, rules) } catch {
            throw RequestFailure(.internalError)
        }
        var properties = fetch.parameters.includeProperties == false ? TrackProperties() : properties
        if rules.subscriptionLayout == .fixedFields { properties.groupOrder = order }
        let ok = FetchOK(
            endOfTrack: plan.isEndOfTrack, endGroup: plan.endGroup, endObject: plan.endObject,
            properties: properties)
        if waits { waitingFetches[request] = ok } else { accept(request, ok) }
        var cursor = FetchCursor(
            request: request, log: log, plan: plan, order: order,
            subscriberPriority: fetch.parameters.subscriberPriority ?? 128, fillTimeout: fillTimeout,
            rules: rules, header: Payload(header), upstream: upstream)
        cursor.filters = fetch.parameters.rangeFilters
        fetches.add(cursor)
        transport.wantsToSend()
    }

    private func accept(_ request: RequestID, _ ok: FetchOK) {
        session.acceptFetch(
            request, endOfTrack: ok.endOfTrack, endGroup: ok.endGroup, endObject: ok.endObject,
            properties: ok.properties)
    }

    /// Something has come for a FETCH from upstream. The owner pumps.
    public func pipesChanged() {
        while let (cursor, decision) = fetches.nextDecision() {
            switch decision {
            case .accept(let upstream):
                guard var ok = waitingFetches.removeValue(forKey: cursor.request) else { continue }
                if let upstream {
                    ok = upstream
                    if session.rules?.subscriptionLayout == .fixedFields {
                        ok.properties.groupOrder = cursor.walk.order
                    }
                }
                accept(cursor.request, ok)
            case .refuse(let failure):
                session.refuse(cursor.request, failure)
                endFetch(cursor.request)
            }
        }
        transport.wantsToSend()
    }

    /// Asks for what the log lacks; false when nothing does.
    private func askUpstream() -> Bool {
        guard let cursor = fetches.lacking, let range = cursor.lacking else { return false }
        var pipe = delegate?.peer(
            self, fetch: cursor.request, lacks: range, of: cursor.log, order: cursor.order)
        if pipe == nil {
            let dry = FetchPipe(range, order: cursor.order)
            dry.receive(.refused(RequestFailure(.doesNotExist, "nobody can be asked")))
            pipe = dry
        }
        fetches.change(cursor.request) {
            $0.lacking = nil
            $0.pipe = pipe
        }
        pipesChanged()
        pump()
        return true
    }

    /// Whether a FETCH of the peer with this id has been accepted and is not over.
    public func isServingFetch(_ request: RequestID) -> Bool { fetches.contains(request) }

    /// The peer changed how urgent its FETCH is.
    public func prioritizeFetch(_ request: RequestID, subscriberPriority: UInt8) {
        fetches.change(request) { $0.subscriberPriority = subscriberPriority }
    }

    /// Stops answering; the stream is reset. Nothing is reported. Unknown ids are ignored.
    public func stopFetch(_ request: RequestID, code: StreamResetCode = .cancelled) {
        waitingFetches[request] = nil
        guard let cursor = fetches.remove(request) else { return }
        if let stream = cursor.stream { transport.resetStream(stream, code: session.resetCode(code)) }
        session.fetchServed(request)
    }

    /// Nothing that is delivered depends on time: `checkDeadlines` has nothing to do.
    public var isQuiet: Bool { delivery.isQuiet && fetches.isEmpty }

    /// Looks at the time limits of subscriptions and FETCHes; call it a few times a second unless `isQuiet`.
    public func checkDeadlines() {
        let fetching = fetches.checkDeadlines(now: now)
        if !fetching.left.isEmpty {
            for pipe in fetching.left { pipe.abandon() }
            pipesChanged()
            pump()
        }
        if delivery.checkDeadlines(now: now) || fetching.wantsToSend { transport.wantsToSend() }
    }

    // MARK: Pull

    /// The next bytes of a FETCH, if one is due: before less urgent subscriptions, and before equally urgent
    /// ones every other time. `alone`: no subscription has anything.
    func nextFetchChunk(_ chunk: inout SendChunk, alone: Bool) -> Bool {
        // Not when the last byte was taken: the transport is in the middle of a packet then.
        while let request = fetches.finished { endFetch(request) }
        while let rules = session.rules {
            let next = fetches.mostUrgent(rules, now: now)
            if askUpstream() { continue }
            guard let cursor = next else { return false }
            if !alone, let urgency = delivery.urgency(now: now) {
                if urgency < cursor.urgency { return false }
                if urgency == cursor.urgency, waitsForSubscription(cursor) { return false }
            }
            guard let stream = cursor.stream ?? transport.openStream(.unidirectional) else {
                fetches.lacksStreamCredit = true
                continue
            }
            if cursor.stream == nil { fetches.opened(cursor.request, stream) }
            if !cursor.hasBytes, let failure = cursor.failure {
                transport.resetStream(stream, code: session.resetCode(failure))
                endFetch(cursor.request)
                continue
            }
            chunk.clear()
            chunk.fin = cursor.fill(
                &chunk.payloads, byteCount: delivery.limits.stepByteCount,
                pieceCount: delivery.limits.stepPayloadCount)
            chunk.target = .stream(stream)
            pulledFetch = cursor.request
            fetches.hadLastTurn = true
            return true
        }
        return false
    }

    /// All of it has left, or nobody wants it any more.
    func endFetch(_ request: RequestID) {
        waitingFetches[request] = nil
        guard let cursor = fetches.remove(request) else { return }
        if let fill = cursor.fill { return fillEnded(of: fill.subscription) }
        session.fetchServed(request)
        pump()
        delegate?.peer(self, fetchEnded: request)
    }
}

extension PeerDelegate {
    public func peer(
        _ peer: Peer, fetch request: RequestID, lacks range: FetchRange, of log: TrackLog, order: GroupOrder
    ) -> FetchPipe? { nil }
    public func peer(_ peer: Peer, fetchEnded request: RequestID) {}
}
