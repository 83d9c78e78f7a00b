import Containers
public import MOQTModel

extension Session {
    func handle(_ message: ControlMessage, on stream: StreamID?) throws(SessionFailure) {}
    func refused(_ request: Request, _ failure: RequestFailure) {}
    func forgetView(of id: RequestID) {}
    func remove(_ id: RequestID) {}

    // MARK: Subscriptions (we receive)

    public func subscribe(
        _ track: FullTrackName, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID { throw .notEstablished }
    /// Leaves a subscription: our SUBSCRIBE or a PUBLISH of the peer's that we accepted (or are leaving
    /// unanswered). Unknown ids are ignored.
    public func unsubscribe(_ id: RequestID) {}
    /// Changes an earlier request of ours, or a PUBLISH of the peer's; the answer comes as `requestAccepted`
    /// or `requestRefused` of the returned id (drafts without an answer: accepted at once).
    public func update(
        _ id: RequestID, parameters: MessageParameters
    ) throws(SessionCommandFailure) -> RequestID { throw .notEstablished }
    /// PUBLISH_OK.
    public func acceptPublish(_ id: RequestID, parameters: MessageParameters = .init()) {}
    public func trackStatus(
        _ track: FullTrackName, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID { throw .notEstablished }

    // MARK: Subscriptions (we send)

    /// SUBSCRIBE_OK. `alias` comes from `allocateAlias()`.
    public func acceptSubscribe(
        _ id: RequestID, alias: TrackAlias, parameters: MessageParameters = .init(),
        properties: TrackProperties = .init()
    ) {}
    public func publish(
        _ track: FullTrackName, alias: TrackAlias, parameters: MessageParameters = .init(),
        properties: TrackProperties = .init()
    ) throws(SessionCommandFailure) -> RequestID { throw .notEstablished }
    /// PUBLISH_DONE for an accepted SUBSCRIBE or a PUBLISH of ours. Send it when all data streams are closed;
    /// `streamCount` nil = unknown.
    public func publishDone(
        _ id: RequestID, status: PublishDoneStatus, streamCount: UInt64?, reason: String = ""
    ) {}

    // MARK: Answers

    /// The answer that says no more than yes: to PUBLISH_NAMESPACE, SUBSCRIBE_NAMESPACE, TRACK_STATUS and
    /// updates. `properties` only for TRACK_STATUS.
    public func acceptRequest(
        _ id: RequestID, parameters: MessageParameters = .init(), properties: TrackProperties = .init()
    ) {}
    /// Refuses any request of the peer; a PUBLISH_NAMESPACE also after it was accepted (then it is revoked).
    public func refuse(_ id: RequestID, _ failure: RequestFailure) {}

    // MARK: Namespaces

    public func publishNamespace(
        _ namespace: TrackNamespace, parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID { throw .notEstablished }
    public func endPublishNamespace(_ id: RequestID) {}
    /// Where the draft splits namespaces and tracks, `.both` becomes two requests under the returned id.
    public func subscribeNamespace(
        _ prefix: TrackNamespace, interest: SubscribeNamespace.Interest,
        parameters: MessageParameters = .init()
    ) throws(SessionCommandFailure) -> RequestID { throw .notEstablished }
    public func endSubscribeNamespace(_ id: RequestID) {}
    /// Tells the sender of a SUBSCRIBE_NAMESPACE of a namespace below its prefix: NAMESPACE, or a
    /// PUBLISH_NAMESPACE of our own whose answer is absorbed. Repeats are ignored.
    public func announce(suffix: TrackNamespace, on id: RequestID) {}
    public func withdraw(suffix: TrackNamespace, on id: RequestID) {}
    /// Tells the sender of a track subscription that no PUBLISH will follow; nothing where the draft has no
    /// such message.
    public func skipPublish(suffix: TrackNamespace, name: [UInt8], on id: RequestID) {}
}
