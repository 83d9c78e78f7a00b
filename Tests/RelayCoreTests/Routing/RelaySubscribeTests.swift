import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("SUBSCRIBE is routed and aggregated (draft-18 section 9.4)")
struct RelaySubscribeTests {
    let track = FullTrackName("live/cam/video")

    @Test("one upstream subscription per track, however many subscribers")
    func aggregation() throws {
        let house = RelayHarness()
        let publisher = house.open()
        house.publishNamespace(publisher, "live")
        let first = house.open()
        house.subscribe(first, track)
        let asked = try #require(house.asked.first)
        #expect(asked.session == publisher)
        #expect(house.attached.isEmpty, "SUBSCRIBE_OK waits for the upstream's")
        let second = house.open()
        house.subscribe(second, track)
        #expect(house.asked.isEmpty)
        house.accept(publisher, asked.track)
        #expect(house.attached == [first, second])
        let third = house.open()
        house.subscribe(third, track)
        #expect(house.attached == [third])
        #expect(house.asked.isEmpty)
    }

    @Test("the upstream subscription ends when the last subscriber leaves")
    func lastLeaves() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        let (id, first) = try house.establish(track, publisher: publisher, subscriber: a)
        let second = house.subscribe(b, track)
        house.send(.subscriptionCancelled(a, .requested(first)))
        #expect(house.left.isEmpty)
        house.send(.subscriptionCancelled(b, .requested(second)))
        #expect(house.left == [publisher])
        #expect(house.count { if case .closeTrack(_, let closed) = $0 { closed == id } else { false } } == 1)
        #expect(house.relay.trackCount == 0)
    }

    @Test("a linger keeps the upstream subscription for the next subscriber")
    func linger() throws {
        let house = RelayHarness { $0.linger = 1_000 }
        let (publisher, a) = (house.open(), house.open())
        let (_, first) = try house.establish(track, publisher: publisher, subscriber: a)
        house.send(.subscriptionCancelled(a, .requested(first)))
        house.advance(milliseconds: 999)
        #expect(house.left.isEmpty)
        let second = house.subscribe(a, track)
        #expect(house.attached == [a] && house.asked.isEmpty)
        house.advance(milliseconds: 5_000)
        #expect(house.left.isEmpty, "a subscriber stops the clock")
        house.send(.subscriptionCancelled(a, .requested(second)))
        house.advance(milliseconds: 1_000)
        #expect(house.left == [publisher])
    }

    @Test("the upstream's error is passed on")
    func refusal() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track)
        let asked = try #require(house.asked.first)
        house.send(.upstreamRefused(publisher, asked.track, RequestFailure(.unauthorized, "no")))
        #expect(house.refusals == [.unauthorized])
        #expect(house.relay.trackCount == 0)
    }

    @Test("a subscriber refused by one publisher is served by another")
    func nextPublisher() throws {
        let house = RelayHarness()
        let (old, new, a) = (house.open(), house.open(), house.open())
        house.publishNamespace(old, "live")
        house.publishNamespace(new, "live")
        house.subscribe(a, track)
        let id = try #require(house.asked.first).track
        house.send(.upstreamRefused(new, id, RequestFailure(.doesNotExist)))
        #expect(house.asked.isEmpty && house.refusals.isEmpty, "the other one has been asked")
        house.accept(old, id)
        #expect(house.attached == [a])
        #expect(house.asked.isEmpty, "who refused is not asked again")
    }

    @Test("publishers that do not answer hold up nobody whom another one serves")
    func silentPublisher() throws {
        let house = RelayHarness { $0.upstreamAnswerTimeout = 2_000 }
        let (ghost, live, a, b) = (house.open(), house.open(), house.open(), house.open())
        house.publishNamespace(ghost, "live")
        house.publishNamespace(live, "live")
        house.subscribe(a, track)
        house.accept(live, try #require(house.asked.first).track)
        #expect(house.attached == [a])
        house.subscribe(b, track)
        #expect(house.attached == [b])
        house.advance(milliseconds: 2_000)
        #expect(house.left == [ghost])
        #expect(house.ended.isEmpty && house.refusals.isEmpty)
    }

    @Test("who waits is refused when all have refused or not answered, with what one of them said")
    func allFailed() throws {
        let house = RelayHarness { $0.upstreamAnswerTimeout = 2_000 }
        let (ghost, other, a) = (house.open(), house.open(), house.open())
        house.publishNamespace(ghost, "live")
        house.subscribe(a, track)
        house.advance(milliseconds: 2_000)
        #expect(house.left == [ghost])
        #expect(house.refusals == [.timeout])
        house.publishNamespace(other, "live")
        house.subscribe(a, track)
        #expect(Set(house.asked.map(\.session)) == [ghost, other])
        house.send(
            .upstreamRefused(other, try #require(house.asked.first).track, RequestFailure(.unauthorized)))
        #expect(house.refusals.isEmpty)
        house.advance(milliseconds: 2_000)
        #expect(house.refusals == [.unauthorized])
        #expect(house.relay.trackCount == 0)
    }

    // Rules: 19-9.5-4, 19-9.5-8
    @Test("every publisher of the namespace or a prefix is asked, field by field (draft-19 section 9.5)")
    func everyPublisher() throws {
        let house = RelayHarness()
        let (long, short, other, a) = (house.open(), house.open(), house.open(), house.open())
        let (leaving, twice) = (house.open(), house.open())
        house.publishNamespace(long, "live", "cam")
        house.publishNamespace(short, "live")
        house.publishNamespace(other, "live", "ca")
        house.publishNamespace(leaving, "live")
        house.publishNamespace(twice, "live")
        house.publishNamespace(twice, "live", "cam")
        house.send(.goAwayReceived(leaving))
        house.subscribe(a, track)
        #expect(
            house.asked.map(\.session) == [twice, short, long],
            "(live, ca) is no prefix of (live, cam), and nobody is asked twice")
        let id = house.asked[0].track
        house.accept(short, id)
        #expect(house.attached == [a])
        house.accept(long, id)
        #expect(house.left.isEmpty && house.attached.isEmpty)
        house.send(.upstreamDone(short, id, PublishDone(status: .trackEnded, streamCount: 0)))
        house.send(.upstreamDone(twice, id, nil))
        #expect(house.ended.isEmpty, "one of them goes on")
        house.send(.upstreamDone(long, id, PublishDone(status: .trackEnded, streamCount: 0)))
        #expect(house.ended.map(\.status) == [.trackEnded])
    }

    @Test("of more publishers than may feed a track the newest are asked, the others as places become free")
    func tooManyPublishers() throws {
        let house = RelayHarness { $0.sourcesPerTrack = 2 }
        let sessions = (0..<4).map { _ in house.open() }
        for session in sessions { house.publishNamespace(session, "live") }
        let a = house.open()
        house.subscribe(a, track)
        #expect(house.asked.map(\.session) == [sessions[3], sessions[2]])
        let id = house.asked[0].track
        house.send(.upstreamRefused(sessions[3], id, RequestFailure(.doesNotExist)))
        #expect(house.asked.map(\.session) == [sessions[1]])
        house.accept(sessions[1], id)
        let newcomer = house.open()
        house.publishNamespace(newcomer, "live")
        #expect(house.left == [sessions[2]], "it has not answered")
        #expect(house.asked.map(\.session) == [newcomer])
        house.accept(newcomer, id)
        house.publishNamespace(house.open(), "live")
        #expect(house.asked.isEmpty && house.left.isEmpty, "who feeds the track stays")
    }

    @Test("a track that came by PUBLISH is asked for at its namespace, once somebody subscribes")
    func besidePublish() throws {
        let house = RelayHarness()
        let (pushing, serving, a) = (house.open(), house.open(), house.open())
        house.publishNamespace(serving, "live")
        house.publish(pushing, track)
        #expect(house.asked.isEmpty)
        house.subscribe(a, track)
        #expect(house.attached == [a])
        #expect(house.asked.map(\.session) == [serving])
    }

    @Test("a track is known by exactly its name")
    func exactName() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, FullTrackName("live/cam/audio"))
        house.subscribe(a, track)
        #expect(house.refusals == [.doesNotExist], "PUBLISH does not imply PUBLISH_NAMESPACE")
        house.subscribe(a, FullTrackName("live/cam/audio"))
        #expect(house.attached == [a])
    }

    @Test("a session is asked for what it subscribes to only when nobody else publishes it")
    func ownTracks() throws {
        let house = RelayHarness()
        let (both, other) = (house.open(), house.open())
        house.publishNamespace(both, "live", "cam")
        house.subscribe(both, track)
        #expect(house.asked.map(\.session) == [both])
        house.accept(both, house.asked[0].track)
        #expect(house.attached == [both])
        house.send(.sessionClosed(both))

        let again = house.open()
        house.publishNamespace(other, "live")
        house.publishNamespace(again, "live", "cam")
        house.subscribe(again, track)
        #expect(house.asked.map(\.session) == [other])
    }

    @Test(
        "a second subscription of one session is refused, unless its draft allows it (draft-18 section 5.1)")
    func duplicates() throws {
        let house = RelayHarness()
        let (publisher, strict, free) = (house.open(), house.open(), house.open(repeats: true))
        house.publish(publisher, track)
        house.subscribe(strict, track)
        house.subscribe(strict, track)
        #expect(house.refusals == [.duplicateSubscription])
        house.subscribe(free, track)
        house.subscribe(free, track)
        #expect(house.attached == [free])
    }

    @Test("reserved namespaces do not exist (draft-18 section 3.2.1)", arguments: [".", ".session", ".x"])
    func reserved(field: String) throws {
        let house = RelayHarness()
        let a = house.open()
        house.subscribe(a, FullTrackName("\(field)/t"))
        #expect(house.refusals == [.doesNotExist])
        house.publish(a, FullTrackName("\(field)/t"))
        #expect(house.refusals == [.doesNotExist])
        house.publishNamespace(a, field)
        #expect(house.refusals == [.doesNotExist])
        house.want(a, .both, field)
        #expect(house.refusals == [.doesNotExist])
    }

    @Test("REQUEST_UPDATE goes to the cursor, or to the request that still waits")
    func updates() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        let request = house.subscribe(a, track)
        let id = try #require(house.asked.first).track
        var update = RequestUpdate(requestID: house.request())
        update.parameters.forward = false
        house.send(.subscriptionUpdated(a, .requested(request), update))
        #expect(house.count { if case .acceptUpdate = $0 { true } else { false } } == 1)
        house.accept(publisher, id)
        #expect(
            house.count {
                if case .attachSubscriber(_, _, _, let request, _, _) = $0 {
                    request.parameters.forward == false
                } else {
                    false
                }
            } == 1)
        house.send(.subscriptionUpdated(a, .requested(request), update))
        #expect(house.count { if case .updateSubscriber = $0 { true } else { false } } == 1)
    }

    @Test(
        "Who asked before the track was there begins behind the publisher's largest object, who comes later behind the log's (section 5.1.2)"
    )
    func subscriptionBase() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track)
        let id = try #require(house.asked.first).track
        var ok = SubscribeOK(alias: TrackAlias(1))
        ok.parameters.largestObject = Location(group: 7, object: 3)
        var actions = house.send(.upstreamAccepted(publisher, id, ok))
        house.subscribe(b, track)
        actions += house.actions
        let bases = actions.compactMap { action -> SubscriptionBase? in
            if case .attachSubscriber(_, _, _, _, let base, _) = action { base } else { nil }
        }
        #expect(bases == [.publisher(Location(group: 7, object: 3)), .log])
    }

    @Test(
        "NEW_GROUP_REQUEST goes up with the relay's own SUBSCRIBE, and counts as outstanding (section 10.2.18)"
    )
    func newGroupWithSubscribe() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track) { $0.newGroupRequest = 5 }
        let asked = house.actions.compactMap { action -> MessageParameters? in
            if case .subscribeUpstream(_, _, _, _, let parameters) = action { parameters } else { nil }
        }
        #expect(asked.map(\.newGroupRequest) == [5])
        let id = try #require(house.asked.first).track
        var ok = SubscribeOK(alias: TrackAlias(1))
        ok.properties.dynamicGroups = true
        ok.parameters.largestObject = Location(group: 3, object: 0)
        house.send(.upstreamAccepted(publisher, id, ok))
        house.send(.newGroupRequested(id, 5, largestGroup: 3))
        #expect(house.upstreamUpdates.isEmpty)
        house.subscribe(b, track) { $0.newGroupRequest = 6 }
        house.send(.newGroupRequested(id, 6, largestGroup: 3))
        #expect(house.upstreamUpdates.map(\.newGroupRequest) == [6])
    }

    @Test(
        "NEW_GROUP_REQUEST passes once until the largest group grows, only beyond it, only with dynamic groups"
    )
    func newGroups() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, track) { $0.dynamicGroups = true }
        house.subscribe(a, track)
        let id = try #require(house.tracks.first)
        func passed(_ value: UInt64, _ largest: UInt64?) -> [UInt64?] {
            house.send(.newGroupRequested(id, value, largestGroup: largest))
            return house.upstreamUpdates.map(\.newGroupRequest)
        }
        #expect(passed(5, 4) == [5])
        #expect(passed(5, 4) == [])
        #expect(passed(0, 4) == [], "5 is outstanding and says more")
        #expect(passed(6, 4) == [6])
        #expect(passed(4, 4) == [], "the group has begun")
        #expect(passed(6, 5) == [6], "the largest group has grown")
        #expect(passed(0, 6) == [0])
        #expect(passed(0, 6) == [])
        let (quiet, b) = (house.open(), house.open())
        house.publish(quiet, FullTrackName("live/x"))
        house.subscribe(b, FullTrackName("live/x"))
        house.send(.newGroupRequested(try #require(house.tracks.last), 5, largestGroup: nil))
        #expect(house.upstreamUpdates.isEmpty)
    }

    @Test("FETCH and TRACK_STATUS are refused where they are not served")
    func notSupported() throws {
        let house = RelayHarness()
        let a = house.open()
        house.send(.trackStatusReceived(a, Subscribe(requestID: house.request(), track: track)))
        #expect(house.refusals == [.notSupported])
        let range = Fetch.Range.standalone(track: track, start: .zero, endGroup: 1, endObject: nil)
        house.send(.fetchReceived(a, Fetch(requestID: house.request(), range: range)))
        #expect(house.refusals == [.notSupported])
    }

    @Test("TRACK_STATUS is answered like a SUBSCRIBE that leaves at once (section 10.14)")
    func trackStatus() throws {
        let house = RelayHarness { $0.answersTrackStatus = true }
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.send(.trackStatusReceived(a, Subscribe(requestID: house.request(), track: track)))
        let id = try #require(house.asked.first).track
        house.accept(publisher, id)
        #expect(house.count { if case .answerTrackStatus = $0 { true } else { false } } == 1)
        #expect(house.left == [publisher])
        #expect(house.relay.trackCount == 0)
        house.send(
            .trackStatusReceived(a, Subscribe(requestID: house.request(), track: FullTrackName("x/t"))))
        #expect(house.refusals == [.doesNotExist])
    }

    @Test("FETCH is served from a known track, by name or by subscription")
    func fetch() throws {
        let house = RelayHarness { $0.servesFetch = true }
        let (publisher, a) = (house.open(), house.open())
        let range = Fetch.Range.standalone(track: track, start: .zero, endGroup: 1, endObject: nil)
        func served() -> Int { house.count { if case .serveFetch = $0 { true } else { false } } }
        house.send(.fetchReceived(a, Fetch(requestID: house.request(), range: range)))
        #expect(house.refusals == [.doesNotExist])
        house.publish(publisher, track)
        house.send(.fetchReceived(a, Fetch(requestID: house.request(), range: range)))
        #expect(served() == 1)
        let request = house.subscribe(a, track)
        let joining = Fetch.Range.relativeJoining(request, groupCount: 1)
        house.send(.fetchReceived(a, Fetch(requestID: house.request(), range: joining)))
        #expect(served() == 1)
        let astray = Fetch.Range.relativeJoining(RequestID(99_999), groupCount: 1)
        house.send(.fetchReceived(a, Fetch(requestID: house.request(), range: astray)))
        #expect(house.refusals == [.invalidJoiningRequestID])
    }
}
