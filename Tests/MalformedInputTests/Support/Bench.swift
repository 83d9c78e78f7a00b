import Containers
import MOQTModel
import MOQTSession
import MOQTWire

/// A session under test and the little transport that a hostile peer needs to reach it.
final class Bench {
    let side: Side
    let session: Session
    private var now = Instant(nanoseconds: 1)
    private var nextOwn: [UInt64] = [0, 0]
    private var nextPeer: [UInt64] = [0, 0]
    private(set) var control = StreamID(0)
    private var ownControl: StreamID?
    /// Of the request that `Before` made.
    private(set) var requestStream: StreamID?
    private(set) var close: UInt64?
    private(set) var stops: [StreamID: UInt64] = [:]
    private(set) var resets: [StreamID: UInt64] = [:]
    private(set) var written: [StreamID: [UInt8]] = [:]
    private(set) var eventCount = 0
    private var actions: [SessionAction] = []
    private var events: [SessionEvent] = []

    init(_ side: Side, _ before: Before) {
        self.side = side
        var configuration = SessionConfiguration(
            role: side.role, drafts: [side.draft], isWebTransport: false)
        configuration.tokenCacheByteCount = 40
        session = Session(configuration: configuration)
        session.transportEstablished(protocolName: side.draft.alpn, now: now)
        drain()
        if side.isStreaming {
            control = newStream(.unidirectional)
        } else if side.role == .server {
            control = newStream(.bidirectional)
        }
        prepare(before)
    }

    // MARK: What came before

    private func prepare(_ before: Before) {
        guard before != .nothing else { return }
        let forms = Forms(side)
        receive(control, forms.setup.frame(side))
        switch before {
        case .nothing, .setup: break
        case .asked(let kind): ask(kind)
        case .granted(let kind):
            ask(kind)
            let form =
                switch kind {
                case .subscribe: forms.subscribeOK
                case .fetch: forms.fetchOK
                case .publish: forms.publishOK ?? forms.requestOK(kind)
                default: forms.requestOK(kind)
                }
            receive(form.place == .requestStream ? requestStream ?? control : control, form.frame(side))
        case .requested(let kind):
            let form: Form
            switch kind {
            case .fetch: form = forms.fetch()
            case .publish: form = forms.publish()
            case .publishNamespace: form = forms.publishNamespace()
            case .subscribeNamespace: form = forms.subscribeNamespace()
            case .trackStatus: form = forms.trackStatus()
            default: form = forms.subscribe()
            }
            if form.place == .bidirectional {
                let stream = newStream(.bidirectional)
                requestStream = stream
                receive(stream, form.frame(side))
            } else {
                receive(control, form.frame(side))
            }
        }
        eventCount = 0
        written = [:]
    }

    private func ask(_ kind: RequestKind) {
        let track = FullTrackName(namespace: TrackNamespace("live", "room"), name: Array("video".utf8))
        let before = nextOwn[0]
        switch kind {
        case .subscribe: _ = try? session.subscribe(track)
        case .publish: _ = try? session.publish(track, alias: session.allocateAlias())
        case .fetch:
            _ = try? session.fetch(
                .standalone(
                    track: track, start: Location(group: 1, object: 0), endGroup: 4, endObject: nil))
        case .trackStatus: _ = try? session.trackStatus(track)
        case .publishNamespace: _ = try? session.publishNamespace(track.namespace)
        default: _ = try? session.subscribeNamespace(TrackNamespace("live"), interest: .namespaces)
        }
        drain()
        if nextOwn[0] > before { requestStream = StreamID(before << 2 | (side.role == .server ? 1 : 0)) }
    }

    // MARK: The peer's hand

    func newStream(_ direction: StreamDirection) -> StreamID {
        let kind = direction == .bidirectional ? 0 : 1
        defer { nextPeer[kind] += 1 }
        return StreamID(nextPeer[kind] << 2 | UInt64(kind) << 1 | (side.role == .server ? 0 : 1))
    }

    /// The stream on which a case's bytes arrive.
    func stream(at place: Place) -> StreamID? {
        switch place {
        case .control: control
        case .ownControl: ownControl
        case .requestStream: requestStream
        case .bidirectional: newStream(.bidirectional)
        case .unidirectional: newStream(.unidirectional)
        case .datagram: nil
        }
    }

    func receive(_ stream: StreamID, _ bytes: [UInt8], fin: Bool = false) {
        session.streamReceived(stream, Payload(bytes), fin: fin, now: now)
        drain()
    }

    func signal(_ signal: Signal, on stream: StreamID) {
        switch signal {
        case .reset(let code): session.streamReset(stream, code: code, now: now)
        case .stop(let code): session.streamStopped(stream, code: code, now: now)
        }
        drain()
    }

    func datagram(_ bytes: [UInt8]) {
        session.datagramReceived(Payload(bytes), now: now)
        drain()
    }

    func wait(milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
        session.timeout(now: now)
        drain()
    }

    // MARK: What comes back

    func drain() {
        repeat {
            session.drainActions(into: &actions)
            session.drainEvents(into: &events)
            eventCount += events.count
            for action in actions {
                switch action {
                case .openStream(let token, let direction):
                    let kind = direction == .bidirectional ? 0 : 1
                    let id = StreamID(
                        nextOwn[kind] << 2 | UInt64(kind) << 1 | (side.role == .server ? 1 : 0))
                    nextOwn[kind] += 1
                    if ownControl == nil { ownControl = id }
                    if !side.isStreaming, nextOwn[0] == 1, side.role == .client { control = id }
                    session.streamOpened(token: token, id: id)
                case .send(let stream, let bytes, _): written[stream, default: []] += bytes.bytes
                case .stopSending(let stream, let code): stops[stream] = code
                case .closeSession(let code, _): close = close ?? code
                case .resetStream(let stream, let code): resets[stream] = code
                case .consumed: break
                }
            }
        } while !actions.isEmpty || !events.isEmpty
    }

    /// The code of the REQUEST_ERROR that was written to a stream.
    func refusal(on stream: StreamID) -> UInt64? {
        guard var bytes = written[stream].map({ $0[...] }) else { return nil }
        while let type = side.take(&bytes), bytes.count >= 2 {
            let count = Int(bytes[bytes.startIndex]) << 8 | Int(bytes[bytes.startIndex + 1])
            var body = bytes.dropFirst(2).prefix(count)
            bytes = bytes.dropFirst(2 + count)
            guard type == 0x5 else { continue }
            if side.number <= 16 { _ = side.take(&body) }
            return side.take(&body)
        }
        return nil
    }

    /// What has come of a case so far.
    func outcome(on stream: StreamID?) -> Outcome {
        if let close { return .closed(close) }
        guard let stream else { return .tolerated }
        if let code = refusal(on: stream) { return .refused(code) }
        if let code = stops[stream] ?? resets[stream] { return .stopped(code) }
        return .tolerated
    }
}
