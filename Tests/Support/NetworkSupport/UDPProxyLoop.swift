import Glibc
import Synchronization

/// The thread of a `UDPProxy`: polls the sockets, applies the conditions, sends what is due.
///
/// Confined to its thread once `run()` has begun.
final class UDPProxyLoop {
    static let maximumClients = 64

    let shared: UDPProxyShared
    private let target: SocketAddress
    private let downstream: DatagramSocket
    private var upstream: [(client: SocketAddress, socket: DatagramSocket)] = []
    private var toTarget: UDPProxyDirection
    private var toClient: UDPProxyDirection
    private var rebindsDone = 0

    init(
        target: SocketAddress, toTarget: NetworkConditions, toClient: NetworkConditions, seed: UInt64
    ) throws(UDPProxyError) {
        self.target = target
        downstream = try DatagramSocket(familyOf: target, connected: false)
        shared = try UDPProxyShared()
        self.toTarget = UDPProxyDirection(conditions: toTarget, seed: seed)
        self.toClient = UDPProxyDirection(conditions: toClient, seed: ~seed)
    }

    var localPort: UInt16 { downstream.localPort }

    func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer {
            buffer.deallocate()
            upstream.removeAll()
            shared.state.withLock { $0.isStopped = true }
        }
        while obeyCommands() {
            waitForWork()
            receive(into: buffer)
            sendDue()
        }
    }

    /// False when the loop must end.
    private func obeyCommands() -> Bool {
        let (mustStop, rebindsAsked) = shared.state.withLock { state in
            if let conditions = state.newToTarget { toTarget.conditions = conditions }
            if let conditions = state.newToClient { toClient.conditions = conditions }
            state.newToTarget = nil
            state.newToClient = nil
            return (state.mustStop, state.rebindsAsked)
        }
        if mustStop { return false }
        if rebindsAsked > rebindsDone {
            for index in upstream.indices {
                // The new one is opened before the old one closes, so the port is a different one.
                if let socket = try? DatagramSocket(familyOf: target, connected: true) {
                    upstream[index].socket = socket
                }
            }
            rebindsDone = rebindsAsked
        }
        publish()
        return true
    }

    private func publish() {
        let ports = upstream.map(\.socket.localPort)
        shared.state.withLock { state in
            state.toTarget = toTarget.counters
            state.toClient = toClient.counters
            state.upstreamPorts = ports
            state.rebindsDone = rebindsDone
        }
    }

    private func waitForWork() {
        var polled = [
            pollfd(fd: shared.wakeReader, events: Int16(POLLIN), revents: 0),
            pollfd(fd: downstream.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        for entry in upstream {
            polled.append(pollfd(fd: entry.socket.descriptor, events: Int16(POLLIN), revents: 0))
        }
        // Milliseconds, rounded up: what poll can do.
        var timeout: Int32 = 1000
        if let due = [toTarget.nextDue, toClient.nextDue].compactMap({ $0 }).min() {
            timeout = Int32(min(max((due - Deadline.now + 999_999) / 1_000_000, 0), 1000))
        }
        _ = poll(&polled, nfds_t(polled.count), timeout)
        if polled[0].revents != 0 {
            var drained = [UInt8](repeating: 0, count: 64)
            while read(shared.wakeReader, &drained, drained.count) > 0 {}
        }
    }

    private func receive(into buffer: UnsafeMutableRawBufferPointer) {
        let now = Deadline.now
        // Bounded batches, so that a flood in one direction does not starve the other or the commands.
        for _ in 0..<256 {
            guard let (bytes, client) = downstream.receive(into: buffer) else { break }
            guard isKnown(client) else { continue }
            toTarget.datagramReceived(bytes, client: client, now: now)
        }
        for entry in upstream {
            for _ in 0..<256 {
                guard let (bytes, _) = entry.socket.receive(into: buffer) else { break }
                toClient.datagramReceived(bytes, client: entry.client, now: now)
            }
        }
    }

    /// Knows the client already, or gives it a socket towards the target.
    private func isKnown(_ client: SocketAddress) -> Bool {
        if upstream.contains(where: { $0.client == client }) { return true }
        guard upstream.count < Self.maximumClients,
            let socket = try? DatagramSocket(familyOf: target, connected: true)
        else { return false }
        upstream.append((client, socket))
        return true
    }

    private func sendDue() {
        let now = Deadline.now
        while let item = toTarget.popDue(now: now) {
            upstream.first { $0.client == item.client }?.socket.send(item.bytes, to: nil)
        }
        while let item = toClient.popDue(now: now) {
            downstream.send(item.bytes, to: item.client)
        }
    }
}
