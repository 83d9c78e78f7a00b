import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import SimulationSupport
import Testing
import TransportInterface

/// A log on one peer, fetched by the other, over a simulated network.
@Suite("Serving FETCH (draft-18 sections 7.2, 10.12 and 11.4.4)")
struct FetchDeliveryTests {
    static let drafts = [Draft.draft14, .draft16, .draft18]
    static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    static func payload(_ location: Location, _ size: Int) -> [UInt8] {
        (0..<size).map {
            UInt8(truncatingIfNeeded: Int(location.group) &* 31 &+ Int(location.object) &* 7 &+ $0)
        }
    }

    /// A server that answers FETCH (and SUBSCRIBE, from the beginning) from `log`.
    final class Scene {
        let network: SimulatedNetwork
        let server: SimulatedPeer
        let client: SimulatedPeer
        let log: TrackLog

        init(_ draft: Draft, seed: UInt64 = 1, conditions: SimulatedConditions? = nil) {
            let network = SimulatedNetwork(seed: seed)
            self.network = network
            let (near, far) =
                conditions.map { network.makePair(name: draft.alpn, conditions: $0) }
                ?? network.makePair(name: draft.alpn)
            let server = SimulatedPeer(far, drafts: [draft], network: network)
            self.server = server
            client = SimulatedPeer(near, drafts: [draft], network: network)
            let log = TrackLog(encoding: server.encoder, shard: server.logs)
            self.log = log
            server.onEvent = { peer, event in
                switch event {
                case .fetchReceived(let fetch): Scene.answer(fetch, peer, log)
                case .requestCancelled(let id): peer.stopFetch(id)
                case .subscribeReceived(let request):
                    guard let rules = peer.session.rules else { return }
                    let alias = peer.session.allocateAlias()
                    peer.session.acceptSubscribe(request.requestID, alias: alias)
                    peer.deliver(
                        DeliverySubscription(
                            id: request.requestID.value, range: LogRange(start: .zero),
                            subscriberPriority: request.parameters.subscriberPriority ?? 128,
                            shape: rules.bodyShape, context: alias.value),
                        from: log)
                default: break
                }
            }
            network.run(milliseconds: 1_000)
        }

        private static func answer(_ fetch: Fetch, _ peer: Peer, _ log: TrackLog) {
            guard case .standalone(_, let start, let endGroup, let endObject) = fetch.range else { return }
            do throws(RequestFailure) {
                let plan = try log.plan(FetchRange(start: start, endGroup: endGroup, endObject: endObject))
                try peer.serveFetch(
                    fetch, plan, properties: .init(), from: log)
            } catch {
                peer.session.refuse(fetch.requestID, error)
            }
        }

        /// Writes a whole subgroup.
        func fill(_ group: UInt64, _ ids: [UInt64], size: Int = 300, finish: Bool = true) {
            let handle = log.subgroupBegan(
                source: 1, LogSubgroupHeader(group: group, subgroup: .explicit(0), priority: 7))
            for id in ids {
                log.objectBegan(handle, ObjectHeader(objectID: id, payloadByteCount: UInt64(size)))
                log.payloadArrived(
                    handle, Payload(FetchDeliveryTests.payload(Location(group: group, object: id), size)))
            }
            if finish { log.subgroupEnded(handle, .finished) }
        }

        @discardableResult
        func fetch(
            _ start: Location, _ endGroup: UInt64, _ endObject: UInt64? = nil, priority: UInt8? = nil,
            order: GroupOrder? = nil
        ) throws -> RequestID {
            var parameters = MessageParameters()
            parameters.subscriberPriority = priority
            parameters.groupOrder = order
            let id = try client.peer.session.fetch(
                .standalone(
                    track: FetchDeliveryTests.track, start: start, endGroup: endGroup, endObject: endObject),
                parameters: parameters)
            client.peer.pump()
            return id
        }
    }

    @Test(
        "every object of the range arrives byte for byte and in order, on any network", arguments: drafts,
        1...8 as ClosedRange<UInt64>)
    func everythingArrives(draft: Draft, seed: UInt64) throws {
        let scene = Scene(draft, seed: seed, conditions: .hostile)
        var expected: [Location: [UInt8]] = [:]
        for group in 3..<7 as Range<UInt64> {
            let size = group == 5 ? 5_000 : 40 * Int(group)
            scene.fill(group, [0, 1, 2, 5, 6], size: size)
            for id in [0, 1, 2, 5, 6] as [UInt64] where Self.at(group, id) >= Self.at(3, 1) {
                expected[Self.at(group, id)] = Self.payload(Self.at(group, id), size)
            }
        }
        try scene.fetch(Self.at(3, 1), 900)
        for _ in 0..<600 where scene.client.fetchLog.count < 2 { scene.network.run(milliseconds: 100) }
        scene.network.run(milliseconds: 1_000)
        #expect(scene.client.objects == expected, "seed \(seed)")
        #expect(scene.client.order == expected.keys.sorted())
        #expect(scene.client.fetchLog.sorted() == ["finished", "ok 6.6"])
        #expect(scene.server.peer.openFetchCount == 0)
        #expect(scene.server.peer.session.openRequestCount == 0)
        #expect(scene.client.peer.session.openRequestCount == 0)
    }

    @Test(
        "what the log does not know is marked where the draft can, and refused where it cannot",
        arguments: drafts)
    func unknown(draft: Draft) throws {
        let scene = Scene(draft)
        scene.fill(4, [0, 1])
        try scene.fetch(.zero, 4, 0)
        scene.network.run(milliseconds: 1_000)
        if draft.rules.fetchObjects.hasStatus {
            #expect(scene.client.fetchLog == ["refused unknownStatusInRange"])
        } else {
            #expect(scene.client.fetchLog == ["ok 4.0", "unknown 3", "finished"])
            #expect(scene.client.order == [Self.at(4, 0)])
        }
    }

    @Test("a range without objects: NO_OBJECTS on draft 14, an empty stream later", arguments: drafts)
    func empty(draft: Draft) throws {
        let scene = Scene(draft)
        scene.fill(4, [0, 7])
        try scene.fetch(Self.at(4, 2), 4, 5)
        scene.network.run(milliseconds: 1_000)
        #expect(
            scene.client.fetchLog
                == (draft.rules.emptyFetchIsRefused ? ["refused noObjects"] : ["ok 4.5", "finished"]))
    }

    @Test("statuses travel where the draft has them and are gaps elsewhere", arguments: drafts)
    func statuses(draft: Draft) throws {
        let scene = Scene(draft)
        scene.fill(1, [0, 1], finish: false)
        let handle = scene.log.subgroupBegan(
            source: 1, LogSubgroupHeader(group: 1, subgroup: .explicit(0), priority: 7))
        scene.log.objectBegan(handle, ObjectHeader(objectID: 2, status: .endOfGroup, payloadByteCount: 0))
        try scene.fetch(Self.at(1, 0), 1)
        scene.network.run(milliseconds: 1_000)
        let all = [Self.at(1, 0), Self.at(1, 1), Self.at(1, 2)]
        #expect(scene.client.order == (draft.rules.fetchObjects.hasStatus ? all : Array(all.prefix(2))))
        #expect(scene.client.fetchLog.last == "finished")
    }

    @Test("a FETCH that is cancelled leaves nothing behind", arguments: drafts)
    func cancelled(draft: Draft) throws {
        let scene = Scene(draft)
        scene.fill(1, [0], finish: false)
        scene.fill(2, Array(0..<200), size: 30_000)
        let id = try scene.fetch(Self.at(1, 0), 2)
        scene.network.run(milliseconds: 30)
        #expect(scene.server.peer.openFetchCount == 1)
        scene.client.peer.session.cancelFetch(id)
        scene.client.peer.pump()
        scene.network.run(milliseconds: 2_000)
        #expect(scene.server.peer.openFetchCount == 0)
        #expect(scene.server.peer.session.openRequestCount == 0)
        #expect(scene.client.objects.count < 201)
        #expect(scene.server.closeReason == nil && scene.client.closeReason == nil)
    }

    @Test("an object that never becomes whole breaks the FETCH off after ten seconds", arguments: drafts)
    func stalled(draft: Draft) throws {
        let scene = Scene(draft)
        scene.fill(1, [0], finish: false)
        let handle = scene.log.subgroupBegan(
            source: 1, LogSubgroupHeader(group: 1, subgroup: .explicit(0), priority: 7))
        scene.log.objectBegan(handle, ObjectHeader(objectID: 1, payloadByteCount: 100))
        try scene.fetch(Self.at(1, 0), 1)
        for _ in 0..<80 {
            scene.network.run(milliseconds: 100)
            scene.server.peer.checkDeadlines()
        }
        #expect(scene.client.order == [Self.at(1, 0)])
        #expect(scene.client.fetchLog == ["ok 1.1"])
        for _ in 0..<40 {
            scene.network.run(milliseconds: 100)
            scene.server.peer.checkDeadlines()
        }
        #expect(scene.client.fetchLog == ["ok 1.1", "reset"])
        #expect(scene.server.peer.openFetchCount == 0)
    }

    @Test("an object that becomes whole goes on its way", arguments: drafts)
    func completed(draft: Draft) throws {
        let scene = Scene(draft)
        scene.fill(1, [0], finish: false)
        let handle = scene.log.subgroupBegan(
            source: 1, LogSubgroupHeader(group: 1, subgroup: .explicit(0), priority: 7))
        scene.log.objectBegan(handle, ObjectHeader(objectID: 1, payloadByteCount: 100))
        try scene.fetch(Self.at(1, 0), 1)
        scene.network.run(milliseconds: 200)
        scene.log.payloadArrived(handle, Payload(Self.payload(Self.at(1, 1), 100)))
        scene.server.peer.checkDeadlines()
        scene.network.run(milliseconds: 500)
        #expect(scene.client.order == [Self.at(1, 0), Self.at(1, 1)])
        #expect(scene.client.fetchLog == ["ok 1.1", "finished"])
    }

    @Test("no more than the limit are open at once; the next is refused")
    func limit() throws {
        let scene = Scene(.draft18)
        scene.fill(1, [0], finish: false)
        let handle = scene.log.subgroupBegan(
            source: 1, LogSubgroupHeader(group: 1, subgroup: .explicit(0), priority: 7))
        scene.log.objectBegan(handle, ObjectHeader(objectID: 1, payloadByteCount: 100))
        for _ in 0...Peer.maximumFetchCount { try scene.fetch(Self.at(1, 0), 1) }
        scene.network.run(milliseconds: 2_000)
        #expect(scene.server.peer.openFetchCount == Peer.maximumFetchCount)
        #expect(scene.client.fetchLog.filter { $0 == "refused excessiveLoad" }.count == 1)
    }

    @Test(
        "subscriber priority decides between a FETCH and a subscription; equals alternate", arguments: drafts)
    func priorities(draft: Draft) throws {
        for (fetchPriority, subscriptionPriority) in [(10, 200), (200, 10), (50, 50)] as [(UInt8, UInt8)] {
            var conditions = SimulatedConditions()
            conditions.bytesPerMillisecond = 100
            let scene = Scene(draft, conditions: conditions)
            scene.fill(1, Array(0..<20), size: 3_000)
            var parameters = MessageParameters()
            parameters.subscriberPriority = subscriptionPriority
            _ = try scene.client.peer.session.subscribe(Self.track, parameters: parameters)
            try scene.fetch(Self.at(1, 0), 1, 19, priority: fetchPriority)
            for _ in 0..<200 where scene.client.order.count < 40 { scene.network.run(milliseconds: 20) }
            let order = scene.client.cameByFetch
            #expect(order.count == 40)
            // What had left before the second request came does not count, and turns are a chunk long.
            let fetched = order[10..<20].count { $0 }
            switch fetchPriority {
            case 10: #expect(fetched == 10, "\(draft.number): \(order)")
            case 200: #expect(fetched == 0, "\(draft.number): \(order)")
            default: #expect((6...18).contains(order[..<24].count { $0 }), "\(draft.number): \(order)")
            }
        }
    }
}
