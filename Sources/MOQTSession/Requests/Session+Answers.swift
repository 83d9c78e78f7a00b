import Containers
import MOQTModel
import MOQTWire

/// Answers to requests of ours, and what follows them.
extension Session {
    /// The request of ours that an answer means: by its id, or by its stream and order. nil when it is gone.
    ///
    /// Throws with the scope of the session when there never was one.
    private func answered(_ id: RequestID?, _ stream: StreamID?) throws(SessionFailure) -> Request? {
        if let id {
            if let request = requests[id], request.isOurs {
                if let stream, request.stream != stream, request.kind != .update {
                    throw SessionFailure(.protocolViolation, "answer on the stream of another request")
                }
                return request
            }
            guard numbering.isOurs(id), wasUsed(id) else {
                throw SessionFailure(.protocolViolation, "answer to a request that was never made")
            }
            tolerated.lateMessages += 1
            return nil
        }
        guard let stream, let own = requestStreams[stream]?.request, let request = requests[own] else {
            tolerated.lateMessages += 1
            return nil
        }
        if request.isOurs, request.state == .pending { return request }
        guard let first = request.ourUpdates.first, let update = requests[first] else {
            throw SessionFailure(.protocolViolation, "answer without a request")
        }
        return update
    }

    func pending(
        _ id: RequestID?, _ stream: StreamID?, _ kinds: [RequestKind]
    ) throws(SessionFailure) -> Request? {
        guard let request = try answered(id, stream) else { return nil }
        guard request.state == .pending else {
            throw SessionFailure(.protocolViolation, "second answer to one request")
        }
        guard kinds.contains(request.kind) else {
            throw SessionFailure(.protocolViolation, "answer of the wrong kind")
        }
        return request
    }

    // MARK: Yes

    func subscribeOKReceived(_ message: SubscribeOK, _ stream: StreamID?) throws(SessionFailure) {
        guard let request = try pending(message.requestID, stream, [.subscribe]) else {
            aliases.retireUnused(message.alias)
            return
        }
        if let failure = objection(to: message.properties) {
            aliases.retireUnused(message.alias)
            unsubscribe(request.id)
            return events.append(.requestRefused(request.id, failure))
        }
        guard aliases.add(message.alias, for: request.id) else {
            throw SessionFailure(.duplicateTrackAlias, "alias names two tracks")
        }
        requests.change(request.id) {
            $0.state = .established
            $0.incomingAlias = message.alias
            $0.hasDynamicGroups = message.properties.dynamicGroups == true
        }
        settleTerms(of: request.id, largest: message.parameters.largestObject)
        var message = message
        message.requestID = request.id
        events.append(.subscribeAccepted(request.id, message))
        releaseHeld(message.alias, for: request.id)
    }

    /// Why a track with these properties must be left alone (draft-19 section 2.5.1).
    func objection(to properties: TrackProperties) -> RequestFailure? {
        guard wire.trackPropertiesMayBeMandatory, let type = properties.unknownMandatoryType else {
            return nil
        }
        return RequestFailure(.unsupportedExtension, "the track needs property \(type)")
    }

    func publishOKReceived(_ message: PublishOK, _ stream: StreamID?) throws(SessionFailure) {
        guard let request = try pending(message.requestID, stream, [.publish]) else { return }
        publishAccepted(request, message.parameters)
    }

    /// Filters that cannot be are marked, and the layer above ends the subscription.
    private func publishAccepted(_ request: Request, _ parameters: MessageParameters) {
        var parameters = parameters
        requests.change(request.id) { $0.state = .established }
        noteTerms(of: request.id, parameters)
        settleTerms(of: request.id, largest: request.namedLargest)
        if !takesFilters(parameters, request) { parameters.hasInvalidFilter = true }
        events.append(.publishAccepted(request.id, parameters))
    }

    func requestOKReceived(_ message: RequestOK, _ stream: StreamID?) throws(SessionFailure) {
        var kinds: [RequestKind] = [
            .publishNamespace, .subscribeNamespace, .subscribeTracks, .trackStatus, .update,
        ]
        if wire.answerTypes == .perRequest, let kind = message.kind { kinds = [kind] }
        if !wire.publishIsAnsweredByPublishOK { kinds.append(.publish) }
        guard let request = try pending(message.requestID, stream, kinds) else { return }
        var message = message
        message.requestID = request.id
        message.kind = request.kind
        switch request.kind {
        case .update:
            if let parent = request.parent {
                settleTerms(of: parent, largest: message.parameters.largestObject)
            }
            remove(request.id)
        case .trackStatus:
            if let stream = request.stream { finish(stream) }
            remove(request.id)
        case .publish:
            publishAccepted(request, message.parameters)
            return
        default:
            requests.change(request.id) { $0.state = .established }
            if request.isAnnouncement || request.parent != nil { return }
        }
        events.append(.requestAccepted(request.id, message))
    }

    // MARK: No

    func requestErrorReceived(_ message: RequestError, _ stream: StreamID?) throws(SessionFailure) {
        if configuration.role == .server, message.failure.redirect?.connectURI.isEmpty == false {
            throw SessionFailure(.protocolViolation, "redirect with a URI from a client")
        }
        guard let request = try answered(message.requestID, stream) else { return }
        if request.concernsNamespaces, message.failure.redirect?.track.name.isEmpty == false {
            throw SessionFailure(.protocolViolation, "redirect of a namespace request with a track name")
        }
        guard request.state == .pending else {
            throw SessionFailure(.protocolViolation, "second answer to one request")
        }
        if wire.answerTypes == .perRequest, let kind = message.kind, kind != request.kind {
            throw SessionFailure(.protocolViolation, "answer of the wrong kind")
        }
        refused(request, message.failure)
    }

    /// A request of ours has failed.
    func refused(_ request: Request, _ failure: RequestFailure) {
        if request.kind != .update, let stream = request.stream {
            finish(stream)
            requestStreams[stream]?.isDiscarding = true
        }
        if request.kind == .update { dropFills { message, _ in message == request.id } }
        if let companion = request.companion { withdrawStream(of: companion) }
        if request.kind == .update, let parent = request.parent { dropHeldUpdates(of: parent, failure) }
        remove(request.id)
        if request.kind == .subscribeTracks, let primary = request.parent {
            // The half for namespaces may live without the half for tracks.
            requests.change(primary) { $0.companion = nil }
            return
        }
        if !request.isAnnouncement { events.append(.requestRefused(request.id, failure)) }
    }

    // MARK: The end

    func publishDoneReceived(_ message: PublishDone, _ stream: StreamID?) throws(SessionFailure) {
        guard let id = message.requestID ?? stream.flatMap({ requestStreams[$0]?.request }),
            let request = requests[id]
        else {
            if let id = message.requestID, !wasUsed(id) {
                throw SessionFailure(.protocolViolation, "PUBLISH_DONE for a request that was never made")
            }
            tolerated.lateMessages += 1
            return
        }
        guard request.receivesObjects, !request.isOurs || request.state == .established else {
            throw SessionFailure(.protocolViolation, "PUBLISH_DONE from the wrong side or too early")
        }
        if let stream = request.stream {
            finish(stream)
            requestStreams[stream]?.isDiscarding = true
        }
        if let alias = request.incomingAlias {
            // Late objects are still welcome.
            aliases.publisherDone(alias, request: id)
            requests.change(id) { $0.incomingAlias = nil }
            if let oldest = lingering.add(id, alias: alias, now: clock) {
                aliases.retire(oldest.alias, request: oldest.request)
            }
        }
        remove(id)
        var message = message
        message.requestID = id
        events.append(.publishDoneReceived(id, message))
    }

    /// The namespace subscription of ours that a stream belongs to; nil when it is over.
    func namespaceStream(_ stream: StreamID?) throws(SessionFailure) -> Request? {
        guard let stream, let id = requestStreams[stream]?.request else { return nil }
        guard let request = requests[id] else { return nil }
        guard request.isOurs else {
            throw SessionFailure(.protocolViolation, "namespaces from the subscriber of a prefix")
        }
        return request
    }
}
