import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Range filters within MAX_FILTER_RANGES (draft-19 sections 5.1.3 and 10.3.1.6).
@Suite("MAX_FILTER_RANGES (draft-19 section 10.3.1.6)")
struct RangeFilterSessionTests {
    private static let drafts = Draft.all.filter(\.rules.hasRangeFilters)
    private static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    private static func probe(_ draft: Draft, _ ranges: UInt64 = 3) -> Probe {
        Probe.established(draft) { $0.filterRanges = ranges }
    }

    private static func request(_ ranges: Int) -> Subscribe {
        var request = Subscribe(requestID: RequestID(0), track: track)
        request.parameters.rangeFilters = [filter(.objectID, ranges)]
        return request
    }

    private static func filter(_ kind: RangeFilter.Kind, _ count: Int) -> RangeFilter {
        RangeFilter(
            kind, propertyType: kind.namesProperty ? 60 : nil,
            ranges: (0..<UInt64(count)).map { $0 * 10...$0 * 10 + 1 })
    }

    private func code(_ probe: Probe, _ stream: StreamID, _ context: StreamContext) -> RequestErrorCode? {
        for case .requestError(let error) in probe.messages(on: stream, context: context) {
            return error.failure.code
        }
        return nil
    }

    @Test("SETUP announces the limit", arguments: drafts)
    func announced(_ draft: Draft) {
        let probe = Probe(draft) { $0.filterRanges = 3 }
        guard case .setup(let setup)? = probe.messages(on: nil, context: .control).first else {
            Issue.record("no SETUP")
            return
        }
        #expect(setup.maxFilterRanges == 3)
    }

    @Test("as many ranges are taken, one more is INVALID_FILTER", arguments: drafts)
    func limit(_ draft: Draft) {
        let taken = Self.probe(draft)
        taken.request(.subscribe(Self.request(3)))
        #expect(taken.briefEvents.count == 1)
        let refused = Self.probe(draft)
        let stream = refused.newStream(.bidirectional)
        refused.receive(refused.frame(.subscribe(Self.request(4))), on: stream)
        #expect(refused.briefEvents.isEmpty)
        #expect(code(refused, stream, .requestReply(.subscribe)) == .invalidFilter)
        #expect(refused.session.isEstablished && refused.session.openRequestCount == 0)
    }

    @Test("an update counts with the filters that it leaves in place", arguments: drafts)
    func updates(_ draft: Draft) {
        let probe = Self.probe(draft)
        let stream = probe.newStream(.bidirectional)
        probe.receive(probe.frame(.subscribe(Self.request(2))), on: stream)
        probe.session.acceptSubscribe(RequestID(0), alias: TrackAlias(0))
        probe.drain()
        func update(_ id: UInt64, _ change: (inout MessageParameters) -> Void) -> Bool? {
            probe.clear()
            var message = RequestUpdate(requestID: RequestID(id))
            change(&message.parameters)
            probe.receive(probe.frame(.requestUpdate(message)), on: stream)
            guard case .updateReceived(_, let received)? = probe.events.first else { return nil }
            if !received.parameters.hasInvalidFilter { probe.session.acceptRequest(RequestID(id)) }
            return received.parameters.hasInvalidFilter
        }
        #expect(update(2) { $0.rangeFilters = [Self.filter(.subgroup, 1)] } == false)
        #expect(
            update(4) { $0.rangeFilters = [Self.filter(.objectID, 1), Self.filter(.subgroup, 2)] } == false)
        #expect(update(6) { $0.removedRangeFilters = [.objectID] } == false)
        #expect(update(8) { $0.rangeFilters = [Self.filter(.publisherPriority, 1)] } == false)
        #expect(update(10) { $0.rangeFilters = [Self.filter(.objectProperty, 1)] } == true)
    }

    @Test("a filter on tracks belongs to SUBSCRIBE_TRACKS, none to a FETCH's update", arguments: drafts)
    func places(_ draft: Draft) {
        let probe = Self.probe(draft)
        let stream = probe.newStream(.bidirectional)
        probe.receive(
            probe.frame(.subscribe(Subscribe(requestID: RequestID(0), track: Self.track))), on: stream)
        var update = RequestUpdate(requestID: RequestID(2))
        update.parameters.rangeFilters = [Self.filter(.trackProperty, 1)]
        probe.clear()
        probe.receive(probe.frame(.requestUpdate(update)), on: stream)
        guard case .updateReceived(_, let received)? = probe.events.first else {
            Issue.record("\(probe.events)")
            return
        }
        #expect(received.parameters.hasInvalidFilter)

        var prefix = SubscribeNamespace(
            requestID: RequestID(4), prefix: TrackNamespace("live"), interest: .tracks)
        prefix.parameters.rangeFilters = [Self.filter(.trackProperty, 2)]
        probe.clear()
        probe.request(.subscribeTracks(prefix))
        #expect(probe.briefEvents.count == 1)
    }

    @Test(
        "a failed update of SUBSCRIBE_TRACKS is answered with its error and closes the stream (section 10.9.1)",
        arguments: drafts)
    func failedPrefixUpdate(_ draft: Draft) {
        let probe = Self.probe(draft)
        let prefix = SubscribeNamespace(
            requestID: RequestID(0), prefix: TrackNamespace("live"), interest: .tracks)
        let stream = probe.newStream(.bidirectional)
        probe.receive(probe.frame(.subscribeTracks(prefix)), on: stream)
        probe.session.acceptRequest(RequestID(0))
        probe.drain()
        probe.clear()
        var update = RequestUpdate(requestID: RequestID(2))
        update.parameters.rangeFilters = [Self.filter(.trackProperty, 4)]
        probe.receive(probe.frame(.requestUpdate(update)), on: stream)
        probe.session.refuse(RequestID(2), .invalidFilter)
        probe.drain()
        #expect(code(probe, stream, .requestReply(.update)) == .invalidFilter)
        #expect(probe.hasFinished(stream) && probe.session.openRequestCount == 0)
    }

    @Test("we send no filter that the peer does not take")
    func sending() throws {
        var parameters = MessageParameters()
        parameters.rangeFilters = [Self.filter(.objectID, 2)]
        for draft in Draft.all {
            for limit in [nil, 1, 2] as [UInt64?] {
                let probe = Probe(draft, role: .client)
                probe.sendSetup { $0.maxFilterRanges = limit }
                let mayBeSent = draft.rules.hasRangeFilters && limit == 2
                if mayBeSent {
                    _ = try probe.session.subscribe(Self.track, parameters: parameters)
                } else {
                    #expect(throws: SessionCommandFailure.cannotBeSaid) {
                        try probe.session.subscribe(Self.track, parameters: parameters)
                    }
                }
            }
        }
    }
}
