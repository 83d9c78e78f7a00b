import Glibc
import Synchronization

/// A UDP proxy on the loopback interface between clients and one target, for tests over an imperfect network.
///
/// It runs on its own thread. Every client address gets an own socket towards the target, so the target sees
/// as many peers as there are; `rebind()` replaces those sockets, as a NAT does that forgot its mapping. The
/// fate of each datagram comes from a seeded generator; which datagram meets which draw still depends on real
/// time, so a test asserts what must hold for any fate. At most 64 clients, 65 536 datagrams in flight.
public final class UDPProxy: Sendable {
    /// Where clients connect, in place of the target.
    public let host: String
    public let port: UInt16
    /// Printed by tests that fail.
    public let seed: UInt64

    private let shared: UDPProxyShared

    /// Listens on a free loopback port of the target's family. Throws when a socket cannot be had.
    public init(
        targetHost: String = "127.0.0.1", targetPort: UInt16, toTarget: NetworkConditions = .perfect,
        toClient: NetworkConditions = .perfect, seed: UInt64 = 1
    ) throws(UDPProxyError) {
        guard let target = SocketAddress(host: targetHost, port: targetPort) else {
            throw UDPProxyError(call: "inet_pton", number: EINVAL)
        }
        let loop = try UDPProxyLoop(target: target, toTarget: toTarget, toClient: toClient, seed: seed)
        host = target.isIPv6 ? "::1" : "127.0.0.1"
        port = loop.localPort
        self.seed = seed
        shared = loop.shared
        // The thread owns the loop from here on.
        let box = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<UDPProxyLoop>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw UDPProxyError(call: "pthread_create", number: status)
        }
        pthread_detach(thread)
    }

    /// The same conditions in both directions.
    public convenience init(
        targetHost: String = "127.0.0.1", targetPort: UInt16, bothWays conditions: NetworkConditions,
        seed: UInt64 = 1
    ) throws(UDPProxyError) {
        try self.init(
            targetHost: targetHost, targetPort: targetPort, toTarget: conditions, toClient: conditions,
            seed: seed)
    }

    deinit { stop() }

    /// Counts of the direction from the clients to the target.
    public var toTarget: UDPProxyCounters { shared.state.withLock { $0.toTarget } }
    /// Counts of the direction from the target to the clients.
    public var toClient: UDPProxyCounters { shared.state.withLock { $0.toClient } }
    /// The ports from which the target sees the clients, in order of their appearance.
    public var upstreamPorts: [UInt16] { shared.state.withLock { $0.upstreamPorts } }

    /// Takes effect for the datagrams that arrive from now on; nil leaves a direction as it is.
    public func setConditions(toTarget: NetworkConditions? = nil, toClient: NetworkConditions? = nil) {
        shared.command { state in
            if let toTarget { state.newToTarget = toTarget }
            if let toClient { state.newToClient = toClient }
        }
    }

    /// Gives every client a new source port towards the target, and returns when that is done; datagrams to
    /// the old ports are lost.
    public func rebind() {
        let ticket = shared.state.withLock { state in
            state.rebindsAsked += 1
            return state.rebindsAsked
        }
        shared.command { _ in }
        _ = wait(upTo: .seconds(2)) { shared.state.withLock { $0.rebindsDone >= ticket || $0.isStopped } }
    }

    /// Ends the thread and closes the sockets within a second; what waits is lost. Harmless when repeated.
    public func stop() {
        shared.command { $0.mustStop = true }
        _ = wait(upTo: .seconds(1)) { shared.state.withLock { $0.isStopped } }
    }
}
