import MOQTModel
import Testing

@testable import RelayCore

@Suite("PUBLISH (draft-18 sections 9.5 and 10.10)")
struct RelayPublishTests {
    let track = FullTrackName("live/cam/video")

    private func forwards(_ house: RelayHarness) -> [Bool] {
        house.actions.compactMap {
            switch $0 {
            case .acceptPublish(_, _, _, _, let forward): forward
            case .publishDownstream(_, _, _, _, let parameters, _, _): parameters.forward ?? true
            case .updateUpstream(_, _, let parameters): parameters.forward
            default: nil
            }
        }
    }

    @Test(
        "it reaches those who asked for tracks of its namespace, not the publisher itself",
        arguments: [SubscribeNamespace.Interest.tracks, .both])
    func reachesInterested(interest: SubscribeNamespace.Interest) {
        let house = RelayHarness()
        let (publisher, a, b, names, elsewhere) = (
            house.open(), house.open(), house.open(shard: 1), house.open(), house.open()
        )
        house.want(publisher, interest, "live")
        house.want(a, interest, "live")
        house.want(b, interest)
        house.want(names, .namespaces, "live")
        house.want(elsewhere, interest, "liv")
        house.publish(publisher, track)
        #expect(house.pushed == [a, b])
    }

    @Test(
        "SUBSCRIBE_TRACKS parameters begin the subscriptions that follow from it (draft-19 section 10.19.1)")
    func defaultParameters() throws {
        let house = RelayHarness()
        let (publisher, subscriber) = (house.open(), house.open())
        let id = house.want(subscriber, .tracks, "live") {
            $0.forward = false
            $0.subscriberPriority = 7
            $0.rangeFilters = [RangeFilter(.objectID, ranges: [1...2])]
            $0.authorizationTokens = [.useValue(type: 0, value: [1])]
        }
        house.publish(publisher, track)
        var given = try #require(house.pushedParameters.first)
        #expect(given.forward == false && given.subscriberPriority == 7 && given.authorizationTokens.isEmpty)
        #expect(given.rangeFilters == [RangeFilter(.objectID, ranges: [1...2])])
        // An update concerns what is published later.
        var update = RequestUpdate(requestID: house.request())
        update.parameters.forward = true
        update.parameters.removedRangeFilters = [.objectID]
        house.send(.subscribeNamespaceUpdated(subscriber, id, update))
        #expect(house.pushedParameters.isEmpty)
        house.publish(publisher, FullTrackName("live/cam/audio"))
        given = try #require(house.pushedParameters.first)
        #expect(given.forward == true && given.subscriberPriority == 7 && given.rangeFilters.isEmpty)
    }

    @Test(
        "TRACK_PROPERTY_FILTER decides which tracks are pushed; its set's other filters go on to their objects"
    )
    func trackFilters() throws {
        let house = RelayHarness()
        let (publisher, subscriber) = (house.open(), house.open())
        house.want(subscriber, .tracks, "live") {
            $0.rangeFilters = [
                RangeFilter(.trackProperty, setID: 1, propertyType: 0x7A, ranges: [5...9]),
                RangeFilter(.objectID, setID: 1, ranges: [0...0]),
                RangeFilter(.trackProperty, setID: 2, propertyType: 0x0E, ranges: [3...3]),
            ]
        }
        func publish(_ name: String, _ value: UInt64?, priority: UInt8? = nil) {
            house.publish(publisher, FullTrackName(name)) {
                if let value { $0.other = [Property(type: 0x7A, value: .integer(value))] }
                $0.defaultPublisherPriority = priority
            }
        }
        publish("live/a", nil)
        #expect(house.pushedParameters.isEmpty)
        publish("live/b", 10)
        #expect(house.pushedParameters.isEmpty)
        publish("live/c", 9)
        #expect(
            house.pushedParameters.map(\.rangeFilters) == [
                [RangeFilter(.objectID, setID: 1, ranges: [0...0])]
            ])
        publish("live/d", 9, priority: 3)
        #expect(
            house.pushedParameters.map(\.rangeFilters) == [[]], "a set that passes whole passes all objects")
        // Whoever asks later is served by the same rule.
        let late = house.open()
        house.want(late, .tracks, "live") {
            $0.rangeFilters = [RangeFilter(.trackProperty, propertyType: 0x7A, ranges: [10...10])]
        }
        #expect(house.pushed == [late])
    }

    @Test(
        "PUBLISH_SKIPPED for what cannot be sent; the same publication does not follow, another one may (section 6.1)",
        arguments: [true, false])
    func skipped(skipsOnePublication: Bool) throws {
        let house = RelayHarness()
        var traits = SessionTraits()
        traits.skipsOnePublication = skipsOnePublication
        let (first, second, subscriber) = (house.open(), house.open(), house.open(traits: traits))
        house.want(subscriber, .tracks, "live")
        func skips() -> [[UInt8]] {
            house.actions.compactMap { if case .skipPublish(_, _, _, let name) = $0 { name } else { nil } }
        }
        let publication = house.publish(first, track)
        #expect(house.pushed == [subscriber])
        let id = try #require(house.tracks.first)
        house.send(.downstreamPublishImpossible(subscriber, id))
        #expect(skips() == [track.name])
        // A second publisher is no new publication for who has it, and one for who has not.
        house.send(.publishEnded(first, publication, PublishDone(status: .trackEnded, streamCount: 0)))
        #expect(house.pushed.isEmpty)
        house.publish(second, track)
        // Up to draft 18 the report concerns the track for good.
        #expect(house.pushed == (skipsOnePublication ? [subscriber] : []))
        house.publish(second, FullTrackName("live/cam/audio"))
        #expect(house.pushed == [subscriber])
    }

    @Test("whoever asks later gets the tracks that are published already")
    func later() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, track)
        house.publish(publisher, FullTrackName("live/cam/audio"))
        house.publish(publisher, FullTrackName("other/t"))
        house.want(a, .tracks, "live")
        #expect(house.accepted == 1)
        #expect(house.pushed == [a, a])
        house.want(publisher, .tracks, "live")
        #expect(house.pushed.isEmpty)
    }

    @Test("a second publisher of the track is accepted and not pushed again")
    func secondPublisher() {
        let house = RelayHarness()
        let (one, two, a) = (house.open(), house.open(), house.open())
        house.want(a, .tracks, "live")
        house.publish(one, track)
        #expect(house.pushed == [a])
        house.publish(two, track)
        #expect(house.pushed.isEmpty && house.refusals.isEmpty)
        #expect(forwards(house) == [true])
        house.publish(two, track)
        #expect(house.refusals == [.duplicateSubscription])
    }

    @Test("the subscriber's refusal ends its subscription alone")
    func refused() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        house.want(a, .tracks, "live")
        house.want(b, .tracks, "live")
        house.publish(publisher, track)
        let id = try #require(house.relay.trackIDs[track])
        house.send(.downstreamPublishAccepted(b, id, MessageParameters()))
        #expect(house.count { if case .confirmSubscriber = $0 { true } else { false } } == 1)
        house.send(.downstreamPublishRefused(a, id, RequestFailure(.uninterested)))
        #expect(house.ledger.subscriptions.count == 1)
        house.subscribe(a, track)
        #expect(house.attached == [a], "it may still subscribe")
    }

    @Test("a SUBSCRIBE for a track that was pushed is a duplicate (section 5.1)")
    func pushedThenSubscribed() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.want(a, .tracks, "live")
        house.publish(publisher, track)
        house.subscribe(a, track)
        #expect(house.refusals == [.duplicateSubscription])
    }

    @Test("Forward 0 of SUBSCRIBE_TRACKS carries over to the PUBLISHes that come of it")
    func forwardZero() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        var request = SubscribeNamespace(
            requestID: house.request(), prefix: TrackNamespace("live"), interest: .tracks)
        request.parameters.forward = false
        house.send(.subscribeNamespaceReceived(a, request))
        house.publish(publisher, track)
        // Accepted, pushed, and paused, for nobody wants objects yet.
        #expect(forwards(house) == [true, false, false])
    }

    @Test("an idle publisher can be paused, and is woken by the first subscriber")
    func pausing() {
        let house = RelayHarness { $0.forwardsIdlePublishes = false }
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, track)
        #expect(forwards(house) == [false])
        let request = house.subscribe(a, track)
        #expect(forwards(house) == [true])
        house.send(.subscriptionCancelled(a, .requested(request)))
        #expect(forwards(house) == [false])
    }

    @Test("it ends the relay's own unanswered SUBSCRIBE to the same session first (section 5.1)")
    func crossing() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(a, track)
        let asked = try #require(house.asked.first)
        house.publish(publisher, track)
        #expect(house.left == [publisher])
        #expect(house.attached == [a])
        house.accept(publisher, asked.track)
        #expect(house.actions.isEmpty, "the crossing answer is late")
    }

    @Test("what the publisher says of the track reaches the subscribers")
    func properties() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, track) { $0.maxCacheDuration = 77 }
        house.subscribe(a, track)
        let said = house.actions.compactMap {
            if case .attachSubscriber(_, _, _, _, _, let properties) = $0 {
                properties.maxCacheDuration
            } else {
                nil
            }
        }
        #expect(said == [77])
    }

    @Test("TRACK_ENDED from the last publisher ends the subscriptions after delivery, and frees the name")
    func trackEnded() throws {
        let house = RelayHarness()
        let (publisher, a, b) = (house.open(), house.open(), house.open())
        let request = house.publish(publisher, track)
        let subscription = house.subscribe(a, track)
        house.send(.publishEnded(publisher, request, PublishDone(status: .trackEnded, streamCount: 4)))
        #expect(house.ended.count == 1)
        #expect(house.ended.first?.status == .trackEnded)
        #expect(house.ended.first?.ending == .afterDelivery)
        #expect(house.relay.trackCount == 1, "the last delivery still runs")
        house.publish(publisher, track)
        house.subscribe(b, track)
        #expect(house.attached == [b])
        #expect(house.relay.trackCount == 2)
        house.send(.deliveryEnded(a, .requested(subscription)))
        #expect(house.relay.trackCount == 1)
    }

    @Test("TRACK_ENDED from one of two publishers ends nothing until the other leaves")
    func oneOfTwoEnded() {
        let house = RelayHarness()
        let (one, two, a) = (house.open(), house.open(), house.open())
        let request = house.publish(one, track)
        house.publish(two, track)
        house.subscribe(a, track)
        house.send(.publishEnded(one, request, PublishDone(status: .trackEnded, streamCount: 4)))
        #expect(house.ended.isEmpty)
        house.send(.sessionClosed(two))
        #expect(house.ended.map(\.status) == [.trackEnded], "the track is known to be over: no grace")
    }

    @Test("a malformed track is ended at once, and its publisher is told (section 2.4.2)")
    func malformed() throws {
        let house = RelayHarness()
        let (publisher, a) = (house.open(), house.open())
        house.publish(publisher, track)
        house.subscribe(a, track)
        let id = try #require(house.relay.trackIDs[track])
        house.send(.trackMalformed(id, .objectDiffers))
        #expect(house.ended.map(\.status) == [.malformedTrack])
        #expect(house.ended.first?.ending == .immediately)
        #expect(house.count { if case .cancelPublish = $0 { true } else { false } } == 1)
    }

    @Test("a relay that winds up lets go of a published track when nobody reads it any more (section 10.4)")
    func drain() throws {
        let house = RelayHarness { $0.linger = 1_000 }
        let (publisher, subscriber) = (house.open(), house.open())
        let idle = FullTrackName("live/cam/idle")
        house.publish(publisher, idle)
        house.publish(publisher, track)
        let request = house.subscribe(subscriber, track)
        func cancelled() -> Int { house.count { if case .cancelPublish = $0 { true } else { false } } }
        house.send(.drainBegan)
        #expect(cancelled() == 1)
        house.send(.deliveryEnded(subscriber, .requested(request)))
        #expect(cancelled() == 1)
        #expect(house.relay.trackCount == 0)
    }
}
