import MOQTModel
import Testing

@testable import RelayCore

@Suite("Publishers come and go under a track (draft-18 sections 9.3 and 9.5)")
struct RelayTakeoverTests {
    let track = FullTrackName("live/cam/video")

    @Test("another publisher of the namespace goes on when the first one closes")
    func failover() throws {
        let house = RelayHarness()
        let (standby, publisher, a) = (house.open(), house.open(shard: 1), house.open())
        house.publishNamespace(standby, "live")
        let (id, _) = try house.establish(track, publisher: publisher, subscriber: a)
        house.accept(standby, id)
        house.send(.sessionClosed(publisher))
        #expect(house.asked.isEmpty && house.ended.isEmpty, "the same track: subscribers notice nothing")
        #expect(house.relay.nextDeadline == nil)
        house.send(.sessionClosed(standby))
        #expect(house.ended.isEmpty, "there is the grace time")
    }

    @Test("who refused before another one said yes is asked again when that one is gone")
    func askedAgain() throws {
        let house = RelayHarness()
        let (standby, publisher, a) = (house.open(), house.open(), house.open())
        house.publishNamespace(standby, "live")
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track)
        let id = try #require(house.asked.first).track
        house.send(.upstreamRefused(standby, id, RequestFailure(.doesNotExist)))
        house.accept(publisher, id)
        house.send(.sessionClosed(publisher))
        #expect(house.asked.map(\.session) == [standby])
    }

    @Test("subscribers are kept for the grace time, and a new publisher takes over")
    func grace() throws {
        let house = RelayHarness { $0.takeoverGrace = 5_000 }
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, track)
        house.subscribe(a, track)
        house.send(.sessionClosed(publisher))
        #expect(house.ended.isEmpty)
        house.advance(milliseconds: 4_999)
        let id = try #require(house.relay.trackIDs[track])
        house.publish(house.open(), track)
        #expect(house.relay.trackIDs[track] == id)
        house.advance(milliseconds: 60_000)
        #expect(house.ended.isEmpty)
    }

    @Test("after the grace time they are ended")
    func graceExpires() throws {
        let house = RelayHarness { $0.takeoverGrace = 5_000 }
        let (publisher, a) = (house.open(), house.open())
        let (_, request) = try house.establish(track, publisher: publisher, subscriber: a)
        house.send(.sessionClosed(publisher))
        house.advance(milliseconds: 5_000)
        #expect(house.ended.map(\.status) == [.internalError])
        house.send(.deliveryEnded(a, .requested(request)))
        #expect(house.relay.trackCount == 0)
    }

    @Test("a request that comes during the grace time is held or refused like any other")
    func requestsDuringGrace() throws {
        let house = RelayHarness { $0.takeoverGrace = 5_000 }
        let (publisher, a, b, c) = (house.open(), house.open(), house.open(), house.open())
        house.publish(publisher, track)
        house.subscribe(a, track)
        house.send(.sessionClosed(publisher))
        house.subscribe(b, track)
        #expect(house.refusals == [.doesNotExist])
        house.subscribe(c, track, rendezvous: 20_000)
        house.advance(milliseconds: 5_000)
        #expect(house.ended.map(\.session) == [a])
        #expect(house.refusals.isEmpty, "who waits for a publisher goes on waiting")
        house.publish(house.open(), track)
        #expect(house.attached == [c])
    }

    @Test("GOING_AWAY counts as a loss that may heal, other ends do not")
    func statuses() {
        for (status, kept) in [
            (PublishDoneStatus.goingAway, true), (.unauthorized, false), (.expired, false),
            (.internalError, false),
        ] {
            let house = RelayHarness()
            let (publisher, a) = (house.open(), house.open())
            let request = house.publish(publisher, track)
            house.subscribe(a, track)
            house.send(.publishEnded(publisher, request, PublishDone(status: status, streamCount: 1)))
            #expect(house.ended.map(\.status) == (kept ? [] : [status]))
            house.advance(milliseconds: 5_000)
            #expect(house.ended.map(\.status) == (kept ? [status] : []))
        }
    }

    @Test("an upstream that ends its subscription is not asked again at once")
    func noPingPong() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        let (id, _) = try house.establish(track, publisher: publisher, subscriber: a)
        house.send(.upstreamDone(publisher, id, PublishDone(status: .expired, streamCount: 0)))
        #expect(house.asked.isEmpty)
        #expect(house.ended.map(\.status) == [.expired])
    }

    @Test("a newer publisher of the namespace is subscribed to before the older one leaves")
    func makeBeforeBreak() throws {
        let house = RelayHarness()
        let (old, new, newer, a) = (house.open(), house.open(), house.open(), house.open())
        let (id, _) = try house.establish(track, publisher: old, subscriber: a)
        house.publishNamespace(new, "live")
        #expect(house.asked.map(\.session) == [new])
        house.accept(new, id)
        #expect(house.left.isEmpty)
        house.publishNamespace(newer, "live")
        #expect(house.asked.map(\.session) == [newer])
        house.accept(newer, id)
        #expect(house.left.isEmpty, "older subscriptions stay")
        house.send(.sessionClosed(new))
        house.send(.sessionClosed(newer))
        #expect(house.asked.isEmpty && house.ended.isEmpty)
    }

    @Test("with the limit at one, a track never has two upstream subscriptions")
    func strictlyOne() throws {
        let house = RelayHarness { $0.sourcesPerTrack = 1 }
        let (old, new, a) = (house.open(), house.open(), house.open())
        let (id, _) = try house.establish(track, publisher: old, subscriber: a)
        house.publishNamespace(new, "live")
        #expect(house.asked.isEmpty)
        house.send(.sessionClosed(old))
        #expect(house.asked.map(\.session) == [new])
        house.accept(new, id)
        #expect(house.relay.nextDeadline == nil)
    }

    @Test("a session that sent GOAWAY is asked for nothing new")
    func goAway() throws {
        let house = RelayHarness()
        let (old, leaving, a) = (house.open(), house.open(), house.open())
        house.publishNamespace(old, "live")
        house.publishNamespace(leaving, "live")
        house.send(.goAwayReceived(leaving))
        house.subscribe(a, track)
        #expect(house.asked.map(\.session) == [old])
    }

    @Test("TRACK_ENDED while a successor is being asked waits for its answer")
    func endDuringSwitchover() throws {
        let house = RelayHarness()
        let (old, new, a) = (house.open(), house.open(), house.open())
        let (id, _) = try house.establish(track, publisher: old, subscriber: a)
        house.publishNamespace(new, "live")
        house.send(.upstreamDone(old, id, PublishDone(status: .trackEnded, streamCount: 3)))
        #expect(house.ended.isEmpty)
        house.send(.upstreamRefused(new, id, RequestFailure(.doesNotExist)))
        #expect(house.ended.map(\.status) == [.trackEnded])
    }

    @Test("TRACK_ENDED does not wait for publishers that were asked at the same time and have not answered")
    func endBesideGhosts() throws {
        let house = RelayHarness()
        let (ghost, live, a) = (house.open(), house.open(), house.open())
        house.publishNamespace(ghost, "live")
        let (id, _) = try house.establish(track, publisher: live, subscriber: a)
        house.send(.upstreamDone(live, id, PublishDone(status: .trackEnded, streamCount: 3)))
        #expect(house.ended.map(\.status) == [.trackEnded])
        #expect(house.left == [ghost])
    }

    @Test("a track that nobody subscribes to goes with its last publisher")
    func idle() {
        let house = RelayHarness()
        let (one, two) = (house.open(), house.open())
        let request = house.publish(one, track)
        house.publish(two, track)
        house.send(.publishEnded(one, request, nil))
        #expect(house.relay.trackCount == 1)
        house.send(.sessionClosed(two))
        #expect(house.relay.trackCount == 0)
    }
}
