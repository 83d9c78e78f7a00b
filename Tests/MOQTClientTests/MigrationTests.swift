import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import NetworkSupport
import QUICTransport
import RelayHost
import Synchronization
import Testing

/// GOAWAY from one relay to another, in this process (draft-18 sections 3.6 and 10.4); every wait is bounded.
@Suite(.serialized) struct MigrationTests {
    private static let name = FullTrackName(namespace: TrackNamespace("move"), name: [1])

    private func relay(_ adjust: (inout RelayConfiguration) -> Void = { _ in }) throws -> RelayServer {
        var configuration = RelayConfiguration()
        configuration.drafts = Draft.all
        configuration.listen = [.loopback(port: 0)]
        configuration.drainTimeout = 3_000
        adjust(&configuration)
        return try RelayServer(configuration)
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    static let pairs: [(ClientConfiguration.Carrier, Int)] = Draft.all.map(\.number).flatMap {
        [(.quic, $0), (.webTransport, $0)]
    }

    @Test("No object is lost and none comes twice when the relay drains", arguments: Self.pairs)
    func migration(carrier: ClientConfiguration.Carrier, number: Int) throws {
        let draft = try #require(Draft(number: number))
        let second = try relay()
        let scheme = carrier == .quic ? "moqt" : "https"
        let first = try relay { $0.goAwayURI = "\(scheme)://127.0.0.1:\(second.listen[0].port)/" }
        defer {
            first.stop()
            second.stop()
        }
        let loop = try EventLoop()
        let client = Client(loop: loop)
        var configuration = ClientConfiguration(
            carrier: carrier, host: "127.0.0.1", port: first.listen[0].port)
        configuration.verification = .pinned(sha256: [first.certificateSHA256, second.certificateSHA256])
        configuration.drafts = [draft]

        var track: TrackPublisher?
        var publisherPlaces: [ClientConnection] = []
        let publisher = ResilientConnection(client: client, configuration: configuration) { event in
            guard case .established(let connection) = event else { return }
            publisherPlaces.append(connection)
            if let track { connection.addTrack(track) } else { track = connection.addTrack(Self.name) }
            _ = try? connection.announce(Self.name.namespace) { _ in }
        }
        try publisher.start()
        #expect(loop.run(forMilliseconds: 5_000) { track != nil })

        var received: [Location] = []
        var hasEnded = false
        var acceptedCount = 0
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        parameters.forward = true
        let subscription = MigratingSubscription(Self.name, parameters: parameters) { event in
            switch event {
            case .accepted: acceptedCount += 1
            case .object(let object): received.append(object.location)
            case .gap(let from, let to): Issue.record("gap \(from) \(to)")
            case .left(let connection): connection.close()
            case .ended: hasEnded = true
            case .failed(let failure): Issue.record("\(failure)")
            case .waiting: break
            }
        }
        let subscriber = ResilientConnection(client: client, configuration: configuration) { event in
            if case .established(let connection) = event { subscription.begin(on: connection) }
        }
        try subscriber.start()
        #expect(loop.run(forMilliseconds: 5_000) { (track?.forwardingCount ?? 0) > 0 })

        // 30 groups of 10, an object every 2 ms.
        var written: [Location] = []
        var group: UInt64 = 0
        func write() {
            guard let track else { return }
            if written.count % 10 == 0 {
                track.beginGroup(group, subgroupCount: group % 3 + 1)
                group += 1
            }
            written.append(Location(group: group - 1, object: UInt64(written.count % 10)))
            track.write([UInt8](repeating: 7, count: 500))
            if written.count < 300 {
                loop.schedule(afterMilliseconds: 2, write)
            } else {
                track.end()
            }
        }
        write()
        #expect(loop.run(forMilliseconds: 5_000) { written.count >= 57 })
        let drained = Flag()
        first.drain { drained.set() }
        #expect(loop.run(forMilliseconds: 10_000) { hasEnded })
        #expect(received == written)
        #expect(acceptedCount == 2)
        #expect(publisherPlaces.count == 2)
        #expect(subscriber.current?.configuration.port == second.listen[0].port)
        publisherPlaces.first?.close()
        #expect(loop.run(forMilliseconds: 4_000) { drained.isSet })
        publisher.stop()
        subscriber.stop()
        var isClosed = false
        client.close { isClosed = true }
        loop.run(forMilliseconds: 2_000) { isClosed }
    }

    @Test("A subscriber that stays gets its running group, then PUBLISH_DONE GOING_AWAY")
    func staying() throws {
        let server = try relay { $0.drainTimeout = 1_500 }
        defer { server.stop() }
        let loop = try EventLoop()
        let client = Client(loop: loop)
        var configuration = ClientConfiguration(
            carrier: .quic, host: "127.0.0.1", port: server.listen[0].port)
        configuration.verification = .pinned(sha256: [server.certificateSHA256])
        let connection = try client.connect(configuration)
        var closure: ClientClosure?
        var goAwayCount = 0
        connection.onClosed = { closure = $0 }
        connection.onGoAway = { _ in goAwayCount += 1 }
        #expect(loop.run(forMilliseconds: 5_000) { connection.isEstablished })
        let publishing = try client.connect(configuration)
        #expect(loop.run(forMilliseconds: 5_000) { publishing.isEstablished })
        let track = publishing.addTrack(Self.name)
        var isAnnounced = false
        try publishing.announce(Self.name.namespace) { isAnnounced = $0 == nil }
        #expect(loop.run(forMilliseconds: 5_000) { isAnnounced })
        var received: [Location] = []
        var ending: PublishDoneStatus?
        let subscriber = try connection.subscribe(Self.name) { event in
            if case .object(let object) = event { received.append(object.location) }
            if case .ended(let status, _) = event { ending = status }
        }
        #expect(loop.run(forMilliseconds: 5_000) { track.forwardingCount == 1 })
        track.beginGroup(0)
        track.write([1])
        #expect(loop.run(forMilliseconds: 5_000) { received.count == 1 })
        let drained = Flag()
        let start = loop.now
        server.drain { drained.set() }
        #expect(loop.run(forMilliseconds: 2_000) { goAwayCount == 1 })

        // New requests are refused, and with the right code.
        var refusal: RequestFailure?
        let late = try connection.subscribe(FullTrackName(namespace: TrackNamespace("x"), name: [2])) {
            event in
            if case .refused(let failure) = event { refusal = failure }
        }
        #expect(loop.run(forMilliseconds: 2_000) { refusal != nil })
        #expect(refusal?.code == .goingAway)

        // Past the middle of the time the running group still grows; the next one is not sent any more.
        loop.run(forMilliseconds: 850)
        #expect(ending == nil)
        track.write([2])
        track.endGroup()
        track.beginGroup(1)
        track.write([3])
        #expect(loop.run(forMilliseconds: 2_000) { ending != nil })
        #expect(ending == .goingAway)
        #expect(received == [Location(group: 0, object: 0), Location(group: 0, object: 1)])
        #expect(loop.run(forMilliseconds: 3_000) { closure != nil && drained.isSet })
        #expect(loop.now.milliseconds(since: start) < 2_000)
        if case .closedByPeer(let code, _) = closure {
            #expect(code == 0)
        } else {
            Issue.record("\(closure as Any)")
        }
        withExtendedLifetime((subscriber, late)) {}
        var isClosed = false
        client.close { isClosed = true }
        loop.run(forMilliseconds: 1_000) { isClosed }
    }

    @Test("A publisher that pushed is let go at once when nobody reads its track", arguments: Draft.all)
    func pushedTrack(draft: Draft) throws {
        let server = try relay { $0.drainTimeout = 8_000 }
        defer { server.stop() }
        let loop = try EventLoop()
        let client = Client(loop: loop)
        var configuration = ClientConfiguration(
            carrier: .quic, host: "127.0.0.1", port: server.listen[0].port)
        configuration.verification = .pinned(sha256: [server.certificateSHA256])
        configuration.drafts = [draft]
        let connection = try client.connect(configuration)
        #expect(loop.run(forMilliseconds: 5_000) { connection.isEstablished })
        let track = connection.addTrack(Self.name)
        var wasTaken = false
        try connection.push(track) { wasTaken = $0 == nil }
        #expect(loop.run(forMilliseconds: 5_000) { wasTaken })
        // As `cascade publish --push` does.
        track.onUnsubscribed = { loop.schedule(afterMilliseconds: 1) { connection.close() } }
        let drained = Flag()
        server.drain { drained.set() }
        #expect(loop.run(forMilliseconds: 4_000) { drained.isSet })
        #expect(track.subscriptionCount == 0)
    }

    @Test(
        "Who waited for a publisher gets all that it says, also when another subscriber was there first",
        arguments: Draft.all)
    func firstObjects(draft: Draft) throws {
        let server = try relay()
        defer { server.stop() }
        let path = NetworkConditions(delayMilliseconds: 60)
        let proxy = try UDPProxy(targetPort: server.listen[0].port, bothWays: path)
        let loop = try EventLoop()
        let client = Client(loop: loop)
        func connect(_ port: UInt16) throws -> ClientConnection {
            var configuration = ClientConfiguration(carrier: .quic, host: "127.0.0.1", port: port)
            configuration.verification = .pinned(sha256: [server.certificateSHA256])
            configuration.drafts = [draft]
            let connection = try client.connect(configuration)
            try #require(loop.run(forMilliseconds: 5_000) { connection.isEstablished })
            return connection
        }
        var received: [[Location]] = [[], []]
        var waitingCount = 0
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        var subscriptions: [MigratingSubscription] = []
        for (index, port) in [server.listen[0].port, proxy.port].enumerated() {
            let subscription = MigratingSubscription(Self.name, parameters: parameters) { event in
                if case .object(let object) = event { received[index].append(object.location) }
                if case .waiting = event { waitingCount += 1 }
                if case .failed(let failure) = event { Issue.record("\(failure)") }
            }
            subscription.begin(on: try connect(port))
            subscriptions.append(subscription)
        }
        #expect(loop.run(forMilliseconds: 5_000) { waitingCount >= 2 })
        let publisher = try connect(server.listen[0].port)
        let track = publisher.addTrack(Self.name)
        track.beginGroup(0)
        track.onSubscribed = { for value in 0..<5 as Range<UInt8> { track.write([value]) } }
        _ = try publisher.announce(Self.name.namespace) { _ in }
        #expect(loop.run(forMilliseconds: 5_000) { received.allSatisfy { $0.count == 5 } })
        #expect(received[0] == received[1])
        for subscription in subscriptions { subscription.cancel() }
    }

    @Test("A subscription goes on after its relay has died and come back")
    func rebirth() throws {
        var old: RelayServer? = try relay { $0.drainTimeout = 0 }
        let port = try #require(old?.listen.first?.port)
        let loop = try EventLoop()
        let client = Client(loop: loop)
        var configuration = ClientConfiguration(carrier: .quic, host: "127.0.0.1", port: port)
        configuration.verification = .insecure
        configuration.idleTimeoutMilliseconds = 800
        configuration.keepAliveMilliseconds = 200
        var track: TrackPublisher?
        let publisher = ResilientConnection(client: client, configuration: configuration) { event in
            guard case .established(let connection) = event else { return }
            if let track { connection.addTrack(track) } else { track = connection.addTrack(Self.name) }
            _ = try? connection.announce(Self.name.namespace) { _ in }
        }
        var received: [Location] = []
        var gaps: [(Location, Location)] = []
        let subscription = MigratingSubscription(Self.name, parameters: MessageParameters()) { event in
            if case .object(let object) = event { received.append(object.location) }
            if case .gap(let from, let to) = event { gaps.append((from, to)) }
            if case .failed(let failure) = event { Issue.record("\(failure)") }
        }
        let subscriber = ResilientConnection(client: client, configuration: configuration) { event in
            if case .established(let connection) = event { subscription.begin(on: connection) }
        }
        try publisher.start()
        try subscriber.start()
        #expect(loop.run(forMilliseconds: 5_000) { (track?.forwardingCount ?? 0) == 1 })
        track?.beginGroup(0)
        track?.write([1])
        #expect(loop.run(forMilliseconds: 5_000) { received.count == 1 })
        // Without time to drain: it closes at once, and its port is free.
        let isDown = Flag()
        old?.drain { isDown.set() }
        #expect(loop.run(forMilliseconds: 5_000) { isDown.isSet })
        old?.stop()
        old = nil
        #expect(loop.run(forMilliseconds: 5_000) { subscriber.current == nil })
        let new = try relay { $0.listen = [.loopback(port: port)] }
        defer { new.stop() }
        #expect(loop.run(forMilliseconds: 15_000) { (track?.forwardingCount ?? 0) == 1 })
        track?.write([2])
        track?.beginGroup(1)
        track?.write([3])
        #expect(loop.run(forMilliseconds: 5_000) { received.count == 3 })
        #expect(received == [.zero, Location(group: 0, object: 1), Location(group: 1, object: 0)])
        #expect(gaps.isEmpty)
        publisher.stop()
        subscriber.stop()
        var isClosed = false
        client.close { isClosed = true }
        loop.run(forMilliseconds: 1_000) { isClosed }
    }

    @Test(
        "where no other connection follows, a subscription ends with what ended its connection",
        arguments: [ClientConfiguration.Carrier.quic, .webTransport])
    func brokenOff(_ carrier: ClientConfiguration.Carrier) throws {
        let relay = try relay { $0.drainTimeout = 0 }
        defer { relay.stop() }
        let port = try #require(relay.listen.first?.port)
        let loop = try EventLoop()
        let client = Client(loop: loop)
        var configuration = ClientConfiguration(carrier: carrier, host: "127.0.0.1", port: port)
        configuration.verification = .insecure
        var failure: MigratingSubscription.Failure?
        let subscription = MigratingSubscription(
            Self.name, parameters: MessageParameters(), survivesLoss: false
        ) { event in
            if case .failed(let reason) = event { failure = reason }
        }
        let connection = try client.connect(configuration)
        connection.onEstablished = { subscription.begin(on: connection) }
        #expect(loop.run(forMilliseconds: 5_000) { subscription.uses(connection) })
        relay.drain {}
        #expect(loop.run(forMilliseconds: 5_000) { failure != nil })
        guard case .brokenOff(.closedByPeer?) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }
}
