import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import RelayCore

/// Requests pass here on their way from the session when the relay has an authorizer.
extension RelaySession {
    /// Data does not come this way: of requests that are not authorized it is held or dropped like that of others
    /// without an answer.
    func authorizeFirst(_ event: SessionEvent, _ gate: AuthorizationGate) {
        if case .failed = event { return requestEvent(event) }
        if gate.keep(event, behind: .session) { return }
        switch event {
        case .established(let setup):
            gate.ask(
                session: setup, path: target?.path, authority: target?.authority, event, now: shard.now)
        case .subscribeReceived(let request):
            ask(gate, request.requestID, .subscribe, track: request.track, request.parameters, event)
        case .trackStatusReceived(let request):
            ask(gate, request.requestID, .trackStatus, track: request.track, request.parameters, event)
        case .fetchReceived(let request):
            var track = request.range.track
            if let joined = request.range.joinedRequest {
                if gate.keep(event, behind: .request(joined)) { return }
                track = session.subject(of: joined).track
            }
            ask(gate, request.requestID, .fetch, track: track, request.parameters, event)
        case .publishReceived(let request):
            // Its objects are kept from now on.
            incoming[request.requestID] = .publish
            ask(gate, request.requestID, .publish, track: request.track, request.parameters, event)
        case .publishNamespaceReceived(let request):
            ask(
                gate, request.requestID, .publishNamespace, namespace: request.namespace, request.parameters,
                event)
        case .subscribeNamespaceReceived(let request):
            ask(
                gate, request.requestID, .subscribeNamespace(request.interest), namespace: request.prefix,
                request.parameters, event)
        case .updateReceived(let existing, let update):
            if gate.keep(event, behind: .request(existing)) { return }
            let prefix = update.parameters.namespacePrefix
            guard prefix != nil || !update.parameters.authorizationTokens.isEmpty else {
                return requestEvent(event)
            }
            let subject = session.subject(of: existing)
            ask(
                gate, update.requestID, .update, namespace: prefix ?? subject.namespace, track: subject.track,
                update.parameters, event)
        case .publishDoneReceived(let id, _):
            if !gate.keep(event, behind: .request(id)) { requestEvent(event) }
        case .requestCancelled(let id):
            guard let waiting = gate.settle(.request(id)) else { return requestEvent(event) }
            forget(id)
            for follower in waiting.followers { authorizeFirst(follower, gate) }
        default:
            requestEvent(event)
        }
    }

    private func ask(
        _ gate: AuthorizationGate, _ id: RequestID, _ action: AuthorizationRequest.Action,
        namespace: TrackNamespace? = nil, track: FullTrackName? = nil, _ parameters: MessageParameters,
        _ event: SessionEvent
    ) {
        gate.ask(id, action, namespace: namespace, track: track, parameters, event, now: shard.now)
    }

    /// The authorizer has answered.
    func answered(_ question: AuthorizationGate.Question, _ decision: AuthorizationDecision) {
        guard let gate, let waiting = gate.settle(question), !session.isClosed else { return }
        switch decision {
        case .allow: requestEvent(waiting.event)
        case .deny(let denial, let reason): deny(waiting.event, question, denial, reason)
        }
        for follower in waiting.followers where !session.isClosed { authorizeFirst(follower, gate) }
        peer.pump()
    }

    private func deny(
        _ event: SessionEvent, _ question: AuthorizationGate.Question, _ denial: AuthorizationDecision.Denial,
        _ reason: String
    ) {
        let text = reason.isEmpty ? "not authorized" : reason
        guard case .request(let id) = question else {
            return session.close(denial.sessionCode, reason: text)
        }
        if case .updateReceived(let existing, let update) = event {
            return failUpdate(update, of: existing, RequestFailure(denial.requestCode, text))
        }
        forget(id)
        session.refuse(id, RequestFailure(denial.requestCode, text))
    }

    /// Called a few times a second: an authorizer that is silent denies.
    func expireAuthorizations(now: Instant) {
        guard let gate else { return }
        for question in gate.expired(now: now) {
            guard let waiting = gate.settle(question), !session.isClosed else { continue }
            let reason = "the authorization took too long"
            switch question {
            case .session: session.close(.internalError, reason: reason)
            case .request(let id):
                if case .updateReceived(let existing, let update) = waiting.event {
                    failUpdate(update, of: existing, RequestFailure(.internalError, reason))
                } else {
                    forget(id)
                    session.refuse(id, RequestFailure(.internalError, reason))
                }
            }
            for follower in waiting.followers where !session.isClosed { authorizeFirst(follower, gate) }
            peer.pump()
        }
    }
}
