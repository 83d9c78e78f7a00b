import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore

/// The publisher's side: namespaces that we announce, tracks that we offer.
extension ClientConnection {
    /// Announces a namespace (PUBLISH_NAMESPACE). `answer` is called once: nil when the peer accepted it.
    ///
    /// Throws when the session is not established or the draft cannot say it.
    @discardableResult
    public func announce(
        _ namespace: TrackNamespace, answer: @escaping (RequestFailure?) -> Void
    ) throws(SessionCommandFailure) -> Announcement {
        let id = try session.publishNamespace(namespace)
        let announcement = Announcement(namespace: namespace, id: id, connection: self, onAnswer: answer)
        announcements[id] = announcement
        pump()
        return announcement
    }

    /// Offers a track: from now on its SUBSCRIBEs are accepted. A second track of the same name takes the
    /// first one's place.
    public func addTrack(_ name: FullTrackName, properties: TrackProperties = .init()) -> TrackPublisher {
        let publisher = TrackPublisher(name: name, properties: properties, client: client)
        addTrack(publisher)
        return publisher
    }

    /// Offers a track here that is offered on another connection of the same client, too.
    public func addTrack(_ publisher: TrackPublisher) {
        publishers[publisher.name] = publisher
        publisher.offered(on: self)
    }

    /// Whether the peer has a subscription to a track of ours, or a FETCH that is being answered.
    public var isDelivering: Bool { !deliveries.isEmpty || peer.openFetchCount > 0 }

    /// Offers the track to the peer unasked (PUBLISH). `answer` is called once: nil when the peer took it.
    public func push(
        _ publisher: TrackPublisher, answer: @escaping (RequestFailure?) -> Void
    ) throws(SessionCommandFailure) {
        let alias = session.allocateAlias()
        var parameters = MessageParameters()
        parameters.forward = true
        parameters.largestObject = publisher.log.largest
        parameters.groupOrder = publisher.properties.groupOrder ?? .ascending
        let id = try session.publish(
            publisher.name, alias: alias, parameters: parameters, properties: publisher.properties)
        pushes[id] = TrackPush(alias: alias, largest: parameters.largestObject, answer: answer)
        deliveries[id] = publisher
        pump()
    }

    func subscribeReceived(_ request: Subscribe) {
        guard let publisher = publishers[request.track], let rules = session.rules else {
            session.refuse(request.requestID, RequestFailure(.doesNotExist, "no such track"))
            return
        }
        let asked = request.parameters
        let alias = session.allocateAlias()
        var answer = MessageParameters()
        answer.expires = 0
        answer.largestObject = publisher.log.largest
        answer.groupOrder = asked.groupOrder ?? publisher.properties.groupOrder ?? .ascending
        session.acceptSubscribe(
            request.requestID, alias: alias, parameters: answer, properties: publisher.properties)
        deliver(publisher, request.requestID, alias, asked, .log, rules)
    }

    func publishAccepted(_ id: RequestID, _ parameters: MessageParameters) {
        guard let publisher = deliveries[id], let rules = session.rules,
            let push = pushes.removeValue(forKey: id)
        else { return }
        push.answer(nil)
        deliver(publisher, id, push.alias, parameters, .publisher(push.largest), rules)
    }

    func updateReceived(_ existing: RequestID, _ update: RequestUpdate) {
        if update.parameters.hasInvalidFilter {
            peer.failUpdate(update.requestID, of: existing, .invalidFilter)
            deliveries.removeValue(forKey: existing)?.deliveryEnded(self, existing)
            return
        }
        if peer.isServingFetch(existing) {
            if let priority = update.parameters.subscriberPriority {
                peer.prioritizeFetch(existing, subscriberPriority: priority)
            }
            return session.acceptRequest(update.requestID)
        }
        guard let publisher = deliveries[existing] else {
            session.refuse(update.requestID, RequestFailure(.notSupported, "this request cannot be updated"))
            return
        }
        let range = update.parameters.filter.map { publisher.log.range(for: $0) }
        joinable[existing]?.apply(update.parameters, largest: publisher.log.largest)
        peer.delivery.updateSubscription(id: existing.value) { subscription in
            subscription.apply(update.parameters)
            if let range { subscription.range = range }
        }
        wantsToSend()
        var answer = MessageParameters()
        answer.largestObject = publisher.log.largest
        session.acceptRequest(update.requestID, parameters: answer)
        publisher.newGroupRequested(update.parameters)
        if let forward = update.parameters.forward { publisher.forwardChanged(self, existing, to: forward) }
    }

    func trackStatusReceived(_ request: Subscribe) {
        guard let publisher = publishers[request.track] else {
            session.refuse(request.requestID, RequestFailure(.doesNotExist, "no such track"))
            return
        }
        var answer = MessageParameters()
        answer.largestObject = publisher.log.largest
        session.acceptRequest(request.requestID, parameters: answer, properties: publisher.properties)
    }

    /// Answers a FETCH from what the track's log keeps.
    func fetchReceived(_ fetch: Fetch) {
        let joined = fetch.range.joinedRequest
        do throws(RequestFailure) {
            guard
                let publisher = fetch.range.track.map({ publishers[$0] })
                    ?? joined.flatMap({ deliveries[$0] })
            else {
                throw joined == nil
                    ? RequestFailure(.doesNotExist, "no such track")
                    : RequestFailure(.invalidJoiningRequestID, "no such subscription")
            }
            let subscription = joined.flatMap { joinable[$0] }
            guard let range = try peer.range(of: fetch, joining: subscription, in: publisher.log) else {
                return
            }
            try peer.serveFetch(
                fetch, try publisher.log.plan(range), properties: publisher.properties, from: publisher.log)
        } catch {
            session.refuse(fetch.requestID, error)
        }
    }

    private func deliver(
        _ publisher: TrackPublisher, _ id: RequestID, _ alias: TrackAlias, _ asked: MessageParameters,
        _ base: SubscriptionBase, _ rules: DraftRules
    ) {
        deliveries[id] = publisher
        var subscription = DeliverySubscription(
            id: id.value, range: publisher.log.range(for: asked.filter ?? .unfiltered, base),
            shape: rules.bodyShape, context: alias.value)
        subscription.groupOrder = publisher.properties.groupOrder ?? .ascending
        subscription.apply(asked)
        peer.deliver(subscription, from: publisher.log)
        joinable[id] = JoinableSubscription(
            largest: publisher.log.largest(base), filter: asked.filter, forward: subscription.forward)
        publisher.deliveryBegan(self, id, forward: subscription.forward)
        publisher.newGroupRequested(asked)
    }
}

extension DeliverySubscription {
    /// Takes over what a request says; what it leaves out stays.
    fileprivate mutating func apply(_ parameters: MessageParameters) {
        if let priority = parameters.subscriberPriority { subscriberPriority = priority }
        if let order = parameters.groupOrder { groupOrder = order }
        if let forward = parameters.forward { self.forward = forward }
        if let timeout = parameters.objectDeliveryTimeout, timeout > 0 {
            objectTimeoutNanoseconds = timeout.multipliedReportingOverflow(by: 1_000_000).partialValue
        }
        if let timeout = parameters.subgroupDeliveryTimeout, timeout > 0 {
            subgroupTimeoutNanoseconds = timeout.multipliedReportingOverflow(by: 1_000_000).partialValue
        }
    }
}
