import MOQTModel
import Testing

@testable import RelayCore

/// How the Forward State of subscribers reaches publishers (draft-19 sections 9.2 and 9.5).
@Suite("Forward State propagates (draft-19 sections 9.2 and 9.5)")
struct RelayForwardTests {
    private let track = FullTrackName("live/cam/video")

    private func update(
        _ house: RelayHarness, _ session: SessionKey, _ request: RequestID, forward: Bool
    ) -> [Bool?] {
        var update = RequestUpdate(requestID: house.request())
        update.parameters.forward = forward
        house.send(.subscriptionUpdated(session, .requested(request), update))
        return house.upstreamUpdates.map(\.forward)
    }

    private func askedForward(_ house: RelayHarness) -> [Bool?] {
        house.actions.compactMap { action -> Bool?? in
            if case .subscribeUpstream(_, _, _, _, let parameters) = action {
                parameters.forward
            } else {
                nil
            }
        }
    }

    @Test(
        "Forward 1 downstream is Forward 1 upstream, in whatever order subscribers come",
        arguments: [true, false])
    func subscribeUpstream(forward: Bool) throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        house.publishNamespace(publisher, "live")
        let first = house.subscribe(a, track) { $0.forward = forward }
        #expect(askedForward(house) == [forward])
        let id = try #require(house.asked.first).track
        // Another one asks before the publisher has answered.
        let second = house.subscribe(b, track)
        house.accept(publisher, id)
        #expect(house.upstreamUpdates.map(\.forward) == (forward ? [] : [true]))
        #expect(update(house, a, first, forward: false) == [])
        #expect(update(house, b, second, forward: false) == [false])
        #expect(update(house, a, first, forward: true) == [true])
        // The last one that wants objects leaves.
        house.send(.subscriptionCancelled(a, .requested(first)))
        #expect(house.upstreamUpdates.map(\.forward) == [false])
    }

    @Test("a PUBLISH is accepted with what its subscribers want, and follows them")
    func publish() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.want(a, .tracks, "live") { $0.forward = false }
        house.publish(publisher, track)
        let id = try #require(house.tracks.first)
        // Accepted for the cache, paused when the only subscriber says that it wants nothing yet.
        #expect(house.upstreamUpdates.map(\.forward) == [false])
        var answer = MessageParameters()
        answer.forward = true
        house.send(.downstreamPublishAccepted(a, id, answer))
        #expect(house.upstreamUpdates.map(\.forward) == [true])
    }

    @Test("where the answer to a PUBLISH says no Forward State, an update does", arguments: [true, false])
    func publishWithoutAnswer(stated: Bool) {
        let house = RelayHarness()
        var traits = SessionTraits()
        traits.answersPublishWithForward = false
        let publisher = house.open(traits: traits)
        var message = Publish(requestID: house.request(), track: track, alias: TrackAlias(1))
        message.parameters.forward = stated
        house.send(.publishReceived(publisher, message))
        #expect(house.upstreamUpdates.map(\.forward) == (stated ? [] : [true]))
    }

    @Test("a publisher that pauses of its own accord is asked again while somebody wants objects")
    func publisherPauses() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        let publication = house.publish(publisher, track)
        let subscription = house.subscribe(a, track)
        var pause = RequestUpdate(requestID: house.request())
        pause.parameters.forward = false
        house.send(.publishUpdated(publisher, publication, pause))
        #expect(house.upstreamUpdates.map(\.forward) == [true])
        let id = try #require(house.tracks.first)
        house.send(.sourceForwardChanged(publisher, id, false))
        #expect(house.upstreamUpdates.map(\.forward) == [true])
        #expect(update(house, a, subscription, forward: false) == [false])
        house.send(.sourceForwardChanged(publisher, id, false))
        #expect(house.upstreamUpdates.isEmpty)
    }

    @Test("a publisher whose draft must restate its subscription to change it is always asked for Forward 1")
    func fixedFields() throws {
        let house = RelayHarness()
        var traits = SessionTraits()
        traits.changesForward = false
        let (publisher, a) = (house.open(traits: traits), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track) { $0.forward = false }
        #expect(askedForward(house) == [true])
        house.accept(publisher, try #require(house.tracks.first))
        #expect(house.upstreamUpdates.isEmpty)
    }

    @Test("TRACK_STATUS asks for no objects")
    func trackStatus() {
        let house = RelayHarness { $0.answersTrackStatus = true }
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.send(.trackStatusReceived(a, Subscribe(requestID: house.request(), track: track)))
        #expect(askedForward(house) == [false])
    }
}
