import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("A SUBSCRIBE before its publisher (draft-18 section 10.2.6, RENDEZVOUS_TIMEOUT)")
struct RelayRendezvousTests {
    let track = FullTrackName("live/cam/video")

    @Test("without a rendezvous time it is refused at once", arguments: [nil, 0])
    func refused(rendezvous: UInt64?) {
        let house = RelayHarness()
        house.subscribe(house.open(), track, rendezvous: rendezvous)
        #expect(house.refusals == [.doesNotExist])
        #expect(house.relay.nextDeadline == nil && house.relay.trackCount == 0)
    }

    @Test("with one it waits, and then fails with TIMEOUT")
    func timeout() {
        let house = RelayHarness()
        let a = house.open()
        house.subscribe(a, track, rendezvous: 500)
        #expect(house.actions.isEmpty)
        #expect(house.relay.nextDeadline == house.now.advanced(byMilliseconds: 500))
        house.advance(milliseconds: 499)
        #expect(house.actions.isEmpty)
        house.advance(milliseconds: 1)
        #expect(house.refusals == [.timeout])
        #expect(house.relay.trackCount == 0)
    }

    @Test("the relay bounds the time")
    func bounded() {
        let house = RelayHarness { $0.rendezvousTimeout = 1_000 }
        house.subscribe(house.open(), track, rendezvous: .max)
        house.advance(milliseconds: 1_000)
        #expect(house.refusals == [.timeout])
    }

    @Test("a PUBLISH satisfies it, and is not also forwarded to that subscriber")
    func publishSatisfies() {
        let house = RelayHarness()
        let (a, other, publisher) = (house.open(), house.open(), house.open())
        house.want(a, .tracks, "live")
        house.want(other, .tracks, "live")
        house.subscribe(a, track, rendezvous: 500)
        house.publish(publisher, track)
        #expect(house.attached == [a])
        #expect(house.pushed == [other])
        #expect(house.relay.nextDeadline == nil)
    }

    @Test("a PUBLISH_NAMESPACE satisfies it once the publisher answers")
    func namespaceSatisfies() throws {
        let house = RelayHarness()
        let (a, publisher) = (house.open(), house.open())
        house.subscribe(a, track, rendezvous: 500)
        house.publishNamespace(publisher, "live")
        let asked = try #require(house.asked.first)
        house.advance(milliseconds: 600)
        #expect(house.refusals.isEmpty, "a publisher appeared in time: its answer decides")
        house.accept(publisher, asked.track)
        #expect(house.attached == [a])
    }

    @Test("a publisher of another namespace does not")
    func otherNamespace() {
        let house = RelayHarness()
        let (a, publisher) = (house.open(), house.open())
        house.subscribe(a, track, rendezvous: 500)
        house.publishNamespace(publisher, "live", "cam2")
        #expect(house.asked.isEmpty)
    }

    @Test("a publisher that comes and vanishes leaves it waiting")
    func publisherVanishes() throws {
        let house = RelayHarness()
        let (a, publisher) = (house.open(), house.open())
        house.subscribe(a, track, rendezvous: 500)
        house.publishNamespace(publisher, "live")
        #expect(house.asked.count == 1)
        house.send(.sessionClosed(publisher))
        #expect(house.refusals.isEmpty)
        house.publish(house.open(), track)
        #expect(house.attached == [a])
    }

    @Test("the error of the publisher that came is passed on")
    func publisherRefuses() throws {
        let house = RelayHarness()
        let (a, publisher) = (house.open(), house.open())
        house.subscribe(a, track, rendezvous: 500)
        house.publishNamespace(publisher, "live")
        let asked = try #require(house.asked.first)
        house.send(.upstreamRefused(publisher, asked.track, RequestFailure(.unauthorized)))
        #expect(house.refusals == [.unauthorized])
        #expect(house.relay.nextDeadline == nil)
    }

    @Test("held requests are bounded")
    func limit() {
        let house = RelayHarness { $0.heldRequests = 2 }
        let a = house.open()
        for name in ["x/1", "x/2"] {
            house.subscribe(a, FullTrackName(name), rendezvous: 500)
            #expect(house.refusals.isEmpty)
        }
        house.subscribe(a, FullTrackName("x/3"), rendezvous: 500)
        #expect(house.refusals == [.excessiveLoad])
        house.advance(milliseconds: 500)
        #expect(house.refusals == [.timeout, .timeout])
        house.subscribe(a, FullTrackName("x/3"), rendezvous: 500)
        #expect(house.refusals.isEmpty, "the places are free again")
    }

    @Test("a cancelled one is forgotten")
    func cancelled() {
        let house = RelayHarness()
        let a = house.open()
        let request = house.subscribe(a, track, rendezvous: 500)
        house.send(.subscriptionCancelled(a, .requested(request)))
        #expect(house.actions.isEmpty && house.relay.trackCount == 0 && house.relay.nextDeadline == nil)
    }
}
