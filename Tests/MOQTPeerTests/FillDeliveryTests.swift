import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import SimulationSupport
import Testing
import TransportInterface

/// A log on one peer; the other subscribes to it and has its past filled, over a simulated network.
@Suite("Serving fills (draft-20 sections 5.1.3, 7.2 and 10.12)")
struct FillDeliveryTests {
    static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])
    static func at(_ group: UInt64, _ object: UInt64) -> Location { Location(group: group, object: object) }

    /// A server that answers SUBSCRIBE and REQUEST_UPDATE from `log` as a relay does.
    final class Scene {
        let network: SimulatedNetwork
        let server: SimulatedPeer
        let client: SimulatedPeer
        let log: TrackLog
        private(set) var done: PublishDone?

        init(_ draft: Draft = .draft20, bytesPerMillisecond: Int? = nil, knowsBeginning: Bool = true) {
            let network = SimulatedNetwork(seed: 1)
            self.network = network
            var conditions = SimulatedConditions()
            conditions.bytesPerMillisecond = bytesPerMillisecond
            let (near, far) = network.makePair(name: draft.alpn, conditions: conditions)
            let server = SimulatedPeer(far, drafts: [draft], network: network)
            self.server = server
            client = SimulatedPeer(near, drafts: [draft], network: network)
            let log = TrackLog(encoding: server.encoder, shard: server.logs)
            self.log = log
            if knowsBeginning { log.beginningSeen() }
            server.onEvent = { peer, event in
                switch event {
                case .subscribeReceived(let request): Scene.answer(request, peer, log)
                case .updateReceived(let existing, let update):
                    peer.session.acceptRequest(update.requestID)
                    Scene.fill(update.parameters, update.requestID, existing, peer, log)
                case .requestCancelled(let id): peer.stopDelivering(id)
                default: break
                }
            }
            client.onEvent = { [unowned self] _, event in
                if case .publishDoneReceived(_, let message) = event { done = message }
            }
            network.run(milliseconds: 1_000)
        }

        private static func answer(_ request: Subscribe, _ peer: Peer, _ log: TrackLog) {
            guard let rules = peer.session.rules else { return }
            let alias = peer.session.allocateAlias()
            var answer = MessageParameters()
            answer.largestObject = log.largest
            peer.session.acceptSubscribe(request.requestID, alias: alias, parameters: answer)
            var subscription = DeliverySubscription(
                id: request.requestID.value,
                range: log.range(for: request.parameters.filter ?? .unfiltered, behind: log.largest),
                subscriberPriority: request.parameters.subscriberPriority ?? 128, shape: rules.bodyShape,
                context: alias.value)
            subscription.groupOrder = request.parameters.groupOrder ?? .ascending
            peer.deliver(subscription, from: log)
            fill(request.parameters, request.requestID, request.requestID, peer, log)
        }

        private static func fill(
            _ parameters: MessageParameters, _ message: RequestID, _ id: RequestID, _ peer: Peer,
            _ log: TrackLog
        ) {
            guard let fill = parameters.fill, let largest = log.largest,
                let plan = log.fillPlan(for: fill.filter ?? .unfiltered, largest: largest)
            else { return }
            peer.serveFill(
                fill, message, of: id, plan, subscriberPriority: parameters.subscriberPriority ?? 128,
                order: parameters.groupOrder ?? .ascending, from: log)
        }

        /// Writes a subgroup; not finished, it goes on with `object`.
        @discardableResult
        func write(
            _ group: UInt64, _ ids: Range<UInt64>, size: Int = 300, finish: Bool = true
        ) -> IngestHandle {
            let handle = log.subgroupBegan(
                source: 1, LogSubgroupHeader(group: group, subgroup: .explicit(0), priority: 7))
            for id in ids { object(handle, Location(group: group, object: id), size: size) }
            if finish { log.subgroupEnded(handle, .finished) }
            return handle
        }

        func object(_ handle: IngestHandle, _ location: Location, size: Int = 300) {
            log.objectBegan(
                handle, ObjectHeader(objectID: location.object, payloadByteCount: UInt64(size)))
            log.payloadArrived(handle, Payload(FetchDeliveryTests.payload(location, size)))
        }

        @discardableResult
        func subscribe(
            fill filter: LocationFilter? = .unfiltered, _ change: (inout MessageParameters) -> Void = { _ in }
        ) throws -> RequestID {
            var parameters = MessageParameters()
            if let filter { parameters.fill = FillParameters(filter: filter) }
            change(&parameters)
            let id = try client.peer.session.subscribe(FillDeliveryTests.track, parameters: parameters)
            client.peer.pump()
            return id
        }

        func run(milliseconds: UInt64) {
            for _ in 0..<(milliseconds / 100) {
                network.run(milliseconds: 100)
                server.peer.checkDeadlines()
            }
        }
    }

    @Test("a fill and its subscription bring every object once, the past in order on one stream")
    func everythingOnce() throws {
        let scene = Scene()
        scene.write(1, 0..<3)
        let handle = scene.write(2, 0..<2, finish: false)
        try scene.subscribe(fill: .relative(groupCount: 2))
        scene.run(milliseconds: 300)
        scene.object(handle, Self.at(2, 2))
        scene.log.subgroupEnded(handle, .finished)
        scene.write(3, 0..<2)
        scene.run(milliseconds: 300)
        let past = (0..<3).map { Self.at(1, $0) } + (0..<2).map { Self.at(2, $0) }
        let live = [Self.at(2, 2)] + (0..<2).map { Self.at(3, $0) }
        #expect(scene.client.order == past + live)
        #expect(scene.client.cameByFetch == past.map { _ in true } + live.map { _ in false })
        for (location, bytes) in scene.client.objects {
            #expect(bytes == FetchDeliveryTests.payload(location, 300))
        }
        #expect(scene.client.fetchLog == ["finished"])
        #expect(scene.server.peer.openFetchCount == 0)
    }

    @Test("each update opens a fill of its own; none closes another")
    func updates() throws {
        let scene = Scene(bytesPerMillisecond: 100)
        scene.write(1, 0..<10, size: 3_000)
        let id = try scene.subscribe()
        var update = MessageParameters()
        update.fill = FillParameters(filter: .range(start: Self.at(1, 8), endGroup: 1, endObject: nil))
        _ = try scene.client.peer.session.update(id, parameters: update)
        scene.client.peer.pump()
        scene.run(milliseconds: 50)
        scene.run(milliseconds: 2_000)
        #expect(scene.client.order.count == 12 && scene.client.objects.count == 10)
        #expect(scene.client.fetchLog == ["finished", "finished"])
    }

    @Test("PUBLISH_DONE comes when the fills are over, and counts their streams")
    func doneAfterFills() throws {
        let scene = Scene(bytesPerMillisecond: 50)
        scene.write(1, 0..<10, size: 3_000)
        try scene.subscribe()
        scene.run(milliseconds: 100)
        scene.write(2, 0..<1, size: 10)
        scene.log.trackEnded(.trackEnded)
        scene.run(milliseconds: 200)
        #expect(scene.done == nil && scene.server.peer.openFetchCount == 1)
        scene.run(milliseconds: 2_000)
        #expect(scene.client.objects.count == 11)
        #expect(scene.done?.status == .trackEnded && scene.done?.streamCount == 2)
        #expect(scene.server.deliveryEnded == .trackEnded)
    }

    @Test("who leaves a subscription leaves its fills; who stops a fill keeps the subscription")
    func stopped() throws {
        let scene = Scene(bytesPerMillisecond: 50)
        scene.write(1, 0..<30, size: 3_000)
        let first = try scene.subscribe()
        let second = try scene.subscribe()
        scene.run(milliseconds: 200)
        #expect(scene.server.peer.openFetchCount == 2)
        scene.client.peer.session.unsubscribe(first)
        scene.client.peer.pump()
        scene.run(milliseconds: 300)
        #expect(scene.server.peer.openFetchCount == 1)
        scene.client.peer.session.cancelFetch(second)
        scene.client.peer.pump()
        scene.run(milliseconds: 300)
        #expect(scene.server.peer.openFetchCount == 0)
        scene.write(2, 0..<1)
        scene.log.trackEnded(.trackEnded)
        scene.run(milliseconds: 1_000)
        #expect(scene.client.objects[Self.at(2, 0)] != nil)
        #expect(scene.done?.streamCount == 2)
        #expect(scene.server.closeReason == nil && scene.client.closeReason == nil)
    }

    @Test("a fill beyond the limit fails, its subscription does not")
    func limit() throws {
        let scene = Scene()
        let handle = scene.write(1, 0..<1, finish: false)
        scene.log.objectBegan(handle, ObjectHeader(objectID: 1, payloadByteCount: 100))
        for _ in 0...Peer.maximumFetchCount { try scene.subscribe() }
        scene.run(milliseconds: 2_000)
        #expect(scene.server.peer.openFetchCount == Peer.maximumFetchCount)
        #expect(scene.client.fetchLog == ["reset"])
        #expect(scene.client.peer.session.openRequestCount == Peer.maximumFetchCount + 1)
    }

    @Test(
        "what does not come in time is said to have timed out, and the rest follows (FILL_TIMEOUT)",
        arguments: [0, 500, nil] as [UInt64?])
    func timeout(_ timeout: UInt64?) throws {
        let scene = Scene()
        let handle = scene.write(1, 0..<1, finish: false)
        scene.log.objectBegan(handle, ObjectHeader(objectID: 1, payloadByteCount: 100))
        scene.write(2, 0..<1)
        try scene.subscribe { $0.fill?.fillTimeout = timeout }
        scene.run(milliseconds: 300)
        let inTime = ["timedOut 1", "finished"]
        #expect(scene.client.fetchLog == (timeout == 0 ? inTime : []))
        scene.run(milliseconds: 600)
        #expect(scene.client.fetchLog == (timeout == nil ? [] : inTime))
        scene.run(milliseconds: 10_000)
        #expect(scene.client.fetchLog == inTime)
        #expect(scene.client.order == [Self.at(1, 0), Self.at(2, 0)])
    }

    @Test("what is not here and need not be waited for has timed out, else it is unknown")
    func unknown() throws {
        for (timeout, word) in [(0, "timedOut 2"), (nil, "unknown 2")] as [(UInt64?, String)] {
            let scene = Scene(knowsBeginning: false)
            scene.write(3, 0..<1)
            try scene.subscribe { $0.fill?.fillTimeout = timeout }
            scene.run(milliseconds: 300)
            #expect(scene.client.fetchLog == [word, "finished"])
        }
    }

    @Test(
        "between a fill and its subscription, equally urgent, the order of groups decides (section 7.2)",
        arguments: [
            (.ascending, .ascending, true), (.descending, .descending, false),
            (.ascending, .descending, false), (.descending, .ascending, false),
        ] as [(GroupOrder, GroupOrder, Bool)])
    func order(_ order: GroupOrder, _ fillOrder: GroupOrder, _ fillFirst: Bool) throws {
        let scene = Scene(bytesPerMillisecond: 100)
        scene.write(1, 0..<20, size: 3_000)
        try scene.subscribe {
            $0.groupOrder = order
            $0.fill?.groupOrder = fillOrder
        }
        scene.run(milliseconds: 100)
        let before = scene.client.order.count
        scene.write(2, 0..<20, size: 3_000)
        scene.run(milliseconds: 3_000)
        #expect(scene.client.order.count == 40)
        // What had left before does not count.
        let next = scene.client.cameByFetch[(before + 4)..<(before + 10)]
        #expect(next.allSatisfy { $0 == fillFirst }, "\(scene.client.cameByFetch)")
    }

    @Test("a fill has its subscription's priority, and its changes, unless it names one")
    func priority() throws {
        for own in [nil, 10] as [UInt8?] {
            let scene = Scene(bytesPerMillisecond: 100)
            scene.write(1, 0..<40, size: 3_000)
            let id = try scene.subscribe {
                $0.subscriberPriority = 10
                $0.fill?.subscriberPriority = own
            }
            scene.run(milliseconds: 100)
            let before = scene.client.order.count
            scene.server.peer.prioritizeFills(of: id, subscriberPriority: 200)
            try scene.subscribe { $0.subscriberPriority = 100 }
            scene.run(milliseconds: 3_000)
            #expect(scene.client.order.count == 80)
            let next = scene.client.order[(before + 6)..<(before + 12)].map(\.object)
            #expect(next.allSatisfy { own == nil ? $0 < 15 : $0 > UInt64(before) }, "\(next)")
        }
    }
}
