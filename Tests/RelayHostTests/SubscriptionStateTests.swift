import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing

/// What subscribers say about their subscriptions and how it reaches publishers, through a relay.
@Suite(.serialized) struct SubscriptionStateTests {
    private static let name = FullTrackName(
        namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))

    private static func parameters(_ change: (inout MessageParameters) -> Void) -> MessageParameters {
        var parameters = MessageParameters()
        change(&parameters)
        return parameters
    }

    @Test(
        "Forward 0 from all subscribers pauses the publisher, Forward 1 from one wakes it (section 9.2)",
        arguments: Draft.all.filter { $0.rules.subscriptionLayout == .parameters }, [false, true])
    func forward(draft: Draft, pushes: Bool) throws {
        let harness = try RelayHarness { $0.workers = 2 }
        let publisher = try harness.connect(.quic, draft)
        let track = publisher.addTrack(Self.name)
        var announcement: Announcement?
        if pushes {
            var isTaken = false
            try publisher.push(track) { isTaken = $0 == nil }
            try #require(harness.run(milliseconds: 5_000) { isTaken })
            #expect(track.forwardingCount == 1, "the relay keeps recent groups")
        } else {
            announcement = try harness.announce(Self.name.namespace, on: publisher)
        }
        let (quiet, loud) = (ReceivedTrack(), ReceivedTrack())
        let first = try harness.connect(.quic, .draft16).subscribe(
            Self.name, parameters: Self.parameters { $0.forward = false }
        ) { quiet.take($0) }
        try #require(harness.run(milliseconds: 5_000) { quiet.isAccepted && track.forwardingCount == 0 })
        #expect(track.subscriptionCount == 1)
        track.beginGroup(0)
        track.write([0])
        let second = try harness.connect(.webTransport, draft).subscribe(Self.name) { loud.take($0) }
        try #require(harness.run(milliseconds: 5_000) { loud.isAccepted && track.forwardingCount == 1 })
        track.beginGroup(1)
        track.write([1])
        try #require(harness.run(milliseconds: 5_000) { loud.objectCount == 1 })
        #expect(loud.locations == [Location(group: 1, object: 0)] && quiet.objectCount == 0)
        // What was published while nothing was forwarded is unknown here, not absent.
        if draft.rules.fetchObjects == .flagsDelta || draft.rules.fetchObjects == .flagsAbsolute, !pushes {
            let fetched = FetchedObjects()
            let fetch = try harness.connect(.quic, .draft18).fetch(Self.name, from: .zero, endGroup: 0) {
                fetched.take($0)
            }
            #expect(harness.run(milliseconds: 5_000) { fetched.isOver })
            #expect(fetched.bytes[.zero] != nil || !fetched.gaps.isEmpty, "\(fetched.locations)")
            _ = fetch
        }
        second.cancel()
        #expect(harness.run(milliseconds: 5_000) { track.forwardingCount == 0 })
        try first.update(Self.parameters { $0.forward = true })
        #expect(harness.run(milliseconds: 5_000) { track.forwardingCount == 1 })
        track.beginGroup(2)
        track.write([2])
        #expect(harness.run(milliseconds: 5_000) { quiet.objectCount == 1 })
        #expect(quiet.locations == [Location(group: 2, object: 0)])
        announcement?.withdraw()
    }

    @Test(
        "a request for a new group reaches the publisher once, until a group begins (section 10.2.18)",
        arguments: Draft.all.filter { !$0.rules.parameters.newGroupRequest.isEmpty })
    func newGroup(draft: Draft) throws {
        let harness = try RelayHarness { $0.workers = 2 }
        let publisher = try harness.connect(.quic, draft)
        var properties = TrackProperties()
        properties.dynamicGroups = true
        let track = publisher.addTrack(Self.name, properties: properties)
        var asked: [UInt64] = []
        track.onNewGroupRequested = { asked.append($0) }
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        var subscribers: [TrackSubscriber] = []
        func subscribe(_ value: UInt64) throws {
            let received = ReceivedTrack()
            subscribers.append(
                try harness.connect(.quic, draft).subscribe(
                    Self.name, parameters: Self.parameters { $0.newGroupRequest = value }
                ) { received.take($0) })
            try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
        }
        // With the relay's SUBSCRIBE.
        try subscribe(3)
        #expect(harness.run(milliseconds: 2_000) { asked == [3] })
        try subscribe(3)
        try subscribe(2)
        _ = harness.run(milliseconds: 100)
        #expect(asked == [3])
        track.beginGroup(3)
        track.write([1])
        _ = harness.run(milliseconds: 200)
        try subscribe(3)
        _ = harness.run(milliseconds: 100)
        #expect(asked == [3], "group 3 has begun")
        try subscribe(4)
        #expect(harness.run(milliseconds: 2_000) { asked == [3, 4] })
        try subscribers[0].update(Self.parameters { $0.newGroupRequest = 4 })
        try subscribers[1].update(Self.parameters { $0.newGroupRequest = 9 })
        #expect(harness.run(milliseconds: 2_000) { asked == [3, 4, 9] })
        announcement.withdraw()
    }

    @Test(
        "INCLUDE_PROPERTIES 0: no track properties, and every object says the priority that they would (draft 20)",
        arguments: Draft.all.filter { !$0.rules.parameters.includeProperties.isEmpty })
    func includeProperties(draft: Draft) throws {
        let harness = try RelayHarness()
        let publisher = try harness.connect(.quic, .draft18)
        var properties = TrackProperties()
        properties.defaultPublisherPriority = 30
        properties.other = [Property(type: 0x7A, value: .integer(5))]
        let track = publisher.addTrack(Self.name, properties: properties)
        let announcement = try harness.announce(Self.name.namespace, on: publisher)
        let connection = try harness.connect(.quic, draft)
        for include in [nil, false] as [Bool?] {
            var told: TrackProperties?
            var priorities: [UInt8] = []
            let subscriber = try connection.subscribe(
                Self.name, parameters: Self.parameters { $0.includeProperties = include }
            ) { event in
                switch event {
                case .accepted(_, let properties): told = properties
                case .object(let object): priorities.append(object.priority)
                default: break
                }
            }
            try #require(harness.run(milliseconds: 5_000) { told != nil })
            #expect(told == (include == nil ? properties : TrackProperties()))
            track.beginGroup((track.group ?? 0) + 1)
            track.write([1])
            #expect(harness.run(milliseconds: 5_000) { priorities.count == 1 })
            #expect(priorities == [30])
            track.endGroup()
            subscriber.cancel()
            _ = harness.run(milliseconds: 100)
        }
        announcement.withdraw()
    }

    @Test(
        "SUBSCRIBE_TRACKS gets the tracks that pass its TRACK_PROPERTY_FILTER (draft-19 section 5.1.3)",
        arguments: Draft.all.filter(\.rules.hasRangeFilters))
    func trackFilter(draft: Draft) throws {
        let harness = try RelayHarness()
        let publisher = try harness.connect(.quic, .draft18)
        let watcher = try harness.connect(.quic, draft)
        let parameters = Self.parameters {
            $0.rangeFilters = [RangeFilter(.trackProperty, propertyType: 0x7A, ranges: [5...6])]
        }
        let watch = try watcher.watchNamespaces(
            TrackNamespace("live"), alsoTracks: true, parameters: parameters
        ) { _ in }
        var taken: [FullTrackName] = []
        let names = (4...7).map {
            FullTrackName(namespace: Self.name.namespace, name: Array("\($0)".utf8))
        }
        for name in names {
            watcher.expectPublish(name, taken: { taken.append($0.track) }, onEvent: { _ in })
        }
        _ = harness.run(milliseconds: 100)
        for (index, name) in names.enumerated() {
            var properties = TrackProperties()
            properties.other = [Property(type: 0x7A, value: .integer(UInt64(4 + index)))]
            try publisher.push(publisher.addTrack(name, properties: properties)) { _ in }
        }
        #expect(harness.run(milliseconds: 5_000) { taken.count == 2 })
        _ = harness.run(milliseconds: 100)
        #expect(taken == [names[1], names[2]])
        watch.cancel()
    }
}
