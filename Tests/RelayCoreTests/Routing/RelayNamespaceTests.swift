import MOQTModel
import Testing

@testable import RelayCore

@Suite("Namespace discovery (draft-18 section 6)")
struct RelayNamespaceTests {
    @Test("SUBSCRIBE_NAMESPACE is accepted, then told what exists, then what comes and goes")
    func discovery() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live", "one")
        house.publishNamespace(publisher, "other")
        house.want(a, .namespaces, "live")
        #expect(house.accepted == 1 && house.announced == ["one"])
        let request = house.publishNamespace(publisher, "live", "two", "x")
        #expect(house.announced == ["two-x"])
        house.send(.publishNamespaceEnded(publisher, request))
        #expect(house.withdrawn == ["two-x"])
        house.send(.sessionClosed(publisher))
        #expect(house.withdrawn == ["one"])
    }

    @Test("the prefix itself is announced with an empty suffix, everything with the empty prefix")
    func edges() {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.want(a, .namespaces, "live")
        #expect(house.announced == [""])
        house.want(b, .both)
        #expect(house.announced == ["live"])
    }

    @Test("a subscriber sees the namespaces that it published itself (section 6.1)")
    func ownNamespaces() {
        let house = RelayHarness()
        let a = house.open()
        house.want(a, .namespaces, "live")
        house.publishNamespace(a, "live", "mine")
        #expect(house.announced == ["mine"])
    }

    @Test("several publishers of one namespace are accepted: announced once, withdrawn with the last")
    func severalPublishers() {
        let house = RelayHarness()
        let (one, two, a) = (house.open(), house.open(), house.open())
        house.want(a, .namespaces)
        house.publishNamespace(one, "live")
        house.publishNamespace(two, "live")
        #expect(house.accepted == 1 && house.announced.isEmpty)
        house.send(.sessionClosed(one))
        #expect(house.withdrawn.isEmpty)
        house.send(.sessionClosed(two))
        #expect(house.withdrawn == ["live"])
    }

    @Test("SUBSCRIBE_TRACKS is told no names, SUBSCRIBE_NAMESPACE is sent no tracks")
    func interests() {
        let house = RelayHarness()
        let (publisher, names, tracks) = (house.open(), house.open(), house.open())
        house.want(names, .namespaces, "live")
        house.want(tracks, .tracks, "live")
        house.publishNamespace(publisher, "live")
        #expect(house.announced.count == 1)
        house.publish(publisher, FullTrackName("live/t"))
        #expect(house.pushed == [tracks])
    }

    @Test("PUBLISH announces no namespace")
    func publishIsNoNamespace() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.want(a, .namespaces)
        house.publish(publisher, FullTrackName("live/t"))
        #expect(house.announced.isEmpty)
    }

    @Test("overlapping prefixes of one type in one session are refused (sections 10.17 and 10.18)")
    func overlap() {
        let house = RelayHarness()
        let (a, b) = (house.open(), house.open())
        let first = house.want(a, .namespaces, "live", "cam")
        for overlapping in [[], ["live"], ["live", "cam"], ["live", "cam", "one"]] {
            let prefix = TrackNamespace(overlapping.map { Array($0.utf8) })
            house.send(
                .subscribeNamespaceReceived(
                    a,
                    SubscribeNamespace(requestID: house.request(), prefix: prefix, interest: .namespaces)))
            #expect(house.refusals == [.prefixOverlap])
        }
        house.want(a, .both, "live")
        #expect(house.refusals == [.prefixOverlap])
        house.want(a, .tracks, "live")
        house.want(a, .namespaces, "live", "camera")
        house.want(b, .namespaces, "live")
        #expect(house.refusals.isEmpty, "the types are independent, and so are sessions")
        house.send(.subscribeNamespaceEnded(a, first))
        house.want(a, .namespaces, "live", "cam")
        #expect(house.refusals.isEmpty)
    }

    @Test("a cancelled request hears nothing more")
    func cancelled() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        let request = house.want(a, .both, "live")
        house.send(.subscribeNamespaceEnded(a, request))
        house.publishNamespace(publisher, "live")
        house.publish(publisher, FullTrackName("live/t"))
        #expect(house.announced.isEmpty && house.pushed.isEmpty)
    }

    @Test("an updated prefix is answered between the old names and the new (section 10.9.2)")
    func update() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live", "one")
        house.publishNamespace(publisher, "vod", "two")
        let request = house.want(a, .namespaces, "live")
        var update = RequestUpdate(requestID: house.request())
        update.parameters.namespacePrefix = TrackNamespace("vod")
        house.send(.subscribeNamespaceUpdated(a, request, update))
        #expect(house.withdrawn == ["one"] && house.announced == ["two"])
        #expect(house.actions.count == 3)
        house.publishNamespace(publisher, "live", "three")
        #expect(house.announced.isEmpty)
    }

    @Test("an update to a prefix that overlaps another one ends the request (section 10.9.1)")
    func refusedUpdate() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        let request = house.want(a, .namespaces, "live")
        house.want(a, .namespaces, "vod")
        var update = RequestUpdate(requestID: house.request())
        update.parameters.namespacePrefix = TrackNamespace("vod", "x")
        house.send(.subscribeNamespaceUpdated(a, request, update))
        #expect(house.refusals == [.prefixOverlap])
        house.publishNamespace(publisher, "live", "one")
        #expect(house.announced.isEmpty)
    }

    @Test("withdrawing a namespace leaves subscriptions alone and takes no new ones")
    func withdrawal() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        let request = house.publishNamespace(publisher, "live")
        house.subscribe(a, FullTrackName("live/t"))
        let asked = try #require(house.asked.first)
        house.accept(publisher, asked.track)
        house.send(.publishNamespaceEnded(publisher, request))
        #expect(house.actions.isEmpty)
        house.subscribe(b, FullTrackName("live/u"))
        #expect(house.refusals == [.doesNotExist])
    }
}
