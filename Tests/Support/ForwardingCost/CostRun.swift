import CMeasured
import Containers
import Glibc
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import RelayHost
import TransportInterface

/// One relay shard, its publisher and its subscribers on one thread: the relay's loop and the clients' loop turn one
/// after the other, on virtual time, over loopback sockets. Only the relay's turns are counted.
final class CostRun {
    static let track = FullTrackName(namespace: TrackNamespace("cost"), name: Array("track".utf8))

    private let workload: Workload
    private let clock = VirtualClock()
    private let relayLoop: EventLoop
    private let clientLoop: EventLoop
    private let shard: LoopShard
    private let relay: QUICEndpoint
    private let logs = LogShard()
    private var endpoints: [QUICEndpoint] = []
    private var publisher: CostPublisher?
    private var subscribers: [CostSubscriber] = []
    private var isCounting = false

    init(_ workload: Workload) throws {
        self.workload = workload
        let clock = clock
        relayLoop = try EventLoop(clock: { clock.nanoseconds })
        clientLoop = try EventLoop(clock: { clock.nanoseconds })
        shard = LoopShard(
            index: 0, loop: relayLoop, configuration: RelayConfiguration(), metrics: RelayMetrics())
        var configuration = QUICConfiguration(applicationProtocols: [Draft.draft18.alpn])
        configuration.serverIdentity = try TLSContext(selfSignedFor: [])
        relay = try QUICEndpoint(
            loop: relayLoop, bind: .loopback(port: 0, isIPv6: false), configuration: configuration)
        shard.add(relay)
        logs.now = clientLoop.now
        clientLoop.turnBegan = { [unowned self] in logs.now = clientLoop.now }
        _ = clientLoop.addTurnHook { [unowned self] in logs.wakeReaders() }
    }

    /// Deliveries that were counted.
    func run() throws -> Int {
        let publisher = CostPublisher(try connect(), shard: logs, workload: workload)
        self.publisher = publisher
        publisher.peer.start()
        turn("the namespace is announced") { publisher.isReady }
        for _ in 0..<workload.subscriberCount {
            let subscriber = CostSubscriber(try connect())
            subscribers.append(subscriber)
            subscriber.peer.start()
        }
        turn("every subscription is accepted") {
            publisher.isSubscribed && subscribers.allSatisfy(\.isAccepted)
        }
        for count in 1...workload.warmUpCount { forward(count) }
        isCounting = true
        for count in 1...workload.countedCount { forward(workload.warmUpCount + count) }
        return workload.countedCount * workload.subscriberCount
    }

    private func forward(_ total: Int) {
        publisher?.publish()
        turn("object \(total) arrives everywhere") { subscribers.allSatisfy { $0.objectCount >= total } }
        guard subscribers.allSatisfy({ $0.objectCount == total }) else {
            Self.end("a subscriber has more than was sent")
        }
        // Acknowledgements come home before the next object, as they do between frames.
        for _ in 0..<30 { turnOnce() }
    }

    private func turn(_ what: String, until condition: () -> Bool) {
        var left = 5_000
        while !condition() {
            guard left > 0 else { Self.end("in vain waited until \(what)") }
            left -= 1
            turnOnce()
        }
    }

    private func turnOnce() {
        clock.advance(milliseconds: 1)
        clientLoop.run(forMilliseconds: 0)
        guard isCounting else {
            relayLoop.run(forMilliseconds: 0)
            return
        }
        measured(
            { raw in
                guard let raw else { return }
                Unmanaged<EventLoop>.fromOpaque(raw).takeUnretainedValue().run(forMilliseconds: 0)
            }, Unmanaged.passUnretained(relayLoop).toOpaque())
    }

    /// Each client has a socket of its own, so that a burst to all of them finds room.
    private func connect() throws -> Peer {
        let endpoint = try QUICEndpoint(
            loop: clientLoop, bind: .loopback(port: 0, isIPv6: false), configuration: QUICConfiguration())
        endpoints.append(endpoint)
        var configuration = QUICConfiguration(applicationProtocols: [Draft.draft18.alpn])
        configuration.verification = .insecure
        let connection = try endpoint.connect(
            to: relay.localAddress, serverName: "localhost", configuration: configuration)
        return Peer(
            transport: connection,
            configuration: SessionConfiguration(
                role: .client, drafts: [.draft18], isWebTransport: false),
            shard: logs)
    }

    static func end(_ reason: String) -> Never {
        let line = Array("ForwardingCost: \(reason)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(1)
    }
}
