import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import Testing
import TransportInterface

/// Two sessions that do everything to each other at random, over a path that loses, splits and reorders.
@Suite struct RepertoireTests {
    static let drafts = Draft.all
    /// The head of each wire family gets all the seeds, its relatives a sample.
    static func seeds(_ draft: Draft) -> Range<UInt64> {
        [.draft14, .draft16, .draft18].contains(draft) ? 0..<100 : 0..<20
    }

    /// One side's memory of what it may still do, and what it has seen.
    final class Player {
        var ownSubscriptions: [RequestID] = []
        var ownPublishes: [(id: RequestID, alias: TrackAlias)] = []
        var ownNamespaces: [RequestID] = []
        var ownPrefixes: [RequestID] = []
        var peerSubscriptions: [(id: RequestID, alias: TrackAlias)] = []
        var peerPublishes: [RequestID] = []
        var peerNamespaces: [RequestID] = []
        var peerPrefixes: [(id: RequestID, suffixes: [TrackNamespace])] = []
        var nextName = 0

        /// Requests that want an answer, and the answers that came.
        var asked: Set<RequestID> = []
        var answered: [RequestID: Int] = [:]
        var withdrawn: Set<RequestID> = []
        var openSubgroups: Set<StreamID> = []
        var objects = 0
        var faults: [String] = []

        func saw(_ event: SessionEvent, _ peer: SimulatedPeer, _ random: inout SplitMix64) {
            switch event {
            case .subscribeReceived(let message):
                if random.chance(perMille: 250) {
                    peer.session.refuse(message.requestID, RequestFailure(.doesNotExist))
                } else {
                    let alias = peer.session.allocateAlias()
                    peer.session.acceptSubscribe(message.requestID, alias: alias)
                    peerSubscriptions.append((message.requestID, alias))
                }
            case .publishReceived(let message):
                if random.chance(perMille: 250) {
                    peer.session.refuse(message.requestID, RequestFailure(.uninterested))
                } else {
                    peer.session.acceptPublish(message.requestID)
                    peerPublishes.append(message.requestID)
                }
            case .publishNamespaceReceived(let message):
                if random.chance(perMille: 250) {
                    peer.session.refuse(message.requestID, RequestFailure(.unauthorized))
                } else {
                    peer.session.acceptRequest(message.requestID)
                    peerNamespaces.append(message.requestID)
                }
            case .subscribeNamespaceReceived(let message):
                if random.chance(perMille: 250) {
                    peer.session.refuse(message.requestID, RequestFailure(.prefixOverlap))
                } else {
                    peer.session.acceptRequest(message.requestID)
                    if message.interest != .tracks { peerPrefixes.append((message.requestID, [])) }
                }
            case .trackStatusReceived(let message):
                if random.chance(perMille: 500) {
                    peer.session.acceptRequest(message.requestID)
                } else {
                    peer.session.refuse(message.requestID, RequestFailure(.notSupported))
                }
            case .updateReceived(_, let message):
                if random.chance(perMille: 500) {
                    peer.session.acceptRequest(message.requestID)
                } else {
                    peer.session.refuse(message.requestID, RequestFailure(.internalError))
                }
            case .fetchReceived(let message):
                peer.session.refuse(message.requestID, RequestFailure(.notSupported))
            case .requestCancelled(let id): forget(id)
            case .publishNamespaceCancelled(let id, _): forget(id)
            case .publishDoneReceived(let id, _): forget(id)
            case .subscribeAccepted(let id, _), .publishAccepted(let id, _), .requestAccepted(let id, _):
                answered[id, default: 0] += 1
            case .requestRefused(let id, _):
                answered[id, default: 0] += 1
                forget(id)
            case .subgroupBegan(let stream, _, _):
                if !openSubgroups.insert(stream).inserted { faults.append("began twice") }
            case .objectEnded(let stream):
                objects += 1
                if !openSubgroups.contains(stream) { faults.append("object outside") }
            case .subgroupEnded(let stream, _):
                if openSubgroups.remove(stream) == nil { faults.append("ended without beginning") }
            case .failed(let failure): faults.append("failed \(failure)")
            default: break
            }
        }

        func forget(_ id: RequestID) {
            withdrawn.insert(id)
            ownSubscriptions.removeAll { $0 == id }
            ownPublishes.removeAll { $0.id == id }
            ownNamespaces.removeAll { $0 == id }
            ownPrefixes.removeAll { $0 == id }
            peerSubscriptions.removeAll { $0.id == id }
            peerPublishes.removeAll { $0 == id }
            peerNamespaces.removeAll { $0 == id }
            peerPrefixes.removeAll { $0.id == id }
        }

        func name() -> TrackNamespace {
            nextName += 1
            return TrackNamespace("n", String(nextName))
        }

        /// Gives up whatever has been answered.
        func leave(_ peer: SimulatedPeer) {
            for id in ownSubscriptions + peerPublishes where answered[id] == 1 || !asked.contains(id) {
                peer.session.unsubscribe(id)
                forget(id)
            }
            for id in ownNamespaces where answered[id] == 1 {
                peer.session.endPublishNamespace(id)
                forget(id)
            }
            for id in ownPrefixes where answered[id] == 1 {
                peer.session.endSubscribeNamespace(id)
                forget(id)
            }
        }

        /// One random command.
        func act(_ peer: SimulatedPeer, _ random: inout SplitMix64) throws {
            let session = peer.session
            switch random.below(14) {
            case 0, 1:
                let id = try session.subscribe(FullTrackName(namespace: name(), name: [1]))
                ownSubscriptions.append(id)
                asked.insert(id)
            case 2:
                let alias = session.allocateAlias()
                let id = try session.publish(FullTrackName(namespace: name(), name: [2]), alias: alias)
                ownPublishes.append((id, alias))
                asked.insert(id)
            case 3:
                let id = try session.publishNamespace(name())
                ownNamespaces.append(id)
                asked.insert(id)
            case 4:
                let interest: SubscribeNamespace.Interest = random.chance(perMille: 500) ? .both : .namespaces
                let id = try session.subscribeNamespace(
                    TrackNamespace("p", String(nextName)), interest: interest)
                nextName += 1
                ownPrefixes.append(id)
                asked.insert(id)
            case 5:
                asked.insert(try session.trackStatus(FullTrackName(namespace: name(), name: [3])))
            case 6:
                if let id = ownSubscriptions.randomElement(using: &random) {
                    session.unsubscribe(id)
                    forget(id)
                } else if let id = peerPublishes.randomElement(using: &random) {
                    session.unsubscribe(id)
                    forget(id)
                }
            case 7:
                if let id = ownSubscriptions.randomElement(using: &random), answered[id] == 1 {
                    var parameters = MessageParameters()
                    parameters.subscriberPriority = 1
                    parameters.forward = true
                    parameters.filter = .from(Location(group: 1, object: 0))
                    asked.insert(try session.update(id, parameters: parameters))
                }
            case 8, 9:
                let targets = peerSubscriptions + ownPublishes
                if let target = targets.randomElement(using: &random) {
                    let count = Int(random.below(4))
                    peer.sendSubgroup(
                        target.alias, group: random.below(100),
                        (0..<count).map { _ in [UInt8](repeating: 7, count: Int(random.below(300))) })
                }
            case 10:
                if let target = peerSubscriptions.randomElement(using: &random) {
                    session.publishDone(target.id, status: .trackEnded, streamCount: nil)
                    forget(target.id)
                } else if let target = ownPublishes.randomElement(using: &random) {
                    session.publishDone(target.id, status: .trackEnded, streamCount: nil)
                    forget(target.id)
                }
            case 11:
                if let id = ownNamespaces.randomElement(using: &random) {
                    session.endPublishNamespace(id)
                    forget(id)
                } else if let id = peerNamespaces.randomElement(using: &random) {
                    session.refuse(id, RequestFailure(.uninterested))
                    forget(id)
                }
            case 12:
                guard !peerPrefixes.isEmpty else { return }
                let index = Int(random.below(UInt64(peerPrefixes.count)))
                if random.chance(perMille: 600) || peerPrefixes[index].suffixes.isEmpty {
                    let suffix = TrackNamespace("s", String(random.below(5)))
                    session.announce(suffix: suffix, on: peerPrefixes[index].id)
                    peerPrefixes[index].suffixes.append(suffix)
                } else {
                    let suffix = peerPrefixes[index].suffixes.removeLast()
                    session.withdraw(suffix: suffix, on: peerPrefixes[index].id)
                }
            default:
                if let id = ownPrefixes.randomElement(using: &random) {
                    session.endSubscribeNamespace(id)
                    forget(id)
                }
            }
        }
    }

    struct Outcome {
        var trace: UInt64
        var faults: [String]
        var unanswered: [UInt64]
        var twice: [UInt64]
        var openSubgroups: Int
        var objects: Int
        var unconsumed: Int
        var isAlive: Bool
        var openRequests: [Int]
        var openStreams: [Int]
    }

    static func play(_ draft: Draft, seed: UInt64) throws -> Outcome {
        var conditions = SimulatedConditions.hostile
        conditions.bidirectionalStreamCredit = 3
        let pair = SessionPair(draft, seed: seed, conditions: conditions) { $0.requestCredit = 8 }
        let players = [Player(), Player()]
        let peers = [pair.client, pair.server]
        var random = SplitMix64(seed: seed &+ 1_000_003)
        for index in 0..<2 {
            peers[index].handler = { peer, event in players[index].saw(event, peer, &pair.network.random) }
        }
        pair.run(2)
        for _ in 0..<120 where peers.allSatisfy(\.session.isEstablished) {
            let side = Int(random.below(2))
            try players[side].act(peers[side], &random)
            pair.network.run(milliseconds: random.below(60))
        }
        pair.run(30)
        // Everybody leaves everything, until what waited for credit and streams has had its turn too.
        for _ in 0..<60 {
            for index in 0..<2 { players[index].leave(peers[index]) }
            pair.run(2)
        }
        return Outcome(
            trace: pair.network.traceHash,
            faults: players.flatMap(\.faults),
            unanswered: players.flatMap { player in
                player.asked.filter { player.answered[$0] == nil && !player.withdrawn.contains($0) }
                    .map(\.value)
            },
            twice: players.flatMap { $0.answered.filter { $0.value > 1 }.map(\.key.value) },
            openSubgroups: players.reduce(0) { $0 + $1.openSubgroups.count },
            objects: players.reduce(0) { $0 + $1.objects },
            unconsumed: peers.reduce(0) { $0 + $1.transport.unconsumedByteCount },
            isAlive: peers.allSatisfy(\.session.isEstablished),
            openRequests: peers.map(\.session.openRequestCount),
            openStreams: peers.map(\.session.openStreamCount))
    }

    @Test("The whole repertoire, 100 seeds", arguments: drafts)
    func repertoire(_ draft: Draft) throws {
        var objects = 0
        for seed in Self.seeds(draft) {
            let outcome = try Self.play(draft, seed: seed)
            #expect(outcome.isAlive, "\(draft) seed \(seed)")
            #expect(outcome.faults == [], "\(draft) seed \(seed)")
            #expect(outcome.unanswered == [], "\(draft) seed \(seed)")
            #expect(outcome.twice == [], "\(draft) seed \(seed)")
            #expect(outcome.openSubgroups == 0, "\(draft) seed \(seed)")
            #expect(outcome.unconsumed == 0, "\(draft) seed \(seed)")
            #expect(outcome.openRequests == [0, 0], "\(draft) seed \(seed)")
            #expect(outcome.openStreams == [0, 0], "\(draft) seed \(seed)")
            objects += outcome.objects
        }
        #expect(objects > 200)
    }

    @Test("The same seed gives the same trace", arguments: drafts)
    func deterministic(_ draft: Draft) throws {
        for seed: UInt64 in 0..<5 {
            let first = try Self.play(draft, seed: seed)
            let second = try Self.play(draft, seed: seed)
            #expect(first.trace == second.trace, "\(draft) seed \(seed)")
            #expect(first.trace != (try Self.play(draft, seed: seed + 1000).trace))
        }
    }
}
