import Containers
import TransportInterface

/// A network of transport pairs on a virtual clock, driven by one seed: the same seed, conditions and code
/// give the same trace.
///
/// Everything runs on the caller's thread inside `run(until:)`. One loop turn is: deliver one event to a
/// transport's delegate (or call one actor's `timeout`), call every actor's `turnEnded`, then let each
/// transport write: first what `send` queued, then whatever its `sendSource` hands out. Delegates that need
/// the time read `now`.
///
/// ```swift
/// let network = SimulatedNetwork(seed: 7)
/// let (client, server) = network.makePair(name: "moqt-18")
/// // set delegates and send sources, network.add(actor) for whoever has timers
/// network.run(until: network.now.advanced(byMilliseconds: 500))
/// ```
public final class SimulatedNetwork {
    public private(set) var now: Instant = .zero
    /// A digest of everything delivered so far, with its times.
    public private(set) var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
    public private(set) var deliveredEventCount = 0
    /// Every random decision of the network comes from here; tests may draw from it too.
    public var random: SplitMix64

    private var schedule = SimulatedSchedule()
    private var endpoints: [SimulatedTransport] = []
    private var actors: [any SimulatedActor] = []

    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// Two ends of one connection; both get `transportEstablished` one latency from now.
    public func makePair(
        name: String?, carrier: NegotiatedProtocol.Carrier = .quic, authority: String? = nil,
        path: String? = nil, conditions: SimulatedConditions = .init()
    ) -> (client: SimulatedTransport, server: SimulatedTransport) {
        let negotiated = NegotiatedProtocol(carrier: carrier, name: name, authority: authority, path: path)
        let first = endpoints.count
        let client = SimulatedTransport(
            network: self, index: first, peerIndex: first + 1, isServer: false, agreed: negotiated,
            conditions: conditions)
        let server = SimulatedTransport(
            network: self, index: first + 1, peerIndex: first, isServer: true, agreed: negotiated,
            conditions: conditions)
        endpoints += [client, server]
        let time = now.advanced(byNanoseconds: conditions.latency)
        schedule.add(.established, to: first, at: time)
        schedule.add(.established, to: first + 1, at: time)
        return (client, server)
    }

    /// Keeps `actor` and serves its timers.
    public func add(_ actor: any SimulatedActor) { actors.append(actor) }

    public func remove(_ actor: any SimulatedActor) { actors.removeAll { $0 === actor } }

    /// Runs turns until nothing is due at or before `limit`, then sets the clock to `limit`.
    public func run(until limit: Instant) {
        settle()
        while step(limit: limit) {}
        if now < limit { now = limit }
    }

    /// Runs for so many milliseconds of virtual time.
    public func run(milliseconds: UInt64) { run(until: now.advanced(byMilliseconds: milliseconds)) }

    /// Runs until `condition` holds; false when `limit` came first.
    public func run(until limit: Instant, while condition: () -> Bool) -> Bool {
        settle()
        while condition() {
            guard step(limit: limit) else { return false }
        }
        return true
    }

    // MARK: For transports

    func schedule(_ event: SimulatedEvent, to endpoint: Int, after nanoseconds: UInt64) {
        schedule.add(event, to: endpoint, at: now.advanced(byNanoseconds: nanoseconds))
    }

    func schedule(_ event: SimulatedEvent, to endpoint: Int, at time: Instant) {
        schedule.add(event, to: endpoint, at: time)
    }

    // MARK: Turns

    private var turnsAtThisInstant = 0
    /// More turns than this without the clock moving: somebody spins.
    private static let maximumTurnsPerInstant = 1_000_000

    private func step(limit: Instant) -> Bool {
        var due = schedule.nextTime
        var sleeper: (any SimulatedActor)?
        for actor in actors where actor.nextDeadline < due {
            due = actor.nextDeadline
            sleeper = actor
        }
        guard due <= limit, due != .distantFuture else { return false }
        turnsAtThisInstant = due > now ? 0 : turnsAtThisInstant + 1
        precondition(turnsAtThisInstant < Self.maximumTurnsPerInstant, "an actor or a source spins")
        now = max(now, due)
        if let sleeper {
            sleeper.timeout(now: now)
        } else if let entry = schedule.popFirst() {
            deliveredEventCount += 1
            note(entry)
            endpoints[entry.endpoint].deliver(entry.event)
        }
        settle()
        return true
    }

    private func settle() {
        for actor in actors { actor.turnEnded(now: now) }
        for endpoint in endpoints { endpoint.write() }
    }

    // MARK: The trace

    private func note(_ entry: SimulatedSchedule.Entry) {
        mix(entry.time.nanoseconds)
        mix(UInt64(entry.endpoint))
        switch entry.event {
        case .established: mix(1)
        case .data(let stream, let bytes, let fin):
            mix(fin ? 3 : 2)
            mix(stream.value)
            mix(bytes)
        case .reset(let stream, let code): mix(4, stream.value, code)
        case .stop(let stream, let code): mix(5, stream.value, code)
        case .windowOpened(let stream, let byteCount): mix(6, stream.value, UInt64(byteCount))
        case .sendingAcknowledged(let stream): mix(7, stream.value)
        case .streamsGranted(let direction): mix(8, direction == .bidirectional ? 0 : 1)
        case .datagram(let bytes):
            mix(9)
            mix(bytes)
        case .closed: mix(10)
        case .linkFree: mix(11)
        }
    }

    private func mix(_ values: UInt64...) {
        for value in values { traceHash = (traceHash ^ value) &* 0x100_0000_01B3 }
    }

    private func mix(_ bytes: Payload) {
        mix(UInt64(bytes.count))
        bytes.withUnsafeBytes { raw in
            for byte in raw { traceHash = (traceHash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
    }
}
