import MOQTModel
import MOQTWire

/// What subscriptions cover, on drafts whose updates must not widen them.
extension Session {
    /// A subscription begins, or what the answer to a PUBLISH says of it holds.
    func noteTerms(of id: RequestID, _ parameters: MessageParameters) {
        guard !wire.updatesMayMoveStartBack || !wire.updatesMayMoveEndOut else { return }
        terms[id, default: SubscriptionTerms(parameters)].apply(parameters)
    }

    func settleTerms(of id: RequestID, largest: Location?) { terms[id]?.settle(largest: largest) }

    /// Our answer to a PUBLISH: the filter in absolute terms where its start must be known later on.
    func settlingTerms(of request: Request, _ parameters: MessageParameters) -> MessageParameters {
        noteTerms(of: request.id, parameters)
        settleTerms(of: request.id, largest: request.namedLargest)
        guard parameters.filter != nil, let filter = terms[request.id]?.absoluteFilter else {
            return parameters
        }
        var parameters = parameters
        parameters.filter = filter
        terms[request.id]?.apply(parameters)
        return parameters
    }

    /// What an update of a request of ours has to say: where the message has no room for leaving things out, all that
    /// is in force.
    ///
    /// Throws `cannotBeSaid` when it does not fit the request or its track, or would widen a subscription that must not be, and `unknownRequest` while it is not
    /// known where the subscription begins.
    func updating(
        _ request: Request, _ parameters: MessageParameters
    ) throws(SessionCommandFailure) -> MessageParameters {
        guard request.isSubscription || wire.everyRequestMayBeUpdated,
            wire.mayUpdate(request.kind, parameters)
        else { throw .cannotBeSaid }
        // Only where the track has said that it has dynamic groups (draft-19 section 10.2.18).
        if parameters.newGroupRequest != nil, request.isSubscription, !request.hasDynamicGroups {
            throw .cannotBeSaid
        }
        // Never one that overlaps another of ours (draft-19 section 10.9.2).
        if let prefix = parameters.namespacePrefix, requests.overlapsOwnPrefix(prefix, request) {
            throw .cannotBeSaid
        }
        guard let terms = terms[request.id] else { return parameters }
        if let filter = parameters.filter, terms.mayBeWidened(by: filter, wire) {
            throw terms.start == nil ? .unknownRequest : .cannotBeSaid
        }
        guard wire.subscriptionLayout == .fixedFields else { return parameters }
        var parameters = parameters
        parameters.subscriberPriority = parameters.subscriberPriority ?? terms.subscriberPriority
        parameters.forward = parameters.forward ?? terms.forward
        if parameters.filter == nil {
            guard let filter = terms.absoluteFilter else { throw .unknownRequest }
            parameters.filter = filter
        }
        return parameters
    }

    /// The peer updates a subscription that we serve.
    ///
    /// Throws with the scope of the session when that widens it (draft-14 section 9.10, draft-15 section 9.11).
    func updateTerms(of request: Request, _ parameters: MessageParameters) throws(SessionFailure) {
        if let filter = parameters.filter, terms[request.id]?.isWidened(by: filter, wire) == true {
            throw SessionFailure(.protocolViolation, "update that widens a subscription")
        }
        terms[request.id]?.apply(parameters)
    }
}
