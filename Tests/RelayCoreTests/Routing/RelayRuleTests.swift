import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Rules of relays, one by one")
struct RelayRuleTests {
    let track = FullTrackName("live/video")

    // Rules: 19-9.5-9, 19-10.2.18-2
    @Test("the relay's own SUBSCRIBE asks for objects, and for the new group that its subscriber wants")
    func ownSubscribe() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track) { $0.newGroupRequest = 7 }
        let asked = house.actions.compactMap {
            if case .subscribeUpstream(_, _, _, _, let parameters) = $0 { parameters } else { nil }
        }
        #expect(asked.map(\.forward) == [true])
        #expect(asked.map(\.newGroupRequest) == [7])
    }

    // Rules: 19-6.1-2
    @Test("what was skipped for want of room is not pushed when there is room again")
    func skipped() {
        let house = RelayHarness { $0.subscriptionsPerSession = 1 }
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, FullTrackName("live/other"))
        let request = house.subscribe(a, FullTrackName("live/other"))
        house.want(a, .tracks, "live")
        house.publish(publisher, track)
        #expect(house.count { if case .skipPublish = $0 { true } else { false } } == 1)
        house.send(.subscriptionCancelled(a, .requested(request)))
        #expect(house.pushed.isEmpty)
        house.publishNamespace(publisher, "live")
        #expect(house.pushed.isEmpty)
    }

    // Rules: 19-2.5-4
    @Test("properties that another publisher says of the track are not merged with the first one's")
    func unmerged() {
        let house = RelayHarness()
        let (one, two, a) = (house.open(), house.open(), house.open())
        let first = Property(type: 0x3C00, value: .integer(1))
        house.publish(one, track) { $0.other = [first] }
        house.publish(two, track) { $0.other = [Property(type: 0x3C02, value: .integer(2))] }
        house.subscribe(a, track)
        let said = house.actions.compactMap {
            if case .attachSubscriber(_, _, _, _, _, let properties) = $0 { properties.other } else { nil }
        }
        #expect(said == [[first]])
    }

    // Rules: 19-2.5.1-5
    @Test("a publisher's track that this relay may not forward is UNSUPPORTED_EXTENSION for who waits")
    func unsupported() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track)
        let asked = try #require(house.asked.first)
        house.subscribe(b, track)
        house.send(.upstreamRefused(publisher, asked.track, RequestFailure(.unsupportedExtension)))
        #expect(house.refusals == [.unsupportedExtension, .unsupportedExtension])
    }

    // Rules: 19-14-5
    @Test("an unknown code of a publisher is passed on as INTERNAL_ERROR, never as its number")
    func unknownCodes() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track)
        let asked = try #require(house.asked.first)
        house.send(.upstreamRefused(publisher, asked.track, RequestFailure(.unknown(0x19), "later")))
        #expect(house.refusals == [.internalError])
        let request = house.publish(publisher, FullTrackName("live/two"))
        house.subscribe(a, FullTrackName("live/two"))
        house.send(.publishEnded(publisher, request, PublishDone(status: .unknown(77), streamCount: 0)))
        #expect(house.ended.map(\.status) == [.internalError])
        #expect(SubgroupEnd.reset(.unknown(4)).understood == .reset(.internalError))
        #expect(SubgroupEnd.reset(.goingAway).understood == .reset(.goingAway))
    }
}
