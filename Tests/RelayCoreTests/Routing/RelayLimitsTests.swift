import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Nothing grows past RelayLimits")
struct RelayLimitsTests {
    @Test("namespaces per session and in all")
    func namespaces() {
        let house = RelayHarness {
            $0.namespacesPerSession = 2
            $0.namespaces = 3
        }
        let (a, b) = (house.open(), house.open())
        house.publishNamespace(a, "1")
        house.publishNamespace(a, "2")
        house.publishNamespace(a, "3")
        #expect(house.refusals == [.excessiveLoad])
        house.publishNamespace(b, "3")
        house.publishNamespace(b, "4")
        #expect(house.refusals == [.excessiveLoad])
        #expect(house.relay.publishedNamespaceCount == 3)
        house.send(.sessionClosed(a))
        house.publishNamespace(b, "4")
        #expect(house.refusals.isEmpty)
    }

    @Test("subscriptions, publishes and prefixes per session, tracks in all, sources per track")
    func others() {
        let house = RelayHarness {
            $0.subscriptionsPerSession = 2
            $0.publishesPerSession = 3
            $0.prefixesPerSession = 1
            $0.tracks = 3
            $0.sourcesPerTrack = 2
        }
        let (a, b, c, d) = (house.open(), house.open(), house.open(), house.open())
        for name in ["x/1", "x/2", "x/3"] { house.publish(a, FullTrackName(name)) }
        house.publish(b, FullTrackName("x/4"))
        #expect(house.refusals == [.excessiveLoad], "tracks")
        house.publish(b, FullTrackName("x/1"))
        #expect(house.refusals.isEmpty)
        house.publish(c, FullTrackName("x/1"))
        #expect(house.refusals == [.excessiveLoad], "sources")
        house.publish(a, FullTrackName("x/1"))
        #expect(house.refusals == [.excessiveLoad], "publishes")
        house.subscribe(c, FullTrackName("x/1"))
        house.subscribe(c, FullTrackName("x/2"))
        house.subscribe(c, FullTrackName("x/3"))
        #expect(house.refusals == [.excessiveLoad], "subscriptions")
        house.want(c, .tracks, "x")
        #expect(house.pushed.isEmpty, "a push counts as a subscription")
        #expect(house.count { if case .skipPublish = $0 { true } else { false } } == 1)
        house.want(c, .tracks, "y")
        #expect(house.refusals == [.excessiveLoad], "prefixes")
        house.subscribe(d, FullTrackName("x/9"), rendezvous: 100)
        #expect(house.refusals == [.excessiveLoad], "a track that is waited for counts too")
    }

    @Test("bytes of names")
    func nameBytes() {
        let house = RelayHarness { $0.nameBytes = 10 }
        let a = house.open()
        house.publish(a, FullTrackName("12345/67890"))
        #expect(house.refusals.isEmpty)
        house.publish(a, FullTrackName("1/2"))
        #expect(house.refusals == [.excessiveLoad])
    }

    @Test("sessions: one too many is not served")
    func sessions() {
        let house = RelayHarness { $0.sessions = 1 }
        _ = house.open()
        let second = house.open()
        house.subscribe(second, FullTrackName("x/t"))
        #expect(house.actions.isEmpty && house.relay.sessionCount == 1)
    }

    @Test("inputs of closed sessions and of unknown requests are ignored")
    func strangers() {
        let house = RelayHarness()
        let a = house.open()
        house.send(.sessionClosed(a))
        house.subscribe(a, FullTrackName("x/t"))
        #expect(house.actions.isEmpty)
        let b = house.open()
        let (request, track) = (RequestID(7), TrackID(9))
        for input: RelayInput in [
            .subscriptionCancelled(b, .requested(request)), .deliveryEnded(b, .published(track)),
            .subscribeNamespaceEnded(b, request), .publishNamespaceEnded(b, request),
            .publishEnded(b, request, nil), .upstreamAccepted(b, track, SubscribeOK(alias: TrackAlias(1))),
            .upstreamRefused(b, track, RequestFailure(.timeout)), .upstreamDone(b, track, nil),
            .downstreamPublishAccepted(b, track, MessageParameters()), .trackMalformed(track, .objectDiffers),
            .downstreamPublishRefused(b, track, RequestFailure(.timeout)),
            .subscriptionUpdated(b, .requested(request), RequestUpdate(requestID: request)),
            .subscribeNamespaceUpdated(b, request, RequestUpdate(requestID: request)),
            .sessionClosed(SessionKey(shard: 9, serial: 9)),
        ] {
            house.send(input)
            #expect(house.actions.isEmpty)
        }
    }

    @Test("a backlog of actions refuses new requests")
    func backlog() {
        var limits = RelayLimits()
        limits.pendingActions = 2
        let relay = Relay(limits: limits)
        let a = SessionKey(shard: 0, serial: 1)
        relay.handle(.sessionOpened(a, SessionTraits()), now: .zero)
        for id in 0..<3 as Range<UInt64> {
            let request = PublishNamespace(requestID: RequestID(id), namespace: TrackNamespace("\(id)"))
            relay.handle(.publishNamespaceReceived(a, request), now: .zero)
        }
        var refused = 0
        relay.drainActions { if case .refuse = $0 { refused += 1 } }
        #expect(refused == 1)
    }
}
