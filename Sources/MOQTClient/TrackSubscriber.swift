import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport

/// A subscription of ours: the track's objects in order, whole, with what is missing said.
public final class TrackSubscriber {
    public enum Event: Sendable {
        /// The publisher (or relay) answered; objects follow.
        case accepted(largest: Location?, properties: TrackProperties)
        /// The request failed; nothing follows.
        case refused(RequestFailure)
        /// The next object of the track.
        case object(ReceivedObject)
        /// Objects from `from` up to (not including) `to` will not come.
        case gap(from: Location, to: Location)
        /// The publisher ended the subscription and everything that came has been handed out; nothing follows.
        case ended(PublishDoneStatus, reason: String)
        /// The request or the connection broke off; nothing follows.
        case abandoned
    }

    public let track: FullTrackName
    /// The peer asks for this subscription to be made at this URI (empty: here, anew) while the session goes on:
    /// GOAWAY on its stream (draft 18 on). Objects keep coming until one of us leaves.
    public var onGoAway: (String) -> Void = { _ in }
    /// Bytes of payload received, in order or not.
    public private(set) var receivedByteCount: UInt64 = 0
    /// Objects that came too late for their place.
    public var lateCount: Int { sequencer.lateCount }

    /// Milliseconds after PUBLISH_DONE, and after the last byte that came behind it, that streams may stay away.
    public static let endPatience: UInt64 = 3_000
    /// Bytes of one object; a longer one ends the subscription.
    public static let maximumObjectByteCount = 256 * 1024 * 1024

    private struct Incoming {
        var header: SubgroupHeader
        var subgroup: UInt64?
        var object: ObjectHeader?
        var payload: [Payload] = []
        var byteCount: UInt64 = 0
        var priority: UInt8
    }

    let id: RequestID
    private weak var connection: ClientConnection?
    let onEvent: (Event) -> Void
    private var sequencer: ObjectSequencer
    private var judge = HeaderJudge()
    private let patienceMilliseconds: UInt64
    private var timer = LoopTimer()
    private var incoming: [StreamID: Incoming] = [:]
    private var endedStreamCount: UInt64 = 0
    private(set) var properties = TrackProperties() {
        didSet { hasMediaTime = properties.other.contains { $0.type == LOCProperty.timescale } }
    }
    private(set) var hasMediaTime = false
    private var done: (PublishDone, deadline: Instant)?
    private(set) var isOver = false
    private var isDraining = false
    /// Where the subscription was asked to begin, if that is a place in the past.
    private let start: Location?

    // The past that goes before what comes live.
    var pastFetch: TrackFetch?
    var pastFilter = LocationFilter.unfiltered
    var past: TrackPast?
    var earlyPast: [TrackFetch.Event] = []
    /// Objects before it come from the past only.
    var liveStart: Location?

    // What FETCHes that join the subscription need to know.
    private(set) var isAccepted = false
    private(set) var isForwarded: Bool
    /// The largest object when forwarding began.
    private(set) var joiningLocation: Location?
    private var awaitingAnswer: [() -> Void] = []

    init(
        track: FullTrackName, id: RequestID, connection: ClientConnection, patienceMilliseconds: UInt64,
        filter: LocationFilter? = nil, forward: Bool = true, onEvent: @escaping (Event) -> Void
    ) {
        self.patienceMilliseconds = patienceMilliseconds
        isForwarded = forward
        switch filter {
        case .from(let location), .range(let location, _, _): start = location > .zero ? location : nil
        default: start = nil
        }
        self.track = track
        self.id = id
        self.connection = connection
        self.onEvent = onEvent
        sequencer = ObjectSequencer(patienceMilliseconds: patienceMilliseconds)
    }

    /// Changes what was asked for (REQUEST_UPDATE); what `parameters` leaves out stays.
    ///
    /// On drafts that update only what has been accepted, and never let a subscription begin earlier, it waits for the
    /// answer (draft-14 section 5.1); what cannot be said then is dropped.
    ///
    /// Throws when the session is gone or the draft cannot say it.
    public func update(_ parameters: MessageParameters) throws(SessionCommandFailure) {
        guard !isOver, let connection else { return }
        if !isAccepted, connection.session.rules?.updatesMayMoveStartBack == false {
            return whenAnswered { [weak self] in
                do throws(SessionCommandFailure) { try self?.update(parameters) } catch {}
            }
        }
        let update = try connection.session.update(id, parameters: parameters)
        let begins = parameters.forward == true && !isForwarded
        isForwarded = parameters.forward ?? isForwarded
        if begins {
            connection.updateAnswers[update] = { [weak self] answer in
                if case .success(let answer) = answer {
                    self?.joiningLocation = answer.parameters.largestObject
                }
            }
        }
        connection.pump()
    }

    /// Leaves the track; no event follows.
    public func cancel() {
        guard !isOver, let connection else { return }
        over()
        connection.session.unsubscribe(id)
        connection.pump()
    }

    // MARK: For the connection

    func accepted(_ answer: SubscribeOK) {
        properties = answer.properties
        isAccepted = true
        let largest = answer.parameters.largestObject
        joiningLocation = largest
        if let start, pastFetch == nil {
            sequencer.startExpected(at: start)
        } else if let largest {
            sequencer.startExpected(at: TrackPast.next(largest))
        }
        onEvent(.accepted(largest: largest, properties: answer.properties))
        pastAccepted(largest: largest)
        answered()
    }

    /// Calls `body` when the subscription has been answered or is over: now, or later.
    func whenAnswered(_ body: @escaping () -> Void) {
        if isAccepted || isOver { body() } else { awaitingAnswer.append(body) }
    }

    private func answered() {
        let waiting = awaitingAnswer
        awaitingAnswer = []
        for body in waiting { body() }
    }

    func refused(_ failure: RequestFailure) {
        guard !isOver else { return }
        over()
        onEvent(.refused(failure))
    }

    func abandoned() {
        guard !isOver else { return }
        losePast()
        sequencer.finish()
        drain()
        guard !isOver else { return }
        over()
        onEvent(.abandoned)
    }

    func connectionClosed() { abandoned() }

    func subgroupBegan(_ stream: StreamID, _ header: SubgroupHeader) {
        var subgroup: UInt64?
        if case .explicit(let id) = header.subgroup { subgroup = id }
        let priority =
            header.priority ?? properties.defaultPublisherPriority ?? TrackProperties.defaultPriority
        incoming[stream] = Incoming(header: header, subgroup: subgroup, priority: priority)
        sequencer.streamBegan(stream.value, group: header.group)
        guard let subgroup else { return }
        let fault = judge.streamBegan(subgroup, of: header.group, priority: header.priority)
        if let fault { malformed(fault) }
    }

    /// The track contradicts itself: it is left, and its user is told why (draft-19 section 2.4.2).
    private func malformed(_ reason: String) {
        guard !isOver, connection != nil else { return }
        cancel()
        onEvent(.ended(.malformedTrack, reason: reason))
    }

    func objectBegan(_ stream: StreamID, _ header: ObjectHeader) {
        guard let state = incoming[stream] else { return }
        let location = Location(group: state.header.group, object: header.objectID)
        if let fault = judge.objectBegan(location, header.status) { return malformed(fault) }
        if header.payloadByteCount > UInt64(Self.maximumObjectByteCount) {
            cancel()
            onEvent(
                .refused(RequestFailure(.malformedTrack, "an object has \(header.payloadByteCount) bytes")))
            return
        }
        incoming[stream]?.object = header
        incoming[stream]?.payload = []
        if incoming[stream]?.subgroup == nil { incoming[stream]?.subgroup = header.objectID }
    }

    func payloadArrived(_ stream: StreamID, _ bytes: Payload) {
        incoming[stream]?.payload.append(bytes)
        receivedByteCount += UInt64(bytes.count)
        if done != nil { extendEnd() }
    }

    func objectEnded(_ stream: StreamID) {
        guard let state = incoming[stream], let header = state.object else { return }
        incoming[stream]?.object = nil
        incoming[stream]?.payload = []
        var object = ReceivedObject(
            location: Location(group: state.header.group, object: header.objectID), subgroup: state.subgroup,
            status: header.status, priority: state.priority, properties: Self.properties(header.properties),
            payload: state.payload)
        object.hasMediaTime = hasMediaTime
        if let liveStart, object.location < liveStart { return }
        sequencer.objectReceived(object, stream: stream.value)
        drain()
    }

    func subgroupEnded(_ stream: StreamID, _ end: SubgroupEnd) {
        guard let state = incoming.removeValue(forKey: stream) else { return }
        endedStreamCount += 1
        sequencer.streamEnded(
            stream.value, group: state.header.group, endsGroup: state.header.endOfGroup && end == .finished,
            wasReset: end != .finished)
        drain()
        finishIfComplete()
    }

    func datagramArrived(_ datagram: ObjectDatagram) {
        receivedByteCount += UInt64(datagram.payload.count)
        if let fault = judge.objectBegan(datagram.location, datagram.status) { return malformed(fault) }
        var object = ReceivedObject(
            location: datagram.location, status: datagram.status,
            priority: datagram.priority ?? properties.defaultPublisherPriority
                ?? TrackProperties.defaultPriority,
            properties: Self.properties(datagram.properties),
            payload: datagram.payload.isEmpty ? [] : [datagram.payload])
        object.hasMediaTime = hasMediaTime
        if let liveStart, object.location < liveStart { return }
        sequencer.objectReceived(object, stream: nil, endsGroup: datagram.endOfGroup)
        drain()
    }

    func publishDone(_ message: PublishDone) {
        guard let connection, done == nil else { return }
        done = (message, connection.now.advanced(byMilliseconds: Self.endPatience))
        finishIfComplete()
    }

    /// What still comes on a slow path holds back the streams behind it.
    private func extendEnd() {
        guard let connection else { return }
        done?.deadline = connection.now.advanced(byMilliseconds: Self.endPatience)
    }

    /// A stream of a fill is over; PUBLISH_DONE counts it, too.
    func fillStreamEnded() {
        endedStreamCount += 1
        finishIfComplete()
    }

    func tick() { finishIfComplete() }

    // MARK: Helpers

    /// After PUBLISH_DONE the end has come when as many streams as it names have ended (draft-18 section
    /// 10.12), or patience has.
    func finishIfComplete() {
        guard !isOver, let connection, let (message, deadline) = done else { return }
        let isComplete: Bool
        if let count = message.streamCount {
            isComplete = endedStreamCount >= count && incoming.isEmpty && pastFetch == nil
        } else {
            isComplete = false
        }
        if !isComplete, pastFetch != nil, connection.now < deadline { return }
        guard isComplete || (connection.now >= deadline && incoming.isEmpty) || isHopeless(deadline) else {
            return
        }
        done = nil
        losePast()
        sequencer.finish()
        drain()
        guard !isOver else { return }
        over()
        onEvent(.ended(message.status, reason: message.reason))
    }

    /// Streams that are open but silent do not hold up the end for ever.
    private func isHopeless(_ deadline: Instant) -> Bool {
        guard let connection else { return true }
        return connection.now >= deadline.advanced(byMilliseconds: 30_000)
    }

    func drain() {
        if isDraining || waitsForPast() { return }
        isDraining = true
        while !isOver, let connection, let output = sequencer.next(now: connection.now) {
            switch output {
            case .object(let object): onEvent(.object(object))
            case .gap(let from, let to): onEvent(.gap(from: from, to: to))
            }
        }
        isDraining = false
        guard !isOver, let connection else { return }
        timer.move(to: sequencer.deadline, on: connection.client.loop) { [weak self] in
            self?.timer.fired()
            self?.drain()
        }
    }

    /// True while what has come live waits for the past, which has its own patience and the sequencer's room.
    private func waitsForPast() -> Bool {
        guard let fetch = pastFetch, let connection else { return false }
        let patience = max(patienceMilliseconds, Self.pastPatience)
        let deadline = fetch.lastArrival.advanced(byMilliseconds: patience)
        if isAccepted, connection.now >= deadline || sequencer.isOverfull {
            losePast()
            return false
        }
        timer.move(to: isAccepted ? deadline : .distantFuture, on: connection.client.loop) { [weak self] in
            self?.timer.fired()
            self?.drain()
        }
        return true
    }

    private func over() {
        isOver = true
        incoming = [:]
        pastFetch?.cancel()
        pastFetch = nil
        answered()
        guard let connection else { return }
        timer.cancel(on: connection.client.loop)
        connection.subscribers[id] = nil
        connection.streams = connection.streams.filter { $0.value !== self }
    }

    static func properties(_ block: PropertyBlock?) -> [Property] {
        guard let block, !block.bytes.isEmpty else { return [] }
        do throws(WireError) { return try PropertyTranscoder.properties(block) } catch { return [] }
    }
}

extension ClientConnection {
    /// Subscribes to a track. `patienceMilliseconds`: how long objects wait for missing ones in front of them.
    ///
    /// With `parameters.fill` the past that it names comes first, then what is published, without a seam: by a fill, or
    /// before draft 20 by a joining FETCH, which `parameters.filter` must leave room for (none, or `nextObject`). A
    /// filter that begins in the past asks for a fill by itself where the draft has them.
    ///
    /// Throws when the session is not established or the draft cannot say it.
    public func subscribe(
        _ track: FullTrackName, parameters: MessageParameters = .init(), patienceMilliseconds: UInt64 = 2_000,
        onEvent: @escaping (TrackSubscriber.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackSubscriber {
        var parameters = parameters
        let hasFills = session.rules?.hasFills ?? false
        let reachesBack = parameters.filter?.reachesBack ?? false
        if parameters.forward == false {
            parameters.fill = nil
        } else if hasFills, reachesBack {
            parameters.fill = parameters.fill ?? FillParameters()
        }
        if parameters.fill != nil, !hasFills {
            if reachesBack || parameters.filter == .nextGroup { throw .cannotBeSaid }
            parameters.filter = .nextObject
        }
        // It goes before what comes live, from its beginning.
        parameters.fill?.groupOrder = .ascending
        let id = try session.subscribe(track, parameters: parameters)
        let subscriber = TrackSubscriber(
            track: track, id: id, connection: self, patienceMilliseconds: patienceMilliseconds,
            filter: parameters.filter, forward: parameters.forward ?? true, onEvent: onEvent)
        subscribers[id] = subscriber
        if let fill = parameters.fill { askForPast(of: subscriber, fill, parameters, hasFills: hasFills) }
        pump()
        return subscriber
    }

    /// Takes the peer's PUBLISH of `track` if it comes (a relay sends one to whoever watches the namespace),
    /// instead of refusing it; `taken` gets the subscription before its first event. Once; see
    /// `expectPublishNoMore`.
    public func expectPublish(
        _ track: FullTrackName, parameters: MessageParameters = .init(), patienceMilliseconds: UInt64 = 2_000,
        taken: @escaping (TrackSubscriber) -> Void, onEvent: @escaping (TrackSubscriber.Event) -> Void
    ) {
        expectedPublishes[track] = { [unowned self] message in
            let subscriber = TrackSubscriber(
                track: track, id: message.requestID, connection: self,
                patienceMilliseconds: patienceMilliseconds, filter: parameters.filter,
                forward: message.parameters.forward ?? true, onEvent: onEvent)
            subscribers[message.requestID] = subscriber
            taken(subscriber)
            session.acceptPublish(message.requestID, parameters: parameters)
            subscriber.accepted(
                SubscribeOK(
                    alias: message.alias, parameters: message.parameters, properties: message.properties))
        }
    }

    public func expectPublishNoMore(_ track: FullTrackName) { expectedPublishes[track] = nil }

    func publishReceived(_ message: Publish) {
        guard let take = expectedPublishes.removeValue(forKey: message.track) else {
            session.refuse(message.requestID, RequestFailure(.uninterested, "nobody here asked for it"))
            return
        }
        take(message)
    }
}
