import Containers
import MOQTModel
import MOQTWire

/// How requests and answers of ours reach the peer.
extension Session {
    /// Numbers, writes and remembers a new request of ours.
    ///
    /// It leaves at once, or when the peer's credit and streams allow, in order.
    func begin(
        _ kind: RequestKind, _ message: (RequestID) -> ControlMessage, _ configure: (inout Request) -> Void
    ) throws(SessionCommandFailure) -> RequestID {
        guard phase == .established else { throw .notEstablished }
        guard control.held.count + opens.count < configuration.limits.waitingOutgoingRequests else {
            throw .tooManyRequests
        }
        let id = RequestID(numbering.nextOwn)
        guard let bytes = encoded(message(id)) else { throw .cannotBeSaid }
        var request = Request(id: numbering.takeOwn(), kind: kind, isOurs: true)
        configure(&request)
        guard travelsOnOwnStream(kind) else {
            requests.add(request)
            sendAbout(id, bytes)
            return id
        }
        request.outbox = [bytes]
        requests.add(request)
        if numbering.isCovered(id, rules: wire) {
            open(.bidirectional, for: .request(id))
        } else {
            holdBack(.stream(id), until: id)
        }
        return id
    }

    /// Throws when the peer takes fewer range filters, or none (draft-19 section 10.3.1.6). An update is
    /// counted by itself.
    func checkFilters(_ parameters: MessageParameters) throws(SessionCommandFailure) {
        guard !parameters.rangeFilters.isEmpty else { return }
        let limit = wire.hasRangeFilters ? peerSetup?.maxFilterRanges ?? 0 : 0
        guard UInt64(parameters.rangeFilters.rangeCount) <= limit else { throw .cannotBeSaid }
    }

    func travelsOnOwnStream(_ kind: RequestKind) -> Bool {
        switch kind {
        case .subscribeNamespace, .subscribeTracks: wire.subscribeNamespaceTravelsOn == .bidiStreams
        default: wire.requestsTravelOn == .bidiStreams
        }
    }

    /// Sends a message about a request of ours, after everything sent about it before.
    func sendAbout(_ id: RequestID, _ bytes: Payload) {
        if let request = requests[id], let stream = request.stream {
            if requestStreams[stream]?.sendingEnded == false { send(bytes, on: stream) }
        } else if let request = requests[id], travelsOnOwnStream(request.kind) {
            requests.change(id) { $0.outbox.append(bytes) }
        } else if numbering.isOurs(id), !numbering.isCovered(id, rules: wire) {
            holdBack(.message(bytes), until: id)
        } else {
            sendControl(bytes)
        }
    }

    private func holdBack(_ content: ControlChannel.Held, until id: RequestID) {
        control.held.append((id, content))
        guard control.blockedAt != numbering.peerLimit else { return }
        control.blockedAt = numbering.peerLimit
        if let bytes = encoded(.requestsBlocked(numbering.peerLimit)) { sendControl(bytes) }
    }

    /// The peer raised its limit.
    func releaseHeldRequests() {
        var count = 0
        while count < control.held.count, numbering.isCovered(control.held[count].request, rules: wire) {
            switch control.held[count].content {
            case .message(let bytes): sendControl(bytes)
            case .stream(let id): open(.bidirectional, for: .request(id))
            }
            count += 1
        }
        control.held.removeFirst(count)
    }

    // MARK: Answers

    /// Sends an answer to a request of the peer's, or what follows it; `last` ends our half of its stream.
    func answer(_ request: Request, _ bytes: Payload, last: Bool = false) {
        guard let stream = request.stream else { return sendControl(bytes) }
        guard requestStreams[stream]?.sendingEnded == false else { return }
        if last { requestStreams[stream]?.sendingEnded = true }
        send(bytes, fin: last, on: stream)
    }

    /// Our answer cannot be written in this draft: the request fails, and the layer above learns that it is
    /// gone.
    func answerCannotBeSaid(_ request: Request) {
        let failure = RequestFailure(.internalError, "the answer cannot be expressed in this draft")
        if let bytes = encoded(.requestError(refusal(of: request, failure))) {
            answer(request, bytes, last: true)
        }
        remove(request.id)
        events.append(.requestCancelled(request.id))
    }

    func refusal(of request: Request, _ failure: RequestFailure) -> RequestError {
        RequestError(
            requestID: wire.answersCarryRequestID ? request.id : nil, kind: request.kind, failure: failure)
    }

    func answerID(_ id: RequestID) -> RequestID? { wire.answersCarryRequestID ? id : nil }

    // MARK: Updates of the peer's

    /// Answers an update; where answers carry no id they leave in the order of the updates, after the answer
    /// to the request itself.
    func answerUpdate(_ update: Request, _ message: ControlMessage) {
        guard wire.updatesAreAnswered, let parent = update.parent else { return remove(update.id) }
        guard !wire.answersCarryRequestID, update.stream != nil else {
            if let bytes = encoded(message) { answer(update, bytes) }
            remove(update.id)
            return endIfFailed(parent, message)
        }
        requests.change(update.id) { $0.heldAnswers = [message] }
        flushUpdateAnswers(of: parent)
    }

    func flushUpdateAnswers(of parent: RequestID) {
        while let request = requests[parent], request.isOurs || request.state == .established,
            let first = request.peerUpdates.first, let update = requests[first],
            let message = update.heldAnswers.first
        {
            if let bytes = encoded(message) { answer(update, bytes) }
            remove(first)
            endIfFailed(parent, message)
        }
    }

    /// A failed update of a namespace request closes that request's stream (draft-18 section 10.9.1).
    private func endIfFailed(_ id: RequestID, _ answer: ControlMessage) {
        guard case .requestError = answer, let request = requests[id], let stream = request.stream else {
            return
        }
        switch request.kind {
        case .subscribeNamespace, .subscribeTracks, .publishNamespace: break
        default: return
        }
        finish(stream)
        requestStreams[stream]?.isDiscarding = true
        remove(id)
    }

    // MARK: The end of a request

    /// Forgets a request of either side with everything that hangs on it; sends nothing about it.
    func remove(_ id: RequestID) {
        guard let request = requests.remove(id) else { return }
        terms[id] = nil
        if !request.isOurs, let limit = numbering.finished(rules: wire) {
            if let bytes = encoded(.maxRequestID(limit)) { sendControl(bytes) }
        }
        if let parent = request.parent, request.kind == .update {
            requests.change(parent) {
                $0.ourUpdates.removeAll { $0 == id }
                $0.peerUpdates.removeAll { $0 == id }
            }
            if request.isOurs { sendHeldUpdate(of: parent) }
        }
        for update in request.peerUpdates { remove(update) }
        for update in request.ourUpdates {
            remove(update)
            events.append(.requestRefused(update, RequestFailure(.internalError, "the request is over")))
        }
        for update in request.heldUpdates {
            events.append(
                .requestRefused(update.requestID, RequestFailure(.internalError, "the request is over")))
        }
        if let alias = request.incomingAlias { retire(alias, of: id) }
        // Before its answer it has no alias; after PUBLISH_DONE its fills may still be under way, like its subgroups.
        if request.state == .pending, request.isSubscription { dropFills { $1.subscription == id } }
        if let stream = request.fetchStream { stopFetchStream(stream) }
        views[id] = nil
        if !request.isOurs, request.kind == .subscribeNamespace { withdrawAll(from: request) }
    }

    /// Takes back a request of ours that has, or waits for, a stream of its own.
    func withdrawStream(of id: RequestID) {
        guard let request = requests[id] else { return }
        if let stream = request.stream {
            abandon(stream)
        } else if wire.requestIDsAreSequential {
            // Its number must not be missing: it goes out and is taken back at once.
            requests.change(id) { $0.isOrphan = true }
            return
        }
        remove(id)
    }
}
