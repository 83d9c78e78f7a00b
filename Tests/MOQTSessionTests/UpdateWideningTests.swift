import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Updates that let a subscription begin earlier or end later, where the draft forbids them (draft-14 section 9.10,
/// draft-15 section 9.11), and updates of requests that are not there (draft-16 section 9.11).
@Suite("Updates only narrow a subscription, and only one that is there (draft-14 section 9.10)")
struct UpdateWideningTests {
    private static let narrowing = Draft.all.filter { !$0.rules.updatesMayMoveStartBack }
    private static let naming = Draft.all.filter { $0.rules.requestsTravelOn == .controlStream }
    private static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])
    private static let protocolViolation: UInt64 = 0x3

    private static func at(_ group: UInt64, _ object: UInt64 = 0) -> Location {
        Location(group: group, object: object)
    }

    private static func parameters(
        _ filter: LocationFilter?, largest: Location? = nil
    ) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.filter = filter
        parameters.largestObject = largest
        return parameters
    }

    private static func update(
        _ id: UInt64, of existing: UInt64, _ filter: LocationFilter? = nil
    ) -> ControlMessage {
        .requestUpdate(
            RequestUpdate(
                requestID: RequestID(id), existingRequestID: RequestID(existing),
                parameters: parameters(filter)))
    }

    /// A server whose peer has subscribed with `filter` as request 0.
    private static func serving(
        _ draft: Draft, _ filter: LocationFilter, largest: Location?, isAccepted: Bool = true
    ) -> Probe {
        let probe = Probe.established(draft)
        probe.send(
            .subscribe(Subscribe(requestID: RequestID(0), track: track, parameters: parameters(filter))))
        if isAccepted {
            probe.session.acceptSubscribe(
                RequestID(0), alias: TrackAlias(0), parameters: parameters(nil, largest: largest))
        }
        probe.drain()
        return probe
    }

    /// A client with one subscription; the filters of the updates that it wrote.
    private struct Subscriber {
        let probe: Probe
        let id: RequestID

        init(_ draft: Draft, _ parameters: MessageParameters) throws {
            probe = Probe.established(draft, role: .client)
            id = try probe.session.subscribe(UpdateWideningTests.track, parameters: parameters)
            probe.drain()
            probe.clear()
        }

        func accepted(largest: Location?) {
            probe.send(
                .subscribeOK(
                    SubscribeOK(
                        requestID: id, alias: TrackAlias(7),
                        parameters: UpdateWideningTests.parameters(nil, largest: largest))))
        }

        func update(_ change: (inout MessageParameters) -> Void) throws(SessionCommandFailure) {
            var parameters = MessageParameters()
            change(&parameters)
            _ = try probe.session.update(id, parameters: parameters)
            probe.drain()
        }

        var written: [MessageParameters] {
            probe.messages(on: nil, context: .control).compactMap {
                if case .requestUpdate(let update) = $0 { update.parameters } else { nil }
            }
        }
    }

    // Rules: 14-9.10-3
    @Test("a start that goes back ends the session", arguments: narrowing)
    func startGoesBack(_ draft: Draft) {
        // What is in force, the largest object of SUBSCRIBE_OK, and the first start that is no step back.
        let cases: [(LocationFilter, Location?, Location)] = [
            (.from(Self.at(5, 2)), Self.at(9), Self.at(5, 2)),
            (.range(start: Self.at(5, 2), endGroup: 20, endObject: nil), nil, Self.at(5, 2)),
            (.nextObject, Self.at(5, 1), Self.at(5, 2)), (.nextGroup, Self.at(4, 7), Self.at(5)),
        ]
        for (filter, largest, start) in cases {
            let same = Self.serving(draft, filter, largest: largest)
            same.send(Self.update(2, of: 0, .range(start: start, endGroup: 20, endObject: nil)))
            same.send(Self.update(4, of: 0, .range(start: Self.at(6), endGroup: 10, endObject: nil)))
            #expect(same.close == nil, "\(filter)")
            #expect(same.briefEvents.suffix(2) == ["update 2 of 0", "update 4 of 0"])
            // What was narrowed stays narrow.
            same.send(Self.update(6, of: 0, .range(start: start, endGroup: 10, endObject: nil)))
            #expect(same.close?.code == Self.protocolViolation, "\(filter)")

            let back = Self.serving(draft, filter, largest: largest)
            let before =
                start.object > 0 ? Self.at(start.group, start.object - 1) : Self.at(start.group - 1, 99)
            back.send(Self.update(2, of: 0, .range(start: before, endGroup: 20, endObject: nil)))
            #expect(back.close?.code == Self.protocolViolation, "\(filter)")
        }
    }

    @Test("nobody is blamed for a start that is not known", arguments: narrowing)
    func unknownStart(_ draft: Draft) {
        let pending = Self.serving(draft, .nextObject, largest: nil, isAccepted: false)
        pending.send(Self.update(2, of: 0, .from(.zero)))
        #expect(pending.close == nil)
        let empty = Self.serving(draft, .nextGroup, largest: nil)
        empty.send(Self.update(2, of: 0, .from(.zero)))
        #expect(empty.close == nil)
        #expect(empty.briefEvents.last == "update 2 of 0")
    }

    // Rules: 14-9.10-3
    @Test("an end that grows ends the session on draft 14, not on draft 15", arguments: narrowing)
    func endGrows(_ draft: Draft) {
        let range = LocationFilter.range(start: Self.at(5), endGroup: 8, endObject: nil)
        for wider in [
            LocationFilter.range(start: Self.at(5), endGroup: 9, endObject: nil), .from(Self.at(5)),
        ] {
            let probe = Self.serving(draft, range, largest: nil)
            probe.send(Self.update(2, of: 0, .range(start: Self.at(5), endGroup: 8, endObject: nil)))
            #expect(probe.close == nil)
            probe.send(Self.update(4, of: 0, wider))
            #expect((probe.close?.code == Self.protocolViolation) == !draft.rules.updatesMayMoveEndOut)
        }
        // An open end may be closed, and not be opened again.
        let probe = Self.serving(draft, .from(Self.at(5)), largest: nil)
        probe.send(Self.update(2, of: 0, range))
        #expect(probe.close == nil)
        probe.send(Self.update(4, of: 0, .from(Self.at(5))))
        #expect((probe.close != nil) == !draft.rules.updatesMayMoveEndOut)
    }

    @Test("later drafts let an update widen (draft-16 section 9.11.1)", arguments: [Draft.draft16])
    func widening(_ draft: Draft) {
        let probe = Self.serving(
            draft, .range(start: Self.at(5), endGroup: 8, endObject: nil), largest: Self.at(6))
        probe.send(Self.update(2, of: 0, .from(.zero)))
        #expect(probe.close == nil)
        #expect(probe.briefEvents.last == "update 2 of 0")
    }

    // Rules: 14-9.10-3
    @Test("the subscriber of a PUBLISH narrows it, too", arguments: narrowing)
    func publication(_ draft: Draft) throws {
        let probe = Probe.established(draft)
        let id = try probe.session.publish(
            Self.track, alias: TrackAlias(0), parameters: Self.parameters(nil, largest: Self.at(4)))
        probe.send(.publishOK(PublishOK(requestID: id, parameters: Self.parameters(.nextGroup))))
        probe.send(Self.update(0, of: id.value, .from(Self.at(5))))
        #expect(probe.close == nil)
        probe.send(Self.update(2, of: id.value, .from(Self.at(4, 1))))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    // Rules: 14-9.10-3, 16-9.11-3
    @Test("an update of a request that never was ends the session", arguments: naming)
    func updateOfNothing(_ draft: Draft) throws {
        for existing in [UInt64(4), 1, 2] {
            let probe = Self.serving(draft, .nextObject, largest: nil)
            probe.send(Self.update(2, of: existing))
            #expect(probe.close?.code == Self.protocolViolation, "\(existing)")
        }
        // A request of ours, which is not the peer's to change.
        let probe = Probe.established(draft)
        let own = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.send(Self.update(0, of: own.value))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test(
        "an update of a request that has ended is late, and refused where it is answered", arguments: naming)
    func updateOfEndedRequest(_ draft: Draft) {
        let probe = Self.serving(draft, .nextObject, largest: nil)
        probe.session.publishDone(RequestID(0), status: .trackEnded, streamCount: 0)
        probe.drain()
        probe.clear()
        probe.send(Self.update(2, of: 0))
        #expect(probe.close == nil)
        #expect(probe.session.tolerated.lateMessages == 1)
        let refusals = probe.messages(on: nil, context: .control).compactMap {
            if case .requestError(let error) = $0 { error.failure.code } else { nil }
        }
        #expect(refusals == (draft.rules.updatesAreAnswered ? [.doesNotExist] : []))
    }

    // Rules: 16-9.11-3
    @Test("drafts that update subscriptions only end the session for others", arguments: naming)
    func updateOfFetch(_ draft: Draft) {
        let fetch = Fetch(
            requestID: RequestID(0),
            range: .standalone(track: Self.track, start: .zero, endGroup: 3, endObject: nil))
        let probe = Probe.established(draft)
        probe.send(.fetch(fetch))
        probe.send(Self.update(2, of: 0))
        #expect((probe.close == nil) == draft.rules.everyRequestMayBeUpdated)
        guard draft.rules.everyRequestMayBeUpdated else { return }
        #expect(probe.briefEvents.last == "update 2 of 0")
        // A filter means nothing there.
        probe.send(Self.update(4, of: 0, .from(.zero)))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    // Rules: 14-9.10-1, 14-9.10-2
    @Test("we never send a start that goes back or an end that grows", arguments: narrowing)
    func neverSent(_ draft: Draft) throws {
        let range = LocationFilter.range(start: Self.at(5), endGroup: 8, endObject: nil)
        let subscriber = try Subscriber(draft, Self.parameters(range))
        subscriber.accepted(largest: Self.at(3))
        for wider in [
            LocationFilter.range(start: Self.at(4, 9), endGroup: 8, endObject: nil), .unfiltered, .nextObject,
        ] {
            #expect(throws: SessionCommandFailure.cannotBeSaid, "\(wider)") {
                try subscriber.update { $0.filter = wider }
            }
        }
        let longer = LocationFilter.range(start: Self.at(5), endGroup: 9, endObject: nil)
        if draft.rules.updatesMayMoveEndOut {
            try subscriber.update { $0.filter = longer }
        } else {
            #expect(throws: SessionCommandFailure.cannotBeSaid) {
                try subscriber.update { $0.filter = longer }
            }
            #expect(throws: SessionCommandFailure.cannotBeSaid) {
                try subscriber.update { $0.filter = .from(Self.at(5)) }
            }
        }
        let narrower = LocationFilter.range(start: Self.at(6), endGroup: 7, endObject: nil)
        try subscriber.update { $0.filter = narrower }
        #expect(subscriber.written.last?.filter == narrower)
        #expect(throws: SessionCommandFailure.cannotBeSaid) { try subscriber.update { $0.filter = range } }
        // None of the refused ones took a request id.
        #expect(subscriber.written.count == (draft.rules.updatesMayMoveEndOut ? 2 : 1))
    }

    // Rules: 14-9.10-1, 14-9.10-2
    @Test("an update of draft 14 repeats what is in force (section 9.10)")
    func repeated() throws {
        var asked = Self.parameters(.nextObject)
        asked.subscriberPriority = 9
        let subscriber = try Subscriber(.draft14, asked)
        // Where it begins depends on the answer.
        #expect(throws: SessionCommandFailure.unknownRequest) { try subscriber.update { $0.forward = false } }
        subscriber.accepted(largest: Self.at(7, 3))
        try subscriber.update { $0.forward = false }
        try subscriber.update { $0.subscriberPriority = 200 }
        try subscriber.update { $0.filter = .range(start: Self.at(8), endGroup: 20, endObject: nil) }
        try subscriber.update { $0.forward = true }
        let written = subscriber.written
        #expect(
            written.map(\.filter) == [
                .from(Self.at(7, 4)), .from(Self.at(7, 4)),
                .range(start: Self.at(8), endGroup: 20, endObject: nil),
                .range(start: Self.at(8), endGroup: 20, endObject: nil),
            ])
        #expect(written.map(\.subscriberPriority) == [9, 200, 200, 200])
        #expect(written.map(\.forward) == [false, false, false, true])
    }

    // Rules: 14-9.10-1
    @Test("a PUBLISH of draft 14 is taken from a place that both sides know (section 9.10)")
    func publicationTaken() throws {
        let probe = Probe.established(.draft14)
        probe.send(
            .publish(
                Publish(
                    requestID: RequestID(0), track: Self.track, alias: TrackAlias(1),
                    parameters: Self.parameters(nil, largest: Self.at(4, 2)))))
        probe.clear()
        probe.session.acceptPublish(RequestID(0), parameters: Self.parameters(.nextObject))
        var update = MessageParameters()
        update.forward = false
        _ = try probe.session.update(RequestID(0), parameters: update)
        probe.drain()
        let filters = probe.messages(on: nil, context: .control).map { message -> LocationFilter? in
            switch message {
            case .publishOK(let ok): ok.parameters.filter
            case .requestUpdate(let update): update.parameters.filter
            default: nil
            }
        }
        #expect(filters == [.from(Self.at(4, 3)), .from(Self.at(4, 3))])
    }
}
