import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import SimulationSupport
import Testing
import TransportInterface

/// What comes from upstream for a FETCH, said in the draft of the peer that asked.
@Suite("A FETCH with help from upstream (draft-18 sections 10.12.3 and 11.4.4)")
struct FetchPipeTests {
    static let drafts = [Draft.draft14, .draft15, .draft16, .draft17, .draft18, .draft19]
    static let track = FullTrackName(namespace: TrackNamespace("up"), name: [1])

    /// A peer whose log has nothing, and one that fetches groups 0 to 2 from it.
    final class Scene {
        let network = SimulatedNetwork(seed: 5)
        let server: SimulatedPeer
        let client: SimulatedPeer
        let log: TrackLog

        init(
            _ draft: Draft, _ upstream: FetchUpstream = .everything, order: GroupOrder = .ascending
        ) throws {
            let (near, far) = network.makePair(name: draft.alpn)
            server = SimulatedPeer(far, drafts: [draft], network: network)
            client = SimulatedPeer(near, drafts: [draft], network: network)
            let log = TrackLog(encoding: server.encoder, shard: server.logs)
            self.log = log
            if upstream == .gaps {
                log.largestNamed(Location(group: 1, object: .max))
                let handle = log.subgroupBegan(
                    source: 1, LogSubgroupHeader(group: 2, subgroup: .explicit(0), priority: 9))
                log.objectBegan(handle, ObjectHeader(objectID: 0, payloadByteCount: 1))
                log.payloadArrived(handle, Payload([7]))
            }
            server.onEvent = { peer, event in
                guard case .fetchReceived(let fetch) = event else { return }
                let range = FetchRange(start: .zero, endGroup: 2, endObject: nil)
                do throws(RequestFailure) {
                    let plan = upstream == .everything ? FetchPlan(unknown: range) : try log.plan(range)
                    try peer.serveFetch(fetch, plan, properties: .init(), from: log, upstream: upstream)
                } catch {
                    peer.session.refuse(fetch.requestID, error)
                }
            }
            network.run(milliseconds: 500)
            var parameters = MessageParameters()
            parameters.groupOrder = order
            _ = try client.peer.session.fetch(
                .standalone(track: FetchPipeTests.track, start: .zero, endGroup: 2, endObject: nil),
                parameters: parameters)
            client.peer.pump()
            network.run(milliseconds: 500)
            try #require(server.pipes.count == 1)
        }

        func receive(_ events: FetchPipe.Event...) {
            for event in events { server.pipes.last?.receive(event) }
            server.peer.pipesChanged()
            server.peer.pump()
            network.run(milliseconds: 500)
        }

        static func object(_ group: UInt64, _ object: UInt64, byteCount: UInt64) -> FetchPipe.Event {
            .item(
                .object(
                    FetchObjectHeader(
                        location: Location(group: group, object: object), subgroup: 0, priority: 9,
                        payloadByteCount: byteCount)))
        }
        static func bytes(_ bytes: UInt8...) -> FetchPipe.Event { .item(.payload(Payload(bytes))) }
        static let ok = FetchPipe.Event.accepted(FetchOK(endOfTrack: true, endGroup: 1, endObject: 4))
    }

    @Test("objects pass as their bytes come, and FETCH_OK is upstream's", arguments: drafts)
    func passes(draft: Draft) throws {
        let scene = try Scene(draft)
        #expect(scene.client.fetchLog.isEmpty)
        scene.receive(Scene.ok, Scene.object(0, 3, byteCount: 3), Scene.bytes(1))
        #expect(scene.client.fetchLog == ["ok 1.4 end"])
        scene.receive(Scene.bytes(2, 3), Scene.object(1, 4, byteCount: 0), .ended(.finished))
        #expect(scene.client.fetchLog == ["ok 1.4 end", "finished"])
        #expect(scene.client.objects[Location(group: 0, object: 3)] == [1, 2, 3])
        #expect(scene.client.order == [Location(group: 0, object: 3), Location(group: 1, object: 4)])
    }

    // Rules: 19-2.5.1-8
    @Test(
        "what breaks off behind data that was passed on is reset, whatever upstream says", arguments: drafts)
    func breaksOff(draft: Draft) throws {
        let endings: [FetchPipe.Event] = [
            .ended(.reset(.internalError)), .refused(RequestFailure(.unsupportedExtension)),
        ]
        for ending in endings {
            let scene = try Scene(draft)
            scene.receive(Scene.ok, Scene.object(0, 0, byteCount: 1), Scene.bytes(1), ending)
            #expect(scene.client.fetchLog == ["ok 1.4 end", "reset"])
        }
        // The same behind what the log had.
        let descending = try Scene(draft, .gaps, order: .descending)
        descending.receive(.refused(RequestFailure(.unsupportedExtension)))
        #expect(descending.client.fetchLog == ["ok 2.0", "reset"])
        // Inside an object even a clean end is none.
        let scene = try Scene(draft)
        scene.receive(Scene.ok, Scene.object(0, 0, byteCount: 2), Scene.bytes(1), .ended(.finished))
        #expect(scene.client.fetchLog == ["ok 1.4 end", "reset"])
    }

    @Test(
        "what upstream refuses is refused with the same meaning, before anything was said", arguments: drafts)
    func refused(draft: Draft) throws {
        let scene = try Scene(draft)
        scene.receive(.refused(RequestFailure(.invalidRange)))
        #expect(scene.client.fetchLog == ["refused invalidRange"])
    }

    @Test(
        "a range that upstream does not know is marked, or breaks off where there is no word for it",
        arguments: drafts)
    func unknownGap(draft: Draft) throws {
        let scene = try Scene(draft)
        let end = Location(group: 1, object: 2)
        scene.receive(
            Scene.ok, Scene.object(0, 0, byteCount: 0), .item(.gap(.unknown, through: end)), .ended(.finished)
        )
        let hasMarkers = !draft.rules.fetchObjects.hasStatus
        #expect(
            scene.client.fetchLog == ["ok 1.4 end"] + (hasMarkers ? ["unknown 1", "finished"] : ["reset"]))
    }

    @Test("what nobody has beside what the log has is unknown, or the FETCH is refused", arguments: drafts)
    func partlyRefused(draft: Draft) throws {
        let scene = try Scene(draft, .gaps)
        #expect(scene.server.pipes.first?.range.end == Location(group: 1, object: .max))
        scene.receive(.refused(RequestFailure(.doesNotExist)))
        if draft.rules.fetchObjects.hasStatus {
            #expect(scene.client.fetchLog == ["refused unknownStatusInRange"])
        } else {
            #expect(scene.client.fetchLog == ["ok 2.0", "unknown 1", "finished"])
            #expect(scene.client.order == [Location(group: 2, object: 0)])
        }
    }

    @Test("an object outside of what was asked for is not passed on", arguments: drafts)
    func outside(draft: Draft) throws {
        let scene = try Scene(draft)
        scene.receive(Scene.ok, Scene.object(3, 0, byteCount: 0), .ended(.finished))
        #expect(scene.client.fetchLog == ["ok 1.4 end", "reset"])
        #expect(scene.client.order.isEmpty)
    }
}
