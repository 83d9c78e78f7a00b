import Containers
import Glibc
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

    @Test("thousands that wait for one track cost each other nothing, when they come, leave or expire")
    func crowd() {
        var limits = RelayLimits()
        limits.answersTrackStatus = true
        let relay = Relay(limits: limits)
        let now = Instant(nanoseconds: 1_000_000_000)
        let sessionCount: UInt64 = 8
        let each: UInt64 = 1_000
        let start = processorSeconds()
        for serial in 1...sessionCount {
            let key = SessionKey(shard: 0, serial: serial)
            relay.handle(.sessionOpened(key, SessionTraits(mayRepeatSubscriptions: false)), now: now)
            for id in 0..<each {
                var request = Subscribe(requestID: RequestID(2 * id), track: track)
                request.parameters.rendezvousTimeout = 500
                relay.handle(.trackStatusReceived(key, request), now: now)
            }
        }
        relay.handle(.sessionClosed(SessionKey(shard: 0, serial: 1)), now: now)
        relay.timeout(now: now.advanced(byMilliseconds: 500))
        let seconds = processorSeconds() - start
        var refused: UInt64 = 0
        relay.drainActions {
            if case .refuse(_, _, let failure) = $0, failure.code == .timeout { refused += 1 }
        }
        #expect(refused == (sessionCount - 1) * each)
        #expect(relay.trackCount == 0)
        // Each walking past all the others takes minutes.
        #expect(seconds < 20)
    }
}

/// Seconds of the processor that this thread has used: a busy machine does not count.
private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
