import Containers
import MOQTModel
import MOQTPeer
import MOQTSession

/// A FETCH of ours, or a fill of a subscription: objects of the past, whole, in the order in which they come.
public final class TrackFetch {
    public enum Event: Sendable {
        /// FETCH_OK, or for a fill the answer to the message that asked for it, which says nothing of the track's end; may
        /// come after objects. `endObject` nil = all of `endGroup`.
        case accepted(endGroup: UInt64, endObject: UInt64?, isEndOfTrack: Bool, properties: TrackProperties)
        /// The request failed; nothing follows.
        case refused(RequestFailure)
        case object(ReceivedObject)
        /// Nothing comes from the last object up to this location, inclusive: there is nothing, or the peer
        /// does not know.
        case gap(FetchGap, through: Location)
        /// Everything has come; nothing follows.
        case ended
        /// The peer broke the stream off, or the connection is gone; nothing follows.
        case broken(StreamResetCode?)
    }

    /// nil while it waits for the answer to the SUBSCRIBE that it joins.
    private var id: RequestID?
    /// When its last bytes came, or it was asked for.
    private(set) var lastArrival: Instant
    private weak var connection: ClientConnection?
    /// The subscription that it fills.
    private weak var filled: TrackSubscriber?
    private let onEvent: (Event) -> Void
    private var header: FetchObjectHeader?
    private var payload: [Payload] = []
    private var isAccepted = false
    private var streamHasEnded = false
    private(set) var isOver = false

    init(
        connection: ClientConnection, fills filled: TrackSubscriber? = nil, onEvent: @escaping (Event) -> Void
    ) {
        self.connection = connection
        self.filled = filled
        self.onEvent = onEvent
        lastArrival = connection.now
    }

    /// Wants no more; no event follows.
    public func cancel() {
        guard !isOver, let connection else { return }
        over()
        guard let id else { return }
        connection.session.cancelFetch(id)
        connection.pump()
    }

    /// Changes what was asked for (REQUEST_UPDATE), as far as the draft lets a FETCH be changed: its priority, and the
    /// tokens that are shown.
    ///
    /// Throws when the session is gone or the draft cannot say it.
    public func update(_ parameters: MessageParameters) throws(SessionCommandFailure) {
        guard !isOver, let id, let connection else { return }
        _ = try connection.session.update(id, parameters: parameters)
        connection.pump()
    }

    // MARK: For the connection

    /// It has been sent. `isAccepted`: nothing but its stream will answer it.
    func begin(_ id: RequestID, isAccepted: Bool = false) {
        guard !isOver, let connection else { return }
        self.id = id
        self.isAccepted = isAccepted
        connection.fetches[id] = self
    }

    func accepted(_ answer: FetchOK) {
        guard !isOver else { return }
        isAccepted = true
        onEvent(
            .accepted(
                endGroup: answer.endGroup, endObject: answer.endObject, isEndOfTrack: answer.endOfTrack,
                properties: answer.properties))
        endIfComplete()
    }

    /// The message that asked for a fill was accepted.
    func accepted(through end: Location) {
        guard !isOver else { return }
        isAccepted = true
        onEvent(
            .accepted(
                endGroup: end.group, endObject: end.object, isEndOfTrack: false,
                properties: filled?.properties ?? TrackProperties()))
        endIfComplete()
    }

    func refused(_ failure: RequestFailure) { end(.refused(failure)) }

    func abandoned() { end(.broken(nil)) }

    func objectBegan(_ header: FetchObjectHeader) {
        guard header.payloadByteCount <= UInt64(TrackSubscriber.maximumObjectByteCount) else {
            cancel()
            onEvent(
                .refused(RequestFailure(.malformedTrack, "an object has \(header.payloadByteCount) bytes")))
            return
        }
        self.header = header
        payload = []
        arrived()
    }

    func payloadArrived(_ bytes: Payload) {
        if header != nil { payload.append(bytes) }
        arrived()
    }

    private func arrived() { if let connection { lastArrival = connection.now } }

    func objectEnded() {
        guard !isOver, let header else { return }
        let object = ReceivedObject(
            location: header.location, subgroup: header.subgroup, status: header.status,
            priority: header.priority, properties: TrackSubscriber.properties(header.properties),
            payload: payload)
        self.header = nil
        payload = []
        onEvent(.object(object))
    }

    func gap(_ gap: FetchGap, through location: Location) {
        if !isOver { onEvent(.gap(gap, through: location)) }
    }

    func streamEnded(_ streamEnd: SubgroupEnd) {
        filled?.fillStreamEnded()
        switch streamEnd {
        case .finished:
            streamHasEnded = true
            endIfComplete()
        case .reset(let code): end(.broken(code))
        }
    }

    // MARK: Helpers

    private func endIfComplete() {
        if isAccepted, streamHasEnded { end(.ended) }
    }

    private func end(_ event: Event) {
        guard !isOver else { return }
        over()
        onEvent(event)
    }

    private func over() {
        isOver = true
        guard let connection else { return }
        if let id { connection.fetches[id] = nil }
        connection.fetchStreams = connection.fetchStreams.filter { $0.value !== self }
    }
}
