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
    /// Bytes of payload received, in order or not.
    public private(set) var receivedByteCount: UInt64 = 0
    /// Objects that came too late for their place.
    public var lateCount: Int { sequencer.lateCount }

    /// Milliseconds that streams may stay away after PUBLISH_DONE.
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
    private let onEvent: (Event) -> Void
    private var sequencer: ObjectSequencer
    private var timer = LoopTimer()
    private var incoming: [StreamID: Incoming] = [:]
    private var endedStreamCount: UInt64 = 0
    private var properties = TrackProperties() {
        didSet { hasMediaTime = properties.other.contains { $0.type == LOCProperty.timescale } }
    }
    private var hasMediaTime = false
    private var done: (PublishDone, deadline: Instant)?
    private var isOver = false
    private var isDraining = false
    /// Where the subscription was asked to begin, if that is a place in the past.
    private let start: Location?

    init(
        track: FullTrackName, id: RequestID, connection: ClientConnection, patienceMilliseconds: UInt64,
        filter: LocationFilter? = nil, onEvent: @escaping (Event) -> Void
    ) {
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
    /// Throws when the session is gone or the draft cannot say it.
    public func update(_ parameters: MessageParameters) throws(SessionCommandFailure) {
        guard !isOver, let connection else { return }
        _ = try connection.session.update(id, parameters: parameters)
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
        let largest = answer.parameters.largestObject
        if let start {
            sequencer.startExpected(at: start)
        } else if let largest {
            sequencer.startExpected(at: Location(group: largest.group, object: largest.object &+ 1))
        }
        onEvent(.accepted(largest: largest, properties: answer.properties))
    }

    func refused(_ failure: RequestFailure) {
        guard !isOver else { return }
        over()
        onEvent(.refused(failure))
    }

    func abandoned() {
        guard !isOver else { return }
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
    }

    func objectBegan(_ stream: StreamID, _ header: ObjectHeader) {
        guard incoming[stream] != nil else { return }
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
        sequencer.objectReceived(object, stream: stream.value)
        drain()
    }

    func subgroupEnded(_ stream: StreamID, _ end: SubgroupEnd) {
        guard let state = incoming.removeValue(forKey: stream) else { return }
        endedStreamCount += 1
        sequencer.streamEnded(
            stream.value, group: state.header.group, endsGroup: state.header.endOfGroup && end == .finished)
        drain()
        finishIfComplete()
    }

    func datagramArrived(_ datagram: ObjectDatagram) {
        receivedByteCount += UInt64(datagram.payload.count)
        var object = ReceivedObject(
            location: datagram.location, status: datagram.status,
            priority: datagram.priority ?? properties.defaultPublisherPriority
                ?? TrackProperties.defaultPriority,
            properties: Self.properties(datagram.properties),
            payload: datagram.payload.isEmpty ? [] : [datagram.payload])
        object.hasMediaTime = hasMediaTime
        sequencer.objectReceived(object, stream: nil, endsGroup: datagram.endOfGroup)
        drain()
    }

    func publishDone(_ message: PublishDone) {
        guard let connection, done == nil else { return }
        done = (message, connection.now.advanced(byMilliseconds: Self.endPatience))
        finishIfComplete()
    }

    func tick() { finishIfComplete() }

    // MARK: Helpers

    /// After PUBLISH_DONE the end has come when as many streams as it names have ended (draft-18 section
    /// 10.12), or patience has.
    private func finishIfComplete() {
        guard !isOver, let connection, let (message, deadline) = done else { return }
        let isComplete: Bool
        if let count = message.streamCount {
            isComplete = endedStreamCount >= count && incoming.isEmpty
        } else {
            isComplete = false
        }
        guard isComplete || (connection.now >= deadline && incoming.isEmpty) || isHopeless(deadline) else {
            return
        }
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

    private func drain() {
        if isDraining { return }
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

    private func over() {
        isOver = true
        incoming = [:]
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
    /// Throws when the session is not established or the draft cannot say it.
    public func subscribe(
        _ track: FullTrackName, parameters: MessageParameters = .init(), patienceMilliseconds: UInt64 = 2_000,
        onEvent: @escaping (TrackSubscriber.Event) -> Void
    ) throws(SessionCommandFailure) -> TrackSubscriber {
        let id = try session.subscribe(track, parameters: parameters)
        let subscriber = TrackSubscriber(
            track: track, id: id, connection: self, patienceMilliseconds: patienceMilliseconds,
            filter: parameters.filter, onEvent: onEvent)
        subscribers[id] = subscriber
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
                patienceMilliseconds: patienceMilliseconds, filter: parameters.filter, onEvent: onEvent)
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
