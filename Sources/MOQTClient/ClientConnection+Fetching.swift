import MOQTModel
import MOQTSession

/// Asking for the past of a track.
extension ClientConnection {
    /// Fetches the objects of `track` from `start` to the end of `endGroup`, or to `endObject` in it, both
    /// inclusive.
    ///
    /// Throws when the session is not established or the draft cannot say it.
    public func fetch(
        _ track: FullTrackName, from start: Location, endGroup: UInt64, endObject: UInt64? = nil,
        parameters: MessageParameters = .init(), onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        try fetch(
            .standalone(track: track, start: start, endGroup: endGroup, endObject: endObject), parameters,
            onEvent)
    }

    /// Fetches what lies in front of a subscription: the group in which it began up to its first object, and
    /// `groupCount` groups before that one.
    public func fetch(
        joining subscriber: TrackSubscriber, groupCount: UInt64, parameters: MessageParameters = .init(),
        onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        try fetch(.relativeJoining(subscriber.id, groupCount: groupCount), parameters, onEvent)
    }

    /// Fetches what lies in front of a subscription, from the start of `startGroup` on.
    public func fetch(
        joining subscriber: TrackSubscriber, fromGroup startGroup: UInt64,
        parameters: MessageParameters = .init(),
        onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        try fetch(.absoluteJoining(subscriber.id, startGroup: startGroup), parameters, onEvent)
    }

    private func fetch(
        _ range: Fetch.Range, _ parameters: MessageParameters, _ onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        let id = try session.fetch(range, parameters: parameters)
        let fetch = TrackFetch(id: id, connection: self, onEvent: onEvent)
        fetches[id] = fetch
        pump()
        return fetch
    }

    /// Asks what the peer knows of a track without subscribing (TRACK_STATUS); `answer` is called once.
    public func trackStatus(
        _ track: FullTrackName, answer: @escaping (Result<TrackStatus, RequestFailure>) -> Void
    ) throws(SessionCommandFailure) {
        statusAnswers[try session.trackStatus(track)] = answer
        pump()
    }
}
