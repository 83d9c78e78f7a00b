import Containers
public import MOQTModel
import MOQTWire

/// Commands for namespaces, in both roles.
extension Session {
    // MARK: Ours

    /// PUBLISH_NAMESPACE; answered by `requestAccepted` or `requestRefused`.
    public func publishNamespace(
        _ namespace: TrackNamespace, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID {
        try beginPublishNamespace(namespace, parameters, isAnnouncement: false)
    }

    private func beginPublishNamespace(
        _ namespace: TrackNamespace, _ parameters: MessageParameters, isAnnouncement: Bool
    ) throws(SessionCommandFailure) -> RequestID {
        guard mayPublish(below: namespace) else { throw .cannotBeSaid }
        return try begin(.publishNamespace) {
            .publishNamespace(PublishNamespace(requestID: $0, namespace: namespace, parameters: parameters))
        } _: {
            $0.namespace = namespace
            $0.isAnnouncement = isAnnouncement
        }
    }

    /// Nothing is published below the namespace of a single period, and nothing of an application's below `.session`
    /// (draft-18 sections 3.2.1 and 3.2.2).
    func mayPublish(below namespace: TrackNamespace) -> Bool {
        guard wire.hasReservedNamespaces, let first = namespace.fields.first else { return true }
        return first != Array(".".utf8) && first != Array(".session".utf8)
    }

    /// Withdraws a PUBLISH_NAMESPACE of ours. Unknown ids are ignored.
    public func endPublishNamespace(_ id: RequestID) {
        guard phase == .established, let request = requests[id], request.isOurs,
            request.kind == .publishNamespace
        else { return }
        guard !travelsOnOwnStream(request.kind) else { return withdrawStream(of: id) }
        if let bytes = encoded(.publishNamespaceDone(reference(to: request))) { sendAbout(id, bytes) }
        remove(id)
    }

    /// SUBSCRIBE_NAMESPACE, SUBSCRIBE_TRACKS, or both under the returned id where the draft splits them;
    /// answered by one `requestAccepted` or `requestRefused`. Where the draft gives no choice, more may come
    /// than was asked for.
    public func subscribeNamespace(
        _ prefix: TrackNamespace, interest: SubscribeNamespace.Interest,
        parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID {
        try checkFilters(parameters)
        guard wire.subscribeTracksIsSeparate, interest != .namespaces else {
            return try beginSubscribeNamespace(.subscribeNamespace, prefix, interest, parameters, of: nil)
        }
        guard interest == .both else {
            return try beginSubscribeNamespace(.subscribeTracks, prefix, .tracks, parameters, of: nil)
        }
        // FORWARD and the like belong to the half that makes subscriptions.
        var namesParameters = MessageParameters()
        namesParameters.authorizationTokens = parameters.authorizationTokens
        let primary = try beginSubscribeNamespace(
            .subscribeNamespace, prefix, .namespaces, namesParameters, of: nil)
        do {
            let companion = try beginSubscribeNamespace(
                .subscribeTracks, prefix, .tracks, parameters, of: primary)
            requests.change(primary) { $0.companion = companion }
        } catch {
            endSubscribeNamespace(primary)
            throw error
        }
        return primary
    }

    private func beginSubscribeNamespace(
        _ kind: RequestKind, _ prefix: TrackNamespace, _ interest: SubscribeNamespace.Interest,
        _ parameters: MessageParameters, of primary: RequestID?
    ) throws(SessionCommandFailure) -> RequestID {
        try begin(kind) {
            let message = SubscribeNamespace(
                requestID: $0, prefix: prefix, interest: interest, parameters: parameters)
            return kind == .subscribeTracks ? .subscribeTracks(message) : .subscribeNamespace(message)
        } _: {
            $0.namespace = prefix
            $0.interest = interest
            $0.parent = primary
        }
    }

    /// Leaves a prefix. Namespaces seen below it are forgotten without events. Unknown ids are ignored.
    public func endSubscribeNamespace(_ id: RequestID) {
        guard phase == .established, let request = requests[id], request.isOurs,
            request.kind == .subscribeNamespace || request.kind == .subscribeTracks
        else { return }
        if let companion = request.companion { withdrawStream(of: companion) }
        guard !travelsOnOwnStream(request.kind) else { return withdrawStream(of: id) }
        if let bytes = encoded(.unsubscribeNamespace(reference(to: request))) { sendAbout(id, bytes) }
        remove(id)
    }

    /// How messages about an earlier namespace request name it.
    func reference(to request: Request) -> NamespaceReference {
        let naming =
            request.kind == .publishNamespace ? wire.publishNamespaceEndNames : wire.unsubscribeNamespaceNames
        if naming == .namespace, let namespace = request.namespace { return .namespace(namespace) }
        return .request(request.id)
    }

    // MARK: For the peer

    /// Tells the sender of a SUBSCRIBE_NAMESPACE of a namespace below its prefix: by NAMESPACE, or by a
    /// PUBLISH_NAMESPACE of our own whose answer is absorbed. Before the request is accepted it waits for that.
    /// Repeats are ignored.
    public func announce(suffix: TrackNamespace, on id: RequestID) {
        guard phase == .established, let request = requests[id], !request.isOurs,
            request.kind == .subscribeNamespace, announcements.add(suffix, on: id)
        else { return }
        if request.state == .established { sendAnnouncement(suffix, to: request) }
    }

    /// Takes back an `announce`. Unknown ones are ignored.
    public func withdraw(suffix: TrackNamespace, on id: RequestID) {
        guard phase == .established, let request = requests[id], announcements.remove(suffix, on: id),
            request.state == .established
        else { return }
        switch wire.namespaceAnnouncedAs {
        case .namespaceMessages:
            if let bytes = encoded(.namespaceDone(suffix)) { answer(request, bytes) }
        case .publishNamespaceRequests:
            releaseAnnouncement((request.namespace ?? TrackNamespace()).appending(suffix))
        }
    }

    func sendAnnouncements(to id: RequestID) {
        guard let request = requests[id] else { return }
        for suffix in announcements.announced(on: id) { sendAnnouncement(suffix, to: request) }
    }

    private func sendAnnouncement(_ suffix: TrackNamespace, to request: Request) {
        switch wire.namespaceAnnouncedAs {
        case .namespaceMessages:
            if let bytes = encoded(.namespace(suffix)) { answer(request, bytes) }
        case .publishNamespaceRequests:
            let namespace = (request.namespace ?? TrackNamespace()).appending(suffix)
            if announcements.shareExisting(namespace) { return }
            guard let id = try? beginPublishNamespace(namespace, .init(), isAnnouncement: true) else {
                return
            }
            announcements.share(namespace, request: id)
        }
    }

    private func releaseAnnouncement(_ namespace: TrackNamespace) {
        if let id = announcements.release(namespace) { endPublishNamespace(id) }
    }

    /// The peer's namespace subscription is over: its announcements go with it.
    func withdrawAll(from request: Request) {
        let suffixes = announcements.removeAll(on: request.id)
        guard wire.namespaceAnnouncedAs == .publishNamespaceRequests, request.state == .established else {
            return
        }
        for suffix in suffixes {
            releaseAnnouncement((request.namespace ?? TrackNamespace()).appending(suffix))
        }
    }

    /// Tells the sender of a subscription to tracks that no PUBLISH will follow for one; nothing where the
    /// draft has no such message.
    public func skipPublish(suffix: TrackNamespace, name: [UInt8], on id: RequestID) {
        guard phase == .established, wire.hasPublishSkipped, let request = requests[id], !request.isOurs,
            request.state == .established,
            request.kind == .subscribeTracks || request.kind == .subscribeNamespace
        else { return }
        if let bytes = encoded(.publishSkipped(suffix: suffix, name: name)) { answer(request, bytes) }
    }

    // MARK: What the peer shows us

    /// Every namespace seen below the prefix is gone with the subscription.
    func forgetView(of id: RequestID) {
        guard let view = views.removeValue(forKey: id) else { return }
        for namespace in view.namespaces { events.append(.namespaceVanished(id, namespace)) }
    }

    /// NAMESPACE on a stream of ours.
    func namespaceReceived(_ suffix: TrackNamespace, _ request: Request) throws(SessionFailure) {
        let namespace = (request.namespace ?? TrackNamespace()).appending(suffix)
        guard namespace.fields.count <= TrackNamespace.maximumFieldCount,
            namespace.byteCount <= TrackNamespace.maximumByteCount
        else { throw SessionFailure(.protocolViolation, "namespace too long") }
        guard (views[request.id]?.count ?? 0) < configuration.limits.namespacesPerRequest else {
            return cancelledByPeer(request.id)
        }
        switch views[request.id, default: NamespaceView()].shown(namespace) {
        case .new: events.append(.namespaceAppeared(request.id, namespace))
        case .known: break
        case .repeated: tolerated.repeatedNamespaces += 1
        }
    }

    /// NAMESPACE_DONE on a stream of ours.
    func namespaceDoneReceived(_ suffix: TrackNamespace, _ request: Request) throws(SessionFailure) {
        let namespace = (request.namespace ?? TrackNamespace()).appending(suffix)
        guard let isGone = views[request.id]?.withdrawn(namespace) else {
            throw SessionFailure(.protocolViolation, "NAMESPACE_DONE before NAMESPACE")
        }
        if isGone { events.append(.namespaceVanished(request.id, namespace)) }
    }

    /// A PUBLISH_NAMESPACE that answers namespace subscriptions of ours: accepted, and shown to each.
    func absorb(_ request: Request, for subscriptions: [RequestID]) {
        guard let namespace = request.namespace else { return }
        requests.change(request.id) { $0.isAbsorbed = true }
        acceptRequest(request.id)
        for id in subscriptions {
            guard (views[id]?.count ?? 0) < configuration.limits.namespacesPerRequest else { continue }
            if views[id, default: NamespaceView()].shown(namespace, by: request.id) {
                events.append(.namespaceAppeared(id, namespace))
            }
        }
    }

    /// The end of an absorbed PUBLISH_NAMESPACE.
    func unabsorb(_ request: Request) {
        guard let namespace = request.namespace else { return }
        for id in requests.namespaceSubscriptions(covering: namespace) {
            if views[id]?.withdrawn(namespace, by: request.id) == true {
                events.append(.namespaceVanished(id, namespace))
            }
        }
    }
}
