import Containers
import MOQTModel
import MOQTSession

/// One session whose transport is either another one or nobody.
final class FuzzEnd {
    let session: Session
    let isServer: Bool
    weak var peer: FuzzEnd?
    private(set) var now = Instant(nanoseconds: 1)
    /// Requests of the peer's that want an answer, and all requests that were heard of.
    private(set) var waiting: [RequestID] = []
    var known: [RequestID] = []
    private var opened: [UInt64] = [0, 0]
    private(set) var streams: [StreamID] = []
    private var actions: [SessionAction] = []
    private var events: [SessionEvent] = []
    /// Subgroups that began and have not ended.
    private var subgroups: Set<StreamID> = []

    init(_ configuration: SessionConfiguration) {
        session = Session(configuration: configuration)
        isServer = configuration.role == .server
    }

    func receive(_ stream: StreamID, _ bytes: [UInt8], fin: Bool) {
        session.streamReceived(stream, Payload(bytes), fin: fin, now: now)
        turn()
    }

    func wait(milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
        if session.nextDeadline <= now { session.timeout(now: now) }
    }

    func newStream(_ direction: StreamDirection) -> StreamID {
        let kind = direction == .bidirectional ? 0 : 1
        defer { opened[kind] += 1 }
        let id = StreamID(opened[kind] << 2 | UInt64(kind) << 1 | (isServer ? 1 : 0))
        streams.append(id)
        return id
    }

    func takeWaiting() -> RequestID? { waiting.popLast() }

    /// Carries out what the session wants; true when there was something.
    @discardableResult
    func turn() -> Bool {
        session.drainActions(into: &actions)
        session.drainEvents(into: &events)
        let hadWork = !actions.isEmpty || !events.isEmpty
        for event in events { note(event) }
        for action in actions { perform(action) }
        if session.isClosed { subgroups = [] }
        return hadWork
    }

    private func note(_ event: SessionEvent) {
        switch event {
        case .subgroupBegan(let stream, _, _):
            FuzzTarget.require(subgroups.insert(stream).inserted, "a subgroup begins once")
        case .subgroupEnded(let stream, _):
            FuzzTarget.require(subgroups.remove(stream) != nil, "a subgroup ends once, after it began")
        case .objectBegan(let stream, _):
            FuzzTarget.require(subgroups.contains(stream), "objects lie inside a subgroup")
        case .subscribeReceived(let message), .trackStatusReceived(let message): ask(message.requestID)
        case .fetchReceived(let message): ask(message.requestID)
        case .publishReceived(let message): ask(message.requestID)
        case .publishNamespaceReceived(let message): ask(message.requestID)
        case .subscribeNamespaceReceived(let message): ask(message.requestID)
        case .updateReceived(_, let message): ask(message.requestID)
        default: break
        }
    }

    private func ask(_ id: RequestID) {
        if waiting.count < 64 { waiting.append(id) }
        if known.count < 256 { known.append(id) }
    }

    private func perform(_ action: SessionAction) {
        switch action {
        case .openStream(let token, let direction):
            session.streamOpened(token: token, id: newStream(direction))
        case .send(let stream, let bytes, let fin):
            if let peer { peer.session.streamReceived(stream, bytes, fin: fin, now: peer.now) }
        case .resetStream(let stream, let code):
            if let peer { peer.session.streamReset(stream, code: code, now: peer.now) }
        case .stopSending(let stream, let code):
            guard let peer else { return }
            peer.session.streamStopped(stream, code: code, now: peer.now)
            session.streamReset(stream, code: code, now: now)
        case .consumed: break
        case .closeSession:
            if let peer { peer.session.transportClosed(now: peer.now) }
        }
    }
}
