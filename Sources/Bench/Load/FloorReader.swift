import Containers
import QUICTransport
import TransportInterface

/// A connection to the floor: no MoQT, stamped objects back to back on every stream that the server opens.
final class FloorReader: BenchConnection, TransportSessionDelegate {
    private var open: [(stream: StreamID, object: ObjectProgress)] = []
    private var window = SequenceWindow()
    private var establishedAt: UInt64 = 0
    private var hasObject = false

    override func start(on transport: any TransportSession) {
        adopt(transport)
        transport.delegate = self
        if transport.negotiated != nil { transportEstablished() }
    }

    override func tick(now: Instant) {}

    func transportEstablished() {
        guard !isReady else { return }
        establishedAt = host.clock
        countConnectTime()
        ready()
    }

    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        let slot: Int
        if let known = open.lastIndex(where: { $0.stream == stream }) {
            slot = known
        } else {
            slot = open.count
            open.append((stream, ObjectProgress()))
        }
        bytes.withUnsafeBytes { take($0, slot) }
        transport?.consumed(stream, byteCount: bytes.count)
        if fin { open.remove(at: slot) }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ slot: Int) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let missing =
                open[slot].object.missingByteCount ?? (ObjectStamp.byteCount - open[slot].object.byteCount)
            let part = rest.prefix(max(1, missing))
            open[slot].object.feed(UnsafeRawBufferPointer(rebasing: part), pattern: host.tally.pattern)
            rest = rest.dropFirst(part.count)
            if open[slot].object.isDamaged { return failed("the floor's bytes are not objects") }
            guard open[slot].object.missingByteCount == 0 else { continue }
            let now = host.clock
            if !hasObject {
                hasObject = true
                host.tally.joinTime.add(now &- establishedAt)
            }
            host.tally.objectEnded(open[slot].object, of: .healthy, in: &window, at: now)
            open[slot].object = ObjectProgress()
        }
    }

    func streamReset(_ stream: StreamID, code: UInt64?) { open.removeAll { $0.stream == stream } }
    func streamStopped(_ stream: StreamID, code: UInt64?) {}
    func streamClosed(_ stream: StreamID) {}
    func streamCreditGranted(_ direction: StreamDirection) {}

    func datagramReceived(_ bytes: Payload) {
        var object = ObjectProgress()
        bytes.withUnsafeBytes { object.feed($0, pattern: host.tally.pattern) }
        host.tally.objectEnded(object, of: .healthy, in: &window, asDatagram: true, at: host.clock)
    }

    func transportClosed(_ reason: TransportCloseReason) { failed("\(reason)") }
}
