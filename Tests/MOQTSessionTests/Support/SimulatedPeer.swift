import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import TransportInterface

/// A session on a simulated transport, with a log of its events and a handler for them.
final class SimulatedPeer: TransportSessionDelegate, SimulatedActor {
    let session: Session
    let transport: SimulatedTransport
    unowned let network: SimulatedNetwork
    var events: [SessionEvent] = []
    var handler: ((SimulatedPeer, SessionEvent) -> Void)?
    var closeReason: TransportCloseReason?

    private var actionBuffer: [SessionAction] = []
    private var eventBuffer: [SessionEvent] = []
    private var waitingOpens: [(token: UInt32, direction: StreamDirection)] = []
    private var waitingData: [[UInt8]] = []

    init(_ configuration: SessionConfiguration, _ transport: SimulatedTransport, _ network: SimulatedNetwork)
    {
        session = Session(configuration: configuration)
        self.transport = transport
        self.network = network
        transport.delegate = self
        network.add(self)
    }

    var nextDeadline: Instant { session.nextDeadline }
    func timeout(now: Instant) { session.timeout(now: now) }

    func turnEnded(now: Instant) {
        repeat {
            session.drainActions(into: &actionBuffer)
            for action in actionBuffer { perform(action) }
            session.drainEvents(into: &eventBuffer)
            for event in eventBuffer {
                events.append(event)
                handler?(self, event)
            }
        } while !actionBuffer.isEmpty || !eventBuffer.isEmpty
    }

    private func perform(_ action: SessionAction) {
        switch action {
        case .openStream(let token, let direction):
            if let id = transport.openStream(direction) {
                session.streamOpened(token: token, id: id)
            } else {
                waitingOpens.append((token, direction))
            }
        case .send(let stream, let bytes, let fin): transport.send(bytes, fin: fin, on: stream)
        case .resetStream(let stream, let code): transport.resetStream(stream, code: code)
        case .stopSending(let stream, let code): transport.stopSending(stream, code: code)
        case .consumed(let stream, let byteCount): transport.consumed(stream, byteCount: byteCount)
        case .closeSession(let code, let reason): transport.close(code: code, reason: reason)
        }
    }

    // MARK: Data

    /// One subgroup stream with the given payloads as objects 0, 1, 2 ...
    func sendSubgroup(_ alias: TrackAlias, group: UInt64, _ payloads: [[UInt8]]) {
        guard let bytes = Self.subgroup(alias, group: group, payloads, session.rules) else { return }
        waitingData.append(bytes)
        sendWaitingData()
    }

    static func subgroup(
        _ alias: TrackAlias, group: UInt64, _ payloads: [[UInt8]], _ rules: DraftRules?
    ) -> [UInt8]? {
        guard let rules else { return nil }
        let header = SubgroupHeader(alias: alias, group: group, subgroup: .explicit(0), priority: 128)
        guard let start = try? SubgroupEncoder.header(header, alias: alias, rules) else { return nil }
        var writer = WireWriter(varint: rules.varint)
        writer.raw(start)
        for (index, payload) in payloads.enumerated() {
            let object = ObjectHeader(objectID: UInt64(index), payloadByteCount: UInt64(payload.count))
            try? SubgroupEncoder.objectHeader(
                previousObjectID: index == 0 ? nil : UInt64(index - 1), object, hasProperties: false,
                shape: rules.bodyShape, into: &writer)
            writer.raw(payload)
        }
        return writer.bytes
    }

    private func sendWaitingData() {
        while let bytes = waitingData.first, let stream = transport.openStream(.unidirectional) {
            waitingData.removeFirst()
            transport.send(Payload(bytes), fin: true, on: stream)
        }
    }

    // MARK: Transport

    func transportEstablished() {
        session.transportEstablished(protocolName: transport.negotiated?.name, now: network.now)
    }
    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        session.streamReceived(stream, bytes, fin: fin, now: network.now)
    }
    func streamReset(_ stream: StreamID, code: UInt64?) {
        session.streamReset(stream, code: code, now: network.now)
    }
    func streamStopped(_ stream: StreamID, code: UInt64?) {
        session.streamStopped(stream, code: code, now: network.now)
    }
    func streamClosed(_ stream: StreamID) { session.streamClosed(stream) }
    func streamCreditGranted(_ direction: StreamDirection) {
        let waiting = waitingOpens
        waitingOpens = []
        for open in waiting { perform(.openStream(token: open.token, open.direction)) }
        sendWaitingData()
    }
    func datagramReceived(_ bytes: Payload) { session.datagramReceived(bytes, now: network.now) }
    func transportClosed(_ reason: TransportCloseReason) {
        closeReason = reason
        session.transportClosed(now: network.now)
    }
}
