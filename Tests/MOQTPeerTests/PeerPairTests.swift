import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import SimulationSupport
import Testing
import TransportInterface

/// A publisher and a subscriber, each a whole `Peer`, over networks that split, delay, reorder and starve.
@Suite struct PeerPairTests {
    static let drafts = [Draft.draft14, .draft16, .draft18]

    private static let track = FullTrackName(
        namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))

    private static func payload(_ location: Location, _ size: Int) -> [UInt8] {
        (0..<size).map {
            UInt8(truncatingIfNeeded: Int(location.group) &* 31 &+ Int(location.object) &* 7 &+ $0)
        }
    }

    /// A server that answers every SUBSCRIBE from one log.
    private static func answerSubscribes(_ publisher: SimulatedPeer, from log: TrackLog) {
        publisher.onEvent = { peer, event in
            guard case .subscribeReceived(let request) = event, let rules = peer.session.rules else { return }
            let alias = peer.session.allocateAlias()
            var answer = MessageParameters()
            answer.largestObject = log.largest
            peer.session.acceptSubscribe(request.requestID, alias: alias, parameters: answer)
            peer.deliver(
                DeliverySubscription(
                    id: request.requestID.value,
                    range: log.range(for: request.parameters.filter ?? .unfiltered),
                    shape: rules.bodyShape, context: alias.value),
                from: log)
        }
    }

    private static func subscribeWhenReady(_ subscriber: SimulatedPeer) {
        subscriber.onEvent = { peer, event in
            guard case .established = event else { return }
            var parameters = MessageParameters()
            parameters.filter = .nextObject
            _ = try? peer.session.subscribe(track, parameters: parameters)
        }
    }

    @Test(
        "every object of every subgroup arrives byte for byte, then PUBLISH_DONE, on any network (draft-18 section 11.4)",
        arguments: drafts, 1...12 as ClosedRange<UInt64>)
    func everythingArrives(draft: Draft, seed: UInt64) throws {
        let network = SimulatedNetwork(seed: seed)
        var hostile = SimulatedConditions.hostile
        hostile.unidirectionalStreamCredit = 3
        let (client, server) = network.makePair(name: draft.alpn, conditions: hostile)
        let publisher = SimulatedPeer(server, drafts: [draft], network: network)
        let subscriber = SimulatedPeer(client, drafts: [draft], network: network)
        let log = TrackLog(encoding: publisher.encoder, shard: publisher.logs)
        Self.answerSubscribes(publisher, from: log)
        Self.subscribeWhenReady(subscriber)
        network.run(milliseconds: 2_000)
        try #require(
            subscriber.events.contains { if case .subscribeAccepted = $0 { true } else { false } },
            "seed \(seed)")

        var expected: [Location: [UInt8]] = [:]
        for group in 0..<4 as Range<UInt64> {
            for subgroup in 0..<2 as Range<UInt64> {
                let handle = log.subgroupBegan(
                    source: 1,
                    LogSubgroupHeader(
                        group: group, subgroup: .explicit(subgroup), priority: 100, endOfGroup: subgroup == 1,
                        firstObject: true))
                for object in 0..<5 as Range<UInt64> {
                    let location = Location(group: group, object: object * 2 + subgroup)
                    let size = network.random.below(3000)
                    let bytes = Self.payload(location, Int(size))
                    expected[location] = bytes
                    log.objectBegan(
                        handle, ObjectHeader(objectID: location.object, payloadByteCount: UInt64(bytes.count))
                    )
                    if !bytes.isEmpty {
                        let cut = bytes.count / 2
                        if cut > 0 { log.payloadArrived(handle, Payload(Array(bytes[..<cut]))) }
                        network.run(milliseconds: 3)
                        log.payloadArrived(handle, Payload(Array(bytes[cut...])))
                    }
                    log.objectEnded(handle)
                    network.run(milliseconds: 5)
                }
                log.subgroupEnded(handle, .finished)
            }
        }
        log.trackEnded(.trackEnded)
        network.run(milliseconds: 20_000)

        #expect(subscriber.objects == expected, "seed \(seed)")
        #expect(subscriber.finishedSubgroups == 8, "seed \(seed)")
        let done = subscriber.events.compactMap { event -> PublishDone? in
            if case .publishDoneReceived(_, let done) = event { done } else { nil }
        }
        #expect(done.map(\.status) == [.trackEnded], "seed \(seed)")
        #expect(done.first?.streamCount == 8, "seed \(seed)")
        #expect(publisher.deliveryEnded == .trackEnded)
        #expect(subscriber.closeReason == nil)
    }

    @Test("a datagram carries one object (draft-18 section 11.3)", arguments: drafts)
    func datagramsArrive(draft: Draft) throws {
        let network = SimulatedNetwork(seed: 3)
        let (client, server) = network.makePair(name: draft.alpn)
        let publisher = SimulatedPeer(server, drafts: [draft], network: network)
        let subscriber = SimulatedPeer(client, drafts: [draft], network: network)
        let log = TrackLog(encoding: publisher.encoder, shard: publisher.logs)
        Self.answerSubscribes(publisher, from: log)
        Self.subscribeWhenReady(subscriber)
        network.run(milliseconds: 500)
        var expected: [Location: [UInt8]] = [:]
        for object in 0..<20 as Range<UInt64> {
            let location = Location(group: 4, object: object)
            let bytes = Self.payload(location, 160)
            expected[location] = bytes
            log.datagramArrived(
                source: 1,
                ObjectDatagram(alias: TrackAlias(0), location: location, priority: 9, payload: Payload(bytes))
            )
            network.run(milliseconds: 20)
        }
        #expect(subscriber.datagrams == expected)
    }

    @Test(
        "a track with both kinds of objects reaches drafts 14 and 15 with the kind that came first (draft-14 section 2.5)",
        arguments: Draft.all, [true, false])
    func onePreference(draft: Draft, datagramFirst: Bool) throws {
        let network = SimulatedNetwork(seed: 4)
        let (client, server) = network.makePair(name: draft.alpn)
        let publisher = SimulatedPeer(server, drafts: [draft], network: network)
        let subscriber = SimulatedPeer(client, drafts: [draft], network: network)
        let log = TrackLog(encoding: publisher.encoder, shard: publisher.logs)
        Self.answerSubscribes(publisher, from: log)
        Self.subscribeWhenReady(subscriber)
        network.run(milliseconds: 500)
        var sent: [Bool: Set<Location>] = [true: [], false: []]
        for group in 0..<6 as Range<UInt64> {
            let asDatagram = (group % 2 == 0) == datagramFirst
            let location = Location(group: group, object: 0)
            let bytes = Payload(Self.payload(location, 160))
            sent[asDatagram]?.insert(location)
            if asDatagram {
                log.datagramArrived(
                    source: 1,
                    ObjectDatagram(alias: TrackAlias(0), location: location, priority: 9, payload: bytes))
            } else {
                let handle = log.subgroupBegan(
                    source: 1,
                    LogSubgroupHeader(
                        group: group, subgroup: .explicit(0), priority: 9, endOfGroup: true,
                        firstObject: true))
                log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: UInt64(bytes.count)))
                log.payloadArrived(handle, bytes)
                log.objectEnded(handle)
                log.subgroupEnded(handle, .finished)
            }
            network.run(milliseconds: 20)
        }
        let isMixed = !draft.rules.tracksHaveOnePreference
        #expect(Set(subscriber.datagrams.keys) == (isMixed || datagramFirst ? sent[true] : []))
        #expect(Set(subscriber.objects.keys) == (isMixed || !datagramFirst ? sent[false] : []))
        #expect(subscriber.closeReason == nil)
    }

    @Test("a session whose transport closes ends its deliveries")
    func closeEndsDelivery() throws {
        let network = SimulatedNetwork(seed: 5)
        let (client, server) = network.makePair(name: Draft.draft18.alpn)
        let publisher = SimulatedPeer(server, drafts: [.draft18], network: network)
        let subscriber = SimulatedPeer(client, drafts: [.draft18], network: network)
        let log = TrackLog(encoding: publisher.encoder, shard: publisher.logs)
        Self.answerSubscribes(publisher, from: log)
        Self.subscribeWhenReady(subscriber)
        network.run(milliseconds: 500)
        #expect(log.readerCount == 1)
        subscriber.peer.close(.noError, reason: "bye")
        network.run(milliseconds: 500)
        #expect(log.readerCount == 0)
        #expect(publisher.closeReason == .application(code: 0, reason: "bye", byPeer: true))
    }
}
