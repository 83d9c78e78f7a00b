import Containers
public import MOQTModel
import MOQTWire

/// Commands for subscriptions, in both roles, and for what is answered like them.
extension Session {
    // MARK: We receive

    /// SUBSCRIBE; answered by `subscribeAccepted` or `requestRefused`.
    public func subscribe(
        _ track: FullTrackName, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID {
        try checkFilters(parameters)
        let parameters = withReadableFill(parameters)
        let id = try begin(.subscribe) {
            .subscribe(Subscribe(requestID: $0, track: track, parameters: parameters))
        } _: {
            $0.track = track
            $0.askedForFill = parameters.fill != nil
        }
        noteTerms(of: id, parameters)
        expectFill(id, of: id, parameters)
        return id
    }

    /// Leaves a subscription: our SUBSCRIBE, or a PUBLISH of the peer's (one that is unanswered is refused).
    /// Its streams are stopped. Unknown ids are ignored.
    public func unsubscribe(_ id: RequestID) {
        guard phase == .established else { return }
        guard let request = requests[id] else {
            if let entry = lingering.remove(id) { retire(entry.alias, of: id) }
            return
        }
        guard request.receivesObjects else { return }
        if !request.isOurs, request.state == .pending {
            return refuse(id, RequestFailure(.uninterested, "not interested"))
        }
        if wire.cancelsByMessage {
            if let bytes = encoded(.unsubscribe(id)) { sendAbout(id, bytes) }
            remove(id)
        } else if request.isOurs {
            withdrawStream(of: id)
        } else {
            if let stream = request.stream { abandon(stream) }
            remove(id)
        }
    }

    /// Changes an earlier request of ours, or a PUBLISH of the peer's; the answer comes as `requestAccepted`
    /// or `requestRefused` of the returned id (drafts without an answer: accepted at once).
    ///
    /// Throws `cannotBeSaid` for what the draft has no update for, and for a filter that widens a subscription where it
    /// forbids that; there, and where an update repeats all that is in force, `unknownRequest` before the answer to the
    /// request has said where a relative filter begins.
    ///
    /// Where the peer limits unanswered updates (draft-19 section 10.3.1.7), further ones wait for its answers and
    /// are joined to one: then calls return the same id.
    public func update(
        _ id: RequestID, parameters: MessageParameters
    ) throws(SessionCommandFailure) -> RequestID {
        guard phase == .established else { throw .notEstablished }
        guard let request = requests[id], request.isOurs || request.kind == .publish, request.kind != .update,
            !request.isOrphan
        else { throw .unknownRequest }
        guard
            request.ourUpdates.count + request.heldUpdates.count
                < configuration.limits.waitingOutgoingRequests
        else {
            throw .tooManyRequests
        }
        try checkFilters(parameters)
        let parameters = try updating(request, parameters)
        if let last = request.heldUpdates.last, !(last.parameters.fill != nil && parameters.fill != nil) {
            var joined = last
            joined.parameters.join(parameters)
            guard encoded(.requestUpdate(joined)) != nil else { throw .cannotBeSaid }
            requests.change(id) { $0.heldUpdates[$0.heldUpdates.count - 1] = joined }
            return joined.requestID
        }
        let updateID = RequestID(numbering.nextOwn)
        let readable = withReadableFill(parameters)
        let message = RequestUpdate(requestID: updateID, existingRequestID: id, parameters: readable)
        guard let bytes = encoded(.requestUpdate(message)) else { throw .cannotBeSaid }
        _ = numbering.takeOwn()
        terms[id]?.apply(parameters)
        if !mayUpdateNow(request) {
            requests.change(id) { $0.heldUpdates.append(message) }
            return updateID
        }
        var update = Request(id: updateID, kind: .update, isOurs: true)
        update.parent = id
        update.askedForFill = readable.fill != nil
        expectFill(updateID, of: id, readable)
        if request.stream != nil || travelsOnOwnStream(request.kind) {
            sendAbout(id, bytes)
        } else {
            sendAbout(updateID, bytes)
        }
        guard wire.updatesAreAnswered else {
            events.append(.requestAccepted(updateID, RequestOK(requestID: updateID, kind: .update)))
            return updateID
        }
        requests.add(update)
        requests.change(id) { $0.ourUpdates.append(updateID) }
        return updateID
    }

    /// PUBLISH_OK; without NEW_GROUP_REQUEST where the track has no dynamic groups. Where updates must not widen a subscription, a filter that counts from the largest object counts
    /// from the one that the PUBLISH named, so that both sides know where it begins.
    public func acceptPublish(_ id: RequestID, parameters: MessageParameters = .init()) {
        guard let request = pendingOfPeer(id, .publish) else { return }
        var parameters = settlingTerms(of: request, parameters)
        if !request.hasDynamicGroups { parameters.newGroupRequest = nil }
        guard let bytes = encoded(.publishOK(PublishOK(requestID: answerID(id), parameters: parameters)))
        else { return answerCannotBeSaid(request) }
        requests.change(id) { $0.state = .established }
        answer(request, bytes)
        flushUpdateAnswers(of: id)
    }

    /// TRACK_STATUS; answered by `requestAccepted` or `requestRefused`.
    public func trackStatus(
        _ track: FullTrackName, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID {
        try begin(.trackStatus) {
            .trackStatus(Subscribe(requestID: $0, track: track, parameters: parameters))
        } _: {
            $0.track = track
        }
    }

    // MARK: We send

    /// SUBSCRIBE_OK. `alias` comes from `allocateAlias()`.
    public func acceptSubscribe(
        _ id: RequestID, alias: TrackAlias, parameters: MessageParameters = .init(),
        properties: TrackProperties = .init()
    ) {
        guard let request = pendingOfPeer(id, .subscribe) else { return }
        let message = SubscribeOK(
            requestID: answerID(id), alias: alias, parameters: parameters, properties: properties)
        guard let bytes = encoded(.subscribeOK(message)) else { return answerCannotBeSaid(request) }
        requests.change(id) { $0.state = .established }
        settleTerms(of: id, largest: parameters.largestObject)
        answer(request, bytes)
        flushUpdateAnswers(of: id)
    }

    /// PUBLISH; answered by `publishAccepted` or `requestRefused`. Objects may be sent before the answer.
    public func publish(
        _ track: FullTrackName, alias: TrackAlias, parameters: MessageParameters = .init(),
        properties: TrackProperties = .init()
    ) throws(SessionCommandFailure) -> RequestID {
        guard mayPublish(below: track.namespace) else { throw .cannotBeSaid }
        let id = try begin(.publish) {
            .publish(
                Publish(
                    requestID: $0, track: track, alias: alias, parameters: parameters, properties: properties)
            )
        } _: {
            $0.track = track
            $0.namedLargest = parameters.largestObject
        }
        noteTerms(of: id, parameters)
        return id
    }

    /// PUBLISH_DONE for an accepted SUBSCRIBE or a PUBLISH of ours; the request is over with it. Send it when
    /// all data streams are closed; `streamCount` nil = unknown. An unanswered SUBSCRIBE is refused instead.
    public func publishDone(
        _ id: RequestID, status: PublishDoneStatus, streamCount: UInt64?, reason: String = ""
    ) {
        guard phase == .established, let request = requests[id], !request.receivesObjects,
            request.kind == .subscribe || request.kind == .publish
        else { return }
        guard request.isOurs || request.state == .established else {
            return refuse(id, RequestFailure(.internalError, reason))
        }
        let message = PublishDone(
            requestID: answerID(id), status: status, streamCount: streamCount, reason: reason)
        if let bytes = encoded(.publishDone(message)) {
            if request.isOurs {
                sendAbout(id, bytes)
            } else {
                answer(request, bytes)
            }
        }
        if let stream = request.stream {
            finish(stream)
            remove(id)
        } else if request.isOurs, travelsOnOwnStream(request.kind) {
            // It still waits for its stream.
            requests.change(id) { $0.isOrphan = true }
        } else {
            remove(id)
        }
    }

    /// PUBLISH_STATE_NOTIFY: a subscription of the peer's that we serve has changed for another reason than its
    /// update, or more of its track is known; `parameters` holds what changed, and LARGEST_OBJECT if there is one
    /// (draft-20 section 10.10). Nothing where the draft has no such message.
    public func notifyState(_ id: RequestID, parameters: MessageParameters) {
        guard phase == .established, wire.hasPublishStateNotify, let request = requests[id],
            request.isSubscription, !request.receivesObjects, request.state == .established,
            let bytes = encoded(.publishStateNotify(parameters))
        else { return }
        if request.isOurs { sendAbout(id, bytes) } else { answer(request, bytes) }
    }

    // MARK: Answers without content

    /// The answer that says no more than yes: to PUBLISH_NAMESPACE, SUBSCRIBE_NAMESPACE, TRACK_STATUS and
    /// updates. `properties` only for TRACK_STATUS.
    public func acceptRequest(
        _ id: RequestID, parameters: MessageParameters = .init(), properties: TrackProperties = .init()
    ) {
        guard phase == .established, let request = requests[id], !request.isOurs, request.state == .pending
        else { return }
        let message = ControlMessage.requestOK(
            RequestOK(
                requestID: answerID(id), kind: request.kind, parameters: parameters, properties: properties,
                alias: TrackAlias(0)))
        if request.kind == .update {
            if let parent = request.parent { settleTerms(of: parent, largest: parameters.largestObject) }
            return answerUpdate(request, message)
        }
        switch request.kind {
        case .publishNamespace, .subscribeNamespace, .subscribeTracks, .trackStatus: break
        default: return
        }
        guard let bytes = encoded(message) else { return answerCannotBeSaid(request) }
        requests.change(id) { $0.state = .established }
        if request.kind == .trackStatus {
            answer(request, bytes, last: true)
            return remove(id)
        }
        answer(request, bytes)
        flushUpdateAnswers(of: id)
        if request.kind == .subscribeNamespace { sendAnnouncements(to: id) }
    }

    /// Refuses any unanswered request of the peer; a PUBLISH_NAMESPACE also after it was accepted (then it is
    /// revoked).
    public func refuse(_ id: RequestID, _ failure: RequestFailure) {
        guard phase == .established, let request = requests[id], !request.isOurs else { return }
        guard request.state == .pending else {
            if request.kind == .publishNamespace { revoke(request, failure) }
            return
        }
        var failure = failure
        if configuration.role == .client { failure.redirect?.connectURI = "" }
        if request.concernsNamespaces { failure.redirect?.track.name = [] }
        let message = ControlMessage.requestError(refusal(of: request, failure))
        if request.kind == .update { return answerUpdate(request, message) }
        if let bytes = encoded(message) {
            answer(request, bytes, last: true)
        } else if let stream = request.stream {
            abandon(stream, .internalError)
        }
        remove(id)
    }

    private func revoke(_ request: Request, _ failure: RequestFailure) {
        if let stream = request.stream {
            abandon(stream)
        } else if let bytes = encoded(.publishNamespaceCancel(reference(to: request), failure)) {
            sendControl(bytes)
        }
        remove(request.id)
    }

    private func pendingOfPeer(_ id: RequestID, _ kind: RequestKind) -> Request? {
        guard phase == .established, let request = requests[id], !request.isOurs, request.kind == kind,
            request.state == .pending
        else { return nil }
        return request
    }
}
