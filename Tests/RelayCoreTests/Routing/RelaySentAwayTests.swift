import MOQTModel
import Testing

@testable import RelayCore

@Suite("A publisher sends the relay's subscription away (draft-18 section 10.4)")
struct RelaySentAwayTests {
    let house = RelayHarness()
    let track = FullTrackName("live/cam/video")

    @Test("it is made anew with the same publisher, or with a better one, and subscribers stay")
    func anew() throws {
        let (publisher, subscriber) = (house.open(), house.open())
        let (id, _) = try house.establish(track, publisher: publisher, subscriber: subscriber)
        house.send(.upstreamSentAway(publisher, id))
        #expect(house.left == [publisher])
        #expect(house.asked.map(\.session) == [publisher])
        #expect(house.ended.isEmpty)
        house.accept(publisher, id)
        let newer = house.open()
        house.publishNamespace(newer, "live", "cam")
        house.send(.upstreamSentAway(publisher, id))
        #expect(house.ended.isEmpty && house.left == [publisher])
        #expect(house.asked.map(\.session) == [publisher])
        house.accept(newer, id)
        house.send(.upstreamSentAway(newer, id))
        #expect(house.left == [newer] && house.asked.map(\.session) == [newer])
        house.accept(publisher, id)
        #expect(house.ended.isEmpty)
    }
}
