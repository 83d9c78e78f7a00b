import Containers
import MOQTModel
import MOQTSession
import MOQTWire

/// One session whose peer is the test: it writes messages or bare bytes and reads what the session wants.
final class Probe {
    let session: Session
    let draft: Draft
    let codec: ControlCodec
    var now = Instant(nanoseconds: 1)
    private(set) var actions: [SessionAction] = []
    private(set) var events: [SessionEvent] = []
    /// Our (the peer's) control stream, and the session's.
    let peerControl: StreamID
    private(set) var ownControl: StreamID?
    private let isServer: Bool
    private var nextOwn: [UInt64] = [0, 0]
    private var nextPeer: [UInt64] = [0, 0]

    init(
        _ draft: Draft, role: Setup.Role = .server, isWebTransport: Bool = false,
        change: (inout SessionConfiguration) -> Void = { _ in }
    ) {
        self.draft = draft
        codec = ControlCodec(draft)
        isServer = role == .server
        var configuration = SessionConfiguration(role: role, drafts: [draft], isWebTransport: isWebTransport)
        change(&configuration)
        session = Session(configuration: configuration)
        let isUni = draft.rules.setupTravelsOn == .uniControlStreams
        peerControl = isUni ? StreamID(isServer ? 2 : 3) : StreamID(0)
        session.transportEstablished(protocolName: draft.alpn, now: now)
        drain()
        // The control stream takes the first number; in the other direction a client's is its own.
        if isUni || isServer { nextPeer[isUni ? 1 : 0] = 1 }
    }

    /// A probe whose session has seen the peer's SETUP.
    static func established(
        _ draft: Draft, role: Setup.Role = .server, change: (inout SessionConfiguration) -> Void = { _ in }
    ) -> Probe {
        let probe = Probe(draft, role: role, change: change)
        probe.sendSetup()
        probe.clear()
        return probe
    }

    func sendSetup(_ change: (inout Setup) -> Void = { _ in }) {
        var setup = Setup(role: isServer ? .client : .server)
        setup.versions = [draft.versionNumber]
        setup.maxRequestID = draft.rules.hasRequestCredit ? 1000 : nil
        change(&setup)
        send(.setup(setup))
    }

    // MARK: Writing

    func frame(_ message: ControlMessage) -> [UInt8] { (try? codec.encode(message)) ?? [] }

    /// A message on our control stream.
    func send(_ message: ControlMessage) { receive(frame(message), on: peerControl) }

    func receive(_ bytes: [UInt8], on stream: StreamID, fin: Bool = false) {
        session.streamReceived(stream, Payload(bytes), fin: fin, now: now)
        drain()
    }

    /// A request where the draft wants it; gives the stream when it has one of its own.
    @discardableResult
    func request(_ message: ControlMessage, fin: Bool = false) -> StreamID? {
        var travels = draft.rules.requestsTravelOn
        if case .subscribeNamespace = message { travels = draft.rules.subscribeNamespaceTravelsOn }
        if case .subscribeTracks = message { travels = draft.rules.subscribeNamespaceTravelsOn }
        guard travels == .bidiStreams else {
            send(message)
            return nil
        }
        let stream = newStream(.bidirectional)
        receive(frame(message), on: stream, fin: fin)
        return stream
    }

    func newStream(_ direction: StreamDirection) -> StreamID {
        let kind = direction == .bidirectional ? 0 : 1
        defer { nextPeer[kind] += 1 }
        return StreamID(nextPeer[kind] << 2 | UInt64(kind) << 1 | (isServer ? 0 : 1))
    }

    func reset(_ stream: StreamID, code: UInt64 = 1) {
        session.streamReset(stream, code: code, now: now)
        drain()
    }

    func stop(_ stream: StreamID, code: UInt64 = 1) {
        session.streamStopped(stream, code: code, now: now)
        drain()
    }

    func wait(milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
        if session.nextDeadline <= now { session.timeout(now: now) }
        drain()
    }

    // MARK: Reading

    func clear() {
        actions = []
        events = []
    }

    /// Runs commands and collects what follows.
    func drain() {
        var newActions: [SessionAction] = []
        var newEvents: [SessionEvent] = []
        repeat {
            session.drainActions(into: &newActions)
            session.drainEvents(into: &newEvents)
            events += newEvents
            for action in newActions {
                actions.append(action)
                guard case .openStream(let token, let direction) = action else { continue }
                let kind = direction == .bidirectional ? 0 : 1
                let id = StreamID(nextOwn[kind] << 2 | UInt64(kind) << 1 | (isServer ? 1 : 0))
                nextOwn[kind] += 1
                if ownControl == nil { ownControl = id }
                session.streamOpened(token: token, id: id)
            }
        } while !newActions.isEmpty || !newEvents.isEmpty
    }

    var briefEvents: [String] { events.map(\.brief) }

    /// The code and reason with which the session was closed.
    var close: (code: UInt64, reason: String)? {
        for action in actions {
            if case .closeSession(let code, let reason) = action { return (code, reason) }
        }
        return nil
    }

    /// What was written to a stream since `clear`.
    func written(on stream: StreamID) -> [UInt8] {
        var bytes: [UInt8] = []
        for case .send(stream, let payload, _) in actions { bytes += payload.bytes }
        return bytes
    }

    func hasFinished(_ stream: StreamID) -> Bool {
        actions.contains { if case .send(stream, _, fin: true) = $0 { true } else { false } }
    }

    /// The codes of STOP_SENDING and RESET_STREAM for a stream.
    func stops(of stream: StreamID) -> [UInt64] {
        actions.compactMap { if case .stopSending(stream, let code) = $0 { code } else { nil } }
    }
    func resets(of stream: StreamID) -> [UInt64] {
        actions.compactMap { if case .resetStream(stream, let code) = $0 { code } else { nil } }
    }

    /// The messages written to a stream, or to the control stream.
    func messages(on stream: StreamID?, context: StreamContext) -> [ControlMessage] {
        let target = stream ?? (draft.rules.setupTravelsOn == .uniControlStreams ? ownControl : StreamID(0))
        guard let target else { return [] }
        var reader = ControlFrameReader(draft.rules)
        reader.append(Payload(written(on: target)))
        var messages: [ControlMessage] = []
        while let frame = try? reader.next(), let message = try? codec.decode(frame, context: context) {
            messages.append(message)
        }
        return messages
    }
}
