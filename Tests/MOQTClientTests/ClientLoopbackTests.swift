import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// The client against a relay in the same process, over the loopback interface; every wait is bounded.
@Suite(.serialized) struct ClientLoopbackTests {
    private let server: RelayServer
    private let loop: EventLoop
    private let client: Client

    init() throws {
        var configuration = RelayConfiguration()
        configuration.drafts = Draft.all
        configuration.listen = [.loopback(port: 0)]
        server = try RelayServer(configuration)
        loop = try EventLoop()
        client = Client(loop: loop)
    }

    private func configuration(_ carrier: ClientConfiguration.Carrier, _ draft: Draft) throws
        -> ClientConfiguration
    {
        let address = try #require(server.listen.first)
        var configuration = ClientConfiguration(carrier: carrier, host: "127.0.0.1", port: address.port)
        configuration.verification = .pinned(sha256: [server.certificateSHA256])
        configuration.drafts = [draft]
        return configuration
    }

    private func connect(_ carrier: ClientConfiguration.Carrier, _ draft: Draft) throws -> ClientConnection {
        let connection = try client.connect(configuration(carrier, draft))
        #expect(loop.run(forMilliseconds: 5_000) { connection.isEstablished })
        return connection
    }

    private func finish() {
        var isClosed = false
        client.close { isClosed = true }
        loop.run(forMilliseconds: 2_000) { isClosed }
        server.stop()
    }

    static let pairs: [(ClientConfiguration.Carrier, Int)] = Draft.all.flatMap { draft in
        [(.quic, draft.number), (.webTransport, draft.number)]
    }

    @Test("What is written arrives whole, in order, and ends", arguments: Self.pairs)
    func transfer(carrier: ClientConfiguration.Carrier, number: Int) throws {
        let draft = try #require(Draft(number: number))
        let name = FullTrackName(namespace: TrackNamespace("a", "b"), name: [1, 2])
        let publisher = try connect(carrier, draft)
        let track = publisher.addTrack(name)
        track.carriesProperties = true
        var isAccepted = false
        try publisher.announce(name.namespace) { isAccepted = $0 == nil }
        #expect(loop.run(forMilliseconds: 5_000) { isAccepted })

        let subscriber = try connect(carrier, draft)
        var received: [ReceivedObject] = []
        var ending: PublishDoneStatus?
        let subscription = try subscriber.subscribe(name) { event in
            switch event {
            case .object(let object): received.append(object)
            case .ended(let status, _): ending = status
            case .gap(let from, _): Issue.record("gap at \(from)")
            default: break
            }
        }
        #expect(loop.run(forMilliseconds: 5_000) { track.forwardingCount == 1 })
        for group: UInt64 in 0..<3 {
            track.beginGroup(group, subgroupCount: group + 1)
            for object: UInt64 in 0..<7 {
                track.write(
                    [UInt8](repeating: UInt8(object), count: Int(object) * 1000),
                    properties: [LOCProperty.captured(atMicroseconds: 1_700_000_000_000_000 + object)])
            }
        }
        track.end()
        #expect(loop.run(forMilliseconds: 10_000) { ending != nil })
        #expect(ending == .trackEnded)
        #expect(received.count == 21)
        for (index, object) in received.enumerated() {
            #expect(object.location == Location(group: UInt64(index / 7), object: UInt64(index % 7)))
            #expect(object.bytes == [UInt8](repeating: UInt8(index % 7), count: index % 7 * 1000))
            #expect(object.captureTime == 1_700_000_000_000_000 + UInt64(index % 7))
        }
        withExtendedLifetime(subscription) {}
        finish()
    }

    @Test("A timestamp beside a timescale is no time of day (draft-ietf-moq-loc, section 2.3.1)")
    func mediaTime() {
        var object = ReceivedObject(
            location: .zero, properties: [LOCProperty.captured(atMicroseconds: 1_700_000_000_000_000)])
        #expect(object.captureTime == 1_700_000_000_000_000)
        object.hasMediaTime = true
        #expect(object.captureTime == nil)
        object.hasMediaTime = false
        object.properties.append(Property(type: LOCProperty.timescale, value: .integer(90_000)))
        #expect(object.captureTime == nil)
    }

    @Test("Forward 0 keeps objects back until an update says Forward 1", arguments: Draft.all.map(\.number))
    func forwardState(number: Int) throws {
        let draft = try #require(Draft(number: number))
        let name = FullTrackName(namespace: TrackNamespace("forward"), name: [UInt8(number)])
        let publisher = try connect(.quic, draft)
        let track = publisher.addTrack(name)
        var isAccepted = false
        try publisher.announce(name.namespace) { isAccepted = $0 == nil }
        #expect(loop.run(forMilliseconds: 5_000) { isAccepted })
        let subscriber = try connect(.quic, draft)
        var parameters = MessageParameters()
        parameters.forward = false
        parameters.filter = .nextObject
        var received: [Location] = []
        var hasBegun = false
        let subscription = try subscriber.subscribe(name, parameters: parameters) { event in
            if case .accepted = event { hasBegun = true }
            if case .object(let object) = event { received.append(object.location) }
        }
        #expect(loop.run(forMilliseconds: 5_000) { hasBegun })
        track.beginGroup(0)
        track.write([1])
        track.endGroup()
        loop.run(forMilliseconds: 200)
        #expect(received.isEmpty)
        var update = MessageParameters()
        update.forward = true
        try subscription.update(update)
        loop.run(forMilliseconds: 200)
        track.beginGroup(1)
        track.write([2])
        track.endGroup()
        #expect(loop.run(forMilliseconds: 5_000) { !received.isEmpty })
        #expect(received == [Location(group: 1, object: 0)])
        finish()
    }

    // Rules: 14-9.10-1
    @Test(
        "an update without a filter leaves a subscription where it began (draft-14 section 9.10)",
        arguments: Draft.all.map(\.number))
    func updateKeepsRange(number: Int) throws {
        let draft = try #require(Draft(number: number))
        let name = FullTrackName(namespace: TrackNamespace("range"), name: [UInt8(number)])
        let publisher = try connect(.quic, draft)
        let track = publisher.addTrack(name)
        var isAccepted = false
        try publisher.announce(name.namespace) { isAccepted = $0 == nil }
        #expect(loop.run(forMilliseconds: 5_000) { isAccepted })
        let subscriber = try connect(.quic, draft)
        var parameters = MessageParameters()
        parameters.filter = .range(start: Location(group: 2, object: 0), endGroup: 3, endObject: nil)
        var received: [Location] = []
        var hasBegun = false
        let subscription = try subscriber.subscribe(name, parameters: parameters, patienceMilliseconds: 50) {
            if case .accepted = $0 { hasBegun = true }
            if case .object(let object) = $0 { received.append(object.location) }
        }
        // Before the answer and behind it.
        var update = MessageParameters()
        update.subscriberPriority = 3
        try subscription.update(update)
        #expect(loop.run(forMilliseconds: 5_000) { hasBegun })
        try subscription.update(update)
        loop.run(forMilliseconds: 200)
        for group in 0..<6 as Range<UInt64> {
            track.beginGroup(group)
            track.write([1])
            track.endGroup()
        }
        #expect(loop.run(forMilliseconds: 5_000) { received.count == 2 })
        loop.run(forMilliseconds: 200)
        #expect(received == [Location(group: 2, object: 0), Location(group: 3, object: 0)])
        finish()
    }

    @Test func namespacesAppearAndVanish() throws {
        let watcher = try connect(.quic, Draft.all[0])
        var seen: [String] = []
        _ = try watcher.watchNamespaces(TrackNamespace("live")) { event in
            switch event {
            case .appeared(let namespace): seen.append("+\(namespace)")
            case .vanished(let namespace): seen.append("-\(namespace)")
            default: break
            }
        }
        let publisher = try connect(.webTransport, Draft.all[0])
        let announcement = try publisher.announce(TrackNamespace("live", "x")) { _ in }
        try publisher.announce(TrackNamespace("other")) { _ in }
        #expect(loop.run(forMilliseconds: 5_000) { seen == ["+live-x"] })
        announcement.withdraw()
        #expect(loop.run(forMilliseconds: 5_000) { seen == ["+live-x", "-live-x"] })
        finish()
    }

    @Test func aTrackThatNobodyPublishesIsRefused() throws {
        let subscriber = try connect(.quic, Draft.all[0])
        var failure: RequestFailure?
        let subscription = try subscriber.subscribe(
            FullTrackName(namespace: TrackNamespace("nowhere"), name: [0])
        ) { event in
            if case .refused(let reason) = event { failure = reason }
        }
        #expect(loop.run(forMilliseconds: 5_000) { failure != nil })
        #expect(failure?.code == .doesNotExist)
        withExtendedLifetime(subscription) {}
        finish()
    }

    @Test func aCertificateThatIsNotThePinnedOneIsSaidToBe() throws {
        var wrong = try configuration(.quic, Draft.all[0])
        wrong.verification = .pinned(sha256: [String(repeating: "0", count: 64)])
        let connection = try client.connect(wrong)
        var closure: ClientClosure?
        connection.onClosed = { closure = $0 }
        #expect(loop.run(forMilliseconds: 5_000) { closure != nil })
        if case .handshakeFailed(let reason) = closure {
            #expect(reason.contains(server.certificateSHA256))
        } else {
            Issue.record("\(String(describing: closure))")
        }
        finish()
    }

    @Test func aPortWhereNobodyListensIsUnreachable() throws {
        var nowhere = try configuration(.quic, Draft.all[0])
        nowhere.port = 1
        let connection = try client.connect(nowhere)
        var closure: ClientClosure?
        connection.onClosed = { closure = $0 }
        #expect(loop.run(forMilliseconds: 15_000) { closure != nil })
        if case .unreachable = closure {} else { Issue.record("\(String(describing: closure))") }
        finish()
    }
}
