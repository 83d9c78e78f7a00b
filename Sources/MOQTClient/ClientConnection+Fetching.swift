import MOQTModel
import MOQTSession
import MOQTWire
import QUICTransport

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

    /// Fetches the last groups of a track, up to its largest object; 1 is the newest group alone (draft 20 on).
    ///
    /// Throws when the session is not established or the draft cannot say it.
    public func fetch(
        _ track: FullTrackName, lastGroups groupCount: UInt64, parameters: MessageParameters = .init(),
        onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        try fetch(.filtered(track: track, .relative(groupCount: groupCount)), parameters, onEvent)
    }

    /// Fetches what lies in front of a subscription: the group in which it began up to its first object, and
    /// `groupCount` groups before that one.
    ///
    /// From draft 20 on, where a FETCH joins nothing, it is a fill, asked for once the subscription has been answered.
    public func fetch(
        joining subscriber: TrackSubscriber, groupCount: UInt64, parameters: MessageParameters = .init(),
        onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        guard session.rules?.hasFills == true else {
            return try fetch(.relativeJoining(subscriber.id, groupCount: groupCount), parameters, onEvent)
        }
        return try fill(subscriber, parameters, onEvent) { largest in
            largest.group > groupCount ? largest.group - groupCount : 0
        }
    }

    /// Fetches what lies in front of a subscription, from the start of `startGroup` on.
    public func fetch(
        joining subscriber: TrackSubscriber, fromGroup startGroup: UInt64,
        parameters: MessageParameters = .init(),
        onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        guard session.rules?.hasFills == true else {
            return try fetch(.absoluteJoining(subscriber.id, startGroup: startGroup), parameters, onEvent)
        }
        return try fill(subscriber, parameters, onEvent) { _ in startGroup }
    }

    private func fetch(
        _ range: Fetch.Range, _ parameters: MessageParameters, _ onEvent: @escaping (TrackFetch.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackFetch {
        let id = try session.fetch(range, parameters: parameters)
        let fetch = TrackFetch(connection: self, onEvent: onEvent)
        fetch.begin(id)
        pump()
        return fetch
    }

    // MARK: Fills

    /// From group `startGroup` of the Joining Location to that location itself.
    private func fill(
        _ subscriber: TrackSubscriber, _ parameters: MessageParameters,
        _ onEvent: @escaping (TrackFetch.Event) -> Void, _ startGroup: @escaping (Location) -> UInt64
    ) throws(SessionCommandFailure) -> TrackFetch {
        if subscriber.isOver { throw .unknownRequest }
        let fetch = TrackFetch(connection: self, fills: subscriber, onEvent: onEvent)
        // Not before this has returned.
        loop.schedule(afterMilliseconds: 0) { [weak self] in
            subscriber.whenAnswered { self?.beginFill(fetch, of: subscriber, parameters, startGroup) }
        }
        return fetch
    }

    private func beginFill(
        _ fetch: TrackFetch, of subscriber: TrackSubscriber, _ parameters: MessageParameters,
        _ startGroup: (Location) -> UInt64
    ) {
        if fetch.isOver { return }
        guard subscriber.isAccepted, !subscriber.isOver else {
            return fetch.refused(RequestFailure(.invalidJoiningRequestID, "there is no subscription"))
        }
        // What older drafts answer to a FETCH that joins it: a publisher would open no stream and say nothing.
        guard subscriber.isForwarded else {
            return fetch.refused(RequestFailure(.invalidRange, "the subscription is not forwarded"))
        }
        guard let largest = subscriber.joiningLocation else {
            return fetch.refused(
                RequestFailure(.invalidRange, "nothing had been published when the subscription began"))
        }
        let start = Location(group: startGroup(largest), object: 0)
        guard start <= largest else {
            return fetch.refused(RequestFailure(.invalidRange, "the range begins after the largest object"))
        }
        var fill = FillParameters(
            filter: .range(start: start, endGroup: largest.group, endObject: largest.object))
        fill.subscriberPriority = parameters.subscriberPriority
        fill.groupOrder = parameters.groupOrder
        fill.fillTimeout = parameters.fillTimeout
        var update = MessageParameters()
        update.fill = fill
        do throws(SessionCommandFailure) {
            let id = try session.update(subscriber.id, parameters: update)
            fetch.begin(id)
            updateAnswers[id] = { answer in
                switch answer {
                case .success: fetch.accepted(through: largest)
                case .failure(let failure): fetch.refused(failure)
                }
            }
            pump()
        } catch {
            fetch.refused(RequestFailure(.internalError, "the fill cannot be asked for"))
        }
    }

    /// Asks for what goes before a subscription that has just been sent.
    func askForPast(
        of subscriber: TrackSubscriber, _ fill: FillParameters, _ parameters: MessageParameters,
        hasFills: Bool
    ) {
        let filter = fill.filter ?? parameters.filter ?? .unfiltered
        let fetch = TrackFetch(connection: self, fills: hasFills ? subscriber : nil) {
            [weak subscriber] event in
            subscriber?.receivedPast(event)
        }
        if hasFills {
            subscriber.expectPast(fetch, filter)
            fetch.begin(subscriber.id, isAccepted: true)
            return
        }
        var joining = MessageParameters()
        joining.subscriberPriority = fill.subscriberPriority ?? parameters.subscriberPriority
        joining.groupOrder = .ascending
        joining.fillTimeout = fill.fillTimeout
        let range: Fetch.Range
        switch filter {
        case .nextObject, .nextGroup, .relative(groupCount: 0): return
        case .relative(let groupCount): range = .relativeJoining(subscriber.id, groupCount: groupCount - 1)
        case .from(let start), .range(let start, _, _):
            range = .absoluteJoining(subscriber.id, startGroup: start.group)
        case .unfiltered: range = .absoluteJoining(subscriber.id, startGroup: 0)
        }
        do throws(SessionCommandFailure) {
            let id = try session.fetch(range, parameters: joining)
            subscriber.expectPast(fetch, filter)
            fetch.begin(id)
        } catch {
            // Without its past the subscription is still what comes live.
        }
    }

    /// Asks what the peer knows of a track without subscribing (TRACK_STATUS); `answer` is called once.
    public func trackStatus(
        _ track: FullTrackName, answer: @escaping (Result<TrackStatus, RequestFailure>) -> Void
    ) throws(SessionCommandFailure) {
        statusAnswers[try session.trackStatus(track)] = answer
        pump()
    }
}
