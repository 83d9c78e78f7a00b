import Containers
import MOQTModel
import MOQTWire

/// Requests of the peer, and what it says about them later.
extension Session {
    /// One message; `stream` is nil on the control stream.
    ///
    /// Throws with the scope of the session.
    func handle(_ message: ControlMessage, on stream: StreamID?) throws(SessionFailure) {
        switch message {
        case .setup: throw SessionFailure(.protocolViolation, "SETUP twice")
        case .goAway(let goAway): try goAwayReceived(goAway, stream)
        case .maxRequestID(let limit):
            try numbering.peerLimitRaised(to: limit)
            releaseHeldRequests()
        case .requestsBlocked: break

        case .subscribe(let subscribe): try subscribeReceived(subscribe, stream)
        case .trackStatus(let status): try trackStatusReceived(status, stream)
        case .fetch(let fetch): try fetchReceived(fetch, stream)
        case .publish(let publish): try publishReceived(publish, stream)
        case .publishNamespace(let publish): try publishNamespaceReceived(publish, stream)
        case .subscribeNamespace(let subscribe):
            try subscribeNamespaceReceived(subscribe, .subscribeNamespace, stream)
        case .subscribeTracks(let subscribe):
            try subscribeNamespaceReceived(subscribe, .subscribeTracks, stream)
        case .requestUpdate(let update): try updateReceived(update, stream)

        case .unsubscribe(let id): try cancelReceived(id, of: [.subscribe, .publish])
        case .fetchCancel(let id): try cancelReceived(id, of: [.fetch])
        case .publishNamespaceDone(let reference): publishNamespaceDoneReceived(reference)
        case .publishNamespaceCancel(let reference, let failure):
            publishNamespaceCancelReceived(reference, failure)
        case .unsubscribeNamespace(let reference): unsubscribeNamespaceReceived(reference)

        case .subscribeOK(let ok): try subscribeOKReceived(ok, stream)
        case .requestOK(let ok): try requestOKReceived(ok, stream)
        case .publishOK(let ok): try publishOKReceived(ok, stream)
        case .fetchOK(let ok): try fetchOKReceived(ok, stream)
        case .requestError(let error): try requestErrorReceived(error, stream)
        case .publishDone(let done): try publishDoneReceived(done, stream)
        case .publishStateNotify(let parameters): try publishStateNotifyReceived(parameters, stream)
        case .namespace(let suffix):
            if let request = try namespaceStream(stream) { try namespaceReceived(suffix, request) }
        case .namespaceDone(let suffix):
            if let request = try namespaceStream(stream) { try namespaceDoneReceived(suffix, request) }
        case .publishSkipped(let suffix, let name):
            if let request = try namespaceStream(stream) {
                let namespace = (request.namespace ?? TrackNamespace()).appending(suffix)
                events.append(
                    .publishSkipped(
                        request.parent ?? request.id, FullTrackName(namespace: namespace, name: name)))
            }
        }
    }

    /// Informs only; what is wrong is who sends it, and about what.
    private func publishStateNotifyReceived(
        _ parameters: MessageParameters, _ stream: StreamID?
    ) throws(SessionFailure) {
        guard let stream, let id = requestStreams[stream]?.request, let request = requests[id] else { return }
        let fromPublisher = request.isOurs ? request.kind == .subscribe : request.kind == .publish
        guard fromPublisher else {
            throw SessionFailure(.protocolViolation, "PUBLISH_STATE_NOTIFY that is not a publisher's")
        }
        events.append(.publishStateNotified(id, parameters))
    }

    // MARK: Admission

    /// Numbers and remembers a request of the peer's; false when it was refused already.
    ///
    /// Throws with the scope of the session.
    private func admit(
        _ id: RequestID, _ kind: RequestKind, _ stream: StreamID?, delta: UInt64,
        parameters: inout MessageParameters, _ configure: (inout Request) -> Void
    ) throws(SessionFailure) -> Bool {
        if let stream, requestStreams[stream]?.request != nil {
            throw SessionFailure(.protocolViolation, "second request on one stream")
        }
        try number(id, delta: delta)
        parameters.authorizationTokens = try tokens.resolve(parameters.authorizationTokens, isSetup: false)
        var request = Request(id: id, kind: kind, isOurs: false)
        request.stream = stream
        configure(&request)
        request.rangeFilters = parameters.rangeFilters
        requests.add(request)
        if let stream { requestStreams[stream]?.request = id }
        if refusesNewRequests(id) { return false }
        guard parameters.hasInvalidFilter || exceedsFilterRanges(parameters.rangeFilters) else { return true }
        refuse(id, .invalidFilter)
        return false
    }

    /// More ranges than our SETUP allows (draft-19 section 5.1.3).
    private func exceedsFilterRanges(_ filters: [RangeFilter]) -> Bool {
        UInt64(filters.rangeCount) > configuration.filterRanges
    }

    /// Whether an update's range filters may be: well formed, no more than allowed together with what stays, and
    /// about a subscription (draft-19 section 5.1.3). Remembers them.
    func takesFilters(_ parameters: MessageParameters, _ request: Request) -> Bool {
        if parameters.hasInvalidFilter { return false }
        let kinds = parameters.rangeFilters.map(\.kind) + parameters.removedRangeFilters
        if kinds.isEmpty { return true }
        switch request.kind {
        case .subscribeTracks: break
        case .subscribe, .publish: if kinds.contains(.trackProperty) { return false }
        default: return false
        }
        // An update of the peer's PUBLISH comes from its publisher.
        guard request.kind != .publish || request.isOurs else { return false }
        var filters = request.rangeFilters
        filters.apply(parameters)
        if exceedsFilterRanges(filters) { return false }
        requests.change(request.id) { $0.rangeFilters = filters }
        return true
    }

    /// Ids on streams of their own may overtake each other; on one stream they may not.
    private func number(_ id: RequestID, delta: UInt64) throws(SessionFailure) {
        try numbering.received(id, rules: wire)
        let (back, overflow) = delta.multipliedReportingOverflow(by: 2)
        guard !overflow, back <= id.value else {
            throw SessionFailure(.invalidRequiredRequestID, "required request before the first")
        }
    }

    private func refusesNewRequests(_ id: RequestID) -> Bool {
        if control.sentGoAway {
            refuse(id, RequestFailure(.goingAway, "going away"))
            return true
        }
        if requests.incomingCount > configuration.limits.openIncomingRequests {
            refuse(id, RequestFailure(.excessiveLoad, "too many open requests"))
            return true
        }
        return false
    }

    // MARK: Requests

    private func subscribeReceived(_ message: Subscribe, _ stream: StreamID?) throws(SessionFailure) {
        var message = message
        guard
            try admit(
                message.requestID, .subscribe, stream, delta: message.requiredRequestIDDelta,
                parameters: &message.parameters, { $0.track = message.track })
        else { return }
        noteTerms(of: message.requestID, message.parameters)
        if let other = requests.subscription(
            to: message.track, receivesObjects: false, except: message.requestID)
        {
            if !other.isOurs, wire.requestsTravelOn == .bidiStreams, wire.codes.hasDuplicateSubscription,
                crossings.add(message, now: clock)
            {
                return
            }
            if refusesDuplicate(message.requestID, of: other) { return }
        }
        events.append(.subscribeReceived(message))
    }

    /// The peer has cancelled a request: a SUBSCRIBE that crossed the cancellation takes its place.
    func admitCrossing(after request: Request) {
        crossings.remove(request.id)
        guard request.kind == .subscribe, !request.isOurs, let track = request.track,
            let message = crossings.take(for: track), requests[message.requestID] != nil
        else { return }
        events.append(.subscribeReceived(message))
    }

    /// One subscription per track and role, where the draft says so (draft-18 section 5.1). Where requests
    /// share the control stream, peers in the field repeat them: let pass and counted.
    private func refusesDuplicate(_ id: RequestID, of other: Request) -> Bool {
        guard wire.requestsTravelOn == .bidiStreams else {
            tolerated.duplicateSubscriptions += 1
            return false
        }
        guard wire.codes.hasDuplicateSubscription else { return false }
        refuse(id, RequestFailure(.duplicateSubscription, "track is subscribed already"))
        return true
    }

    private func trackStatusReceived(_ message: Subscribe, _ stream: StreamID?) throws(SessionFailure) {
        var message = message
        if try admit(
            message.requestID, .trackStatus, stream, delta: message.requiredRequestIDDelta,
            parameters: &message.parameters, { $0.track = message.track })
        {
            events.append(.trackStatusReceived(message))
        }
    }

    private func fetchReceived(_ message: Fetch, _ stream: StreamID?) throws(SessionFailure) {
        var message = message
        if try admit(
            message.requestID, .fetch, stream, delta: message.requiredRequestIDDelta,
            parameters: &message.parameters, { _ in })
        {
            events.append(.fetchReceived(message))
        }
    }

    private func publishReceived(_ message: Publish, _ stream: StreamID?) throws(SessionFailure) {
        var message = message
        guard
            try admit(
                message.requestID, .publish, stream, delta: message.requiredRequestIDDelta,
                parameters: &message.parameters, { $0.track = message.track })
        else { return }
        let id = message.requestID
        if let failure = objection(to: message.properties) {
            aliases.retireUnused(message.alias)
            return refuse(id, failure)
        }
        if let other = requests.subscription(to: message.track, receivesObjects: true, except: id),
            // One that crosses a SUBSCRIBE of ours is the layer above's to settle.
            !other.isOurs || other.state == .established, refusesDuplicate(id, of: other)
        {
            return
        }
        guard aliases.add(message.alias, for: id) else {
            throw SessionFailure(.duplicateTrackAlias, "alias names two tracks")
        }
        requests.change(id) {
            $0.incomingAlias = message.alias
            $0.namedLargest = message.parameters.largestObject
            $0.hasDynamicGroups = message.properties.dynamicGroups == true
        }
        noteTerms(of: id, message.parameters)
        events.append(.publishReceived(message))
        releaseHeld(message.alias, for: id)
    }

    private func publishNamespaceReceived(
        _ message: PublishNamespace, _ stream: StreamID?
    ) throws(SessionFailure) {
        var message = message
        message.namespace.shareFields(with: lastAnnounced)
        lastAnnounced = message.namespace
        guard
            try admit(
                message.requestID, .publishNamespace, stream, delta: message.requiredRequestIDDelta,
                parameters: &message.parameters, { $0.namespace = message.namespace })
        else { return }
        if wire.namespaceAnnouncedAs == .publishNamespaceRequests,
            let request = requests[message.requestID]
        {
            let subscriptions = requests.namespaceSubscriptions(covering: message.namespace)
            if !subscriptions.isEmpty { return absorb(request, for: subscriptions) }
        }
        events.append(.publishNamespaceReceived(message))
    }

    private func subscribeNamespaceReceived(
        _ message: SubscribeNamespace, _ kind: RequestKind, _ stream: StreamID?
    ) throws(SessionFailure) {
        var message = message
        if wire.subscribeTracksIsSeparate {
            message.interest = kind == .subscribeTracks ? .tracks : .namespaces
        } else if !wire.namespaceInterestIsChosen {
            message.interest = .both
        }
        if message.prefix.fields.isEmpty, wire.namespaceAnnouncedAs == .publishNamespaceRequests {
            tolerated.emptyPrefixes += 1
        }
        if try admit(
            message.requestID, kind, stream, delta: message.requiredRequestIDDelta,
            parameters: &message.parameters,
            {
                $0.namespace = message.prefix
                $0.interest = message.interest
            })
        {
            events.append(.subscribeNamespaceReceived(message))
        }
    }

    /// Whether another open namespace subscription of the peer's, of the same kind, has a prefix that
    /// contains this one's or lies below it (PREFIX_OVERLAP is for the layer above to say).
    public func overlapsAnotherPrefix(_ id: RequestID) -> Bool {
        requests[id].map(requests.overlapsAnotherPrefix) ?? false
    }

    private func updateReceived(_ message: RequestUpdate, _ stream: StreamID?) throws(SessionFailure) {
        var message = message
        let existing = message.existingRequestID ?? stream.flatMap { requestStreams[$0]?.request }
        guard let existing else { throw SessionFailure(.protocolViolation, "REQUEST_UPDATE of nothing") }
        // It asks once (draft-19 section 10.9); draft 16 is alone in letting it be updated.
        if stream != nil, requests[existing]?.kind == .trackStatus {
            throw SessionFailure(.protocolViolation, "REQUEST_UPDATE of a TRACK_STATUS")
        }
        try number(message.requestID, delta: message.requiredRequestIDDelta)
        message.parameters.authorizationTokens =
            try tokens.resolve(message.parameters.authorizationTokens, isSetup: false)
        var update = Request(id: message.requestID, kind: .update, isOurs: false)
        update.parent = existing
        update.stream = stream
        requests.add(update)
        guard let request = requests[existing] else {
            // The request may have ended while this was under way (draft-14 section 9.10, draft-16 section 9.11).
            guard stream != nil || wasUsed(existing) else {
                throw SessionFailure(.protocolViolation, "update of a request that was never made")
            }
            tolerated.lateMessages += 1
            if stream == nil, wire.updatesAreAnswered {
                refuse(message.requestID, RequestFailure(.doesNotExist, "no such request"))
            } else {
                remove(message.requestID)
            }
            return
        }
        guard !request.isOurs || request.kind == .publish, request.kind != .update else {
            throw SessionFailure(.protocolViolation, "REQUEST_UPDATE of a request that is not the sender's")
        }
        guard request.isSubscription || wire.everyRequestMayBeUpdated else {
            throw SessionFailure(.protocolViolation, "SUBSCRIBE_UPDATE of something else than a subscription")
        }
        guard message.parameters.fill == nil || mayAskForFill(request) else {
            throw SessionFailure(.protocolViolation, "FILL_PARAMETERS that are not a subscriber's")
        }
        if wire.limitsRequestUpdates, configuration.requestUpdates > 0,
            UInt64(request.peerUpdates.count) >= configuration.requestUpdates
        {
            throw SessionFailure(.tooManyRequestUpdates, "more unanswered updates than MAX_REQUEST_UPDATES")
        }
        guard wire.mayUpdate(request.kind, message.parameters) else {
            throw SessionFailure(.protocolViolation, "update with a parameter of another kind of request")
        }
        try updateTerms(of: request, message.parameters)
        requests.change(existing) { $0.peerUpdates.append(message.requestID) }
        if requests.incomingCount > configuration.limits.openIncomingRequests {
            return refuse(message.requestID, RequestFailure(.excessiveLoad, "too many open requests"))
        }
        // The layer above refuses it, for the subscription may have to end with it.
        if !takesFilters(message.parameters, request) { message.parameters.hasInvalidFilter = true }
        message.existingRequestID = existing
        events.append(.updateReceived(existing: existing, message))
        if !wire.updatesAreAnswered { remove(message.requestID) }
    }

    // MARK: Cancellations by message

    private func cancelReceived(_ id: RequestID, of kinds: [RequestKind]) throws(SessionFailure) {
        guard let request = requests[id] else {
            guard wasUsed(id) else {
                throw SessionFailure(.protocolViolation, "cancels a request that was never made")
            }
            tolerated.lateMessages += 1
            return
        }
        guard kinds.contains(request.kind), !request.receivesObjects else {
            throw SessionFailure(.protocolViolation, "cancels a request of another kind")
        }
        cancelledByPeer(id)
    }

    private func publishNamespaceDoneReceived(_ reference: NamespaceReference) {
        guard let request = resolve(reference, .publishNamespace, isOurs: false) else {
            tolerated.lateMessages += 1
            return
        }
        if request.isAbsorbed {
            unabsorb(request)
            remove(request.id)
        } else {
            cancelledByPeer(request.id)
        }
    }

    private func publishNamespaceCancelReceived(_ reference: NamespaceReference, _ failure: RequestFailure) {
        guard let request = resolve(reference, .publishNamespace, isOurs: true) else {
            tolerated.lateMessages += 1
            return
        }
        remove(request.id)
        if !request.isAnnouncement { events.append(.publishNamespaceCancelled(request.id, failure)) }
    }

    private func unsubscribeNamespaceReceived(_ reference: NamespaceReference) {
        guard let request = resolve(reference, .subscribeNamespace, isOurs: false) else {
            tolerated.lateMessages += 1
            return
        }
        cancelledByPeer(request.id)
    }

    private func resolve(_ reference: NamespaceReference, _ kind: RequestKind, isOurs: Bool) -> Request? {
        switch reference {
        case .namespace(let namespace): return requests.find(kind, namespace: namespace, isOurs: isOurs)
        case .request(let id):
            guard let request = requests[id], request.kind == kind, request.isOurs == isOurs else {
                return nil
            }
            return request
        }
    }

    /// Whether the id was given to some request of either side.
    func wasUsed(_ id: RequestID) -> Bool {
        id.value < (numbering.isOurs(id) ? numbering.nextOwn : numbering.firstUnseenOfPeer)
    }

    // MARK: GOAWAY

    private func goAwayReceived(_ message: GoAway, _ stream: StreamID?) throws(SessionFailure) {
        if configuration.role == .server, !message.newSessionURI.isEmpty {
            throw SessionFailure(.protocolViolation, "GOAWAY with a URI from a client")
        }
        guard let stream else {
            guard !control.receivedGoAway else { throw SessionFailure(.protocolViolation, "GOAWAY twice") }
            control.receivedGoAway = true
            if let id = message.requestID, !numbering.isOurs(id) {
                throw SessionFailure(.invalidRequestID, "GOAWAY names a request of its sender")
            }
            events.append(.goAwayReceived(message, request: nil))
            return
        }
        guard let id = requestStreams[stream]?.request, let request = requests[id] else { return }
        guard !request.receivedGoAway else {
            throw SessionFailure(.protocolViolation, "GOAWAY twice on one request")
        }
        requests.change(id) { $0.receivedGoAway = true }
        events.append(
            .goAwayReceived(message, request: request.kind == .subscribeTracks ? request.parent ?? id : id))
    }
}
