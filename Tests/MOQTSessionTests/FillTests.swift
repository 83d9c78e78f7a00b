import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Fills of our subscriptions, as streams that answer a SUBSCRIBE or REQUEST_UPDATE (draft-20 section 5.1.3).
@Suite struct FillTests {
    static let drafts = Draft.all.filter(\.rules.hasFills)
    private static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    private static func parameters(_ order: GroupOrder? = nil) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.fill = FillParameters(filter: .relative(groupCount: 2))
        parameters.fill?.groupOrder = order
        return parameters
    }

    /// Two groups of one object each.
    private static func stream(
        _ id: RequestID, _ draft: Draft, _ order: GroupOrder = .ascending
    ) throws -> [UInt8] {
        var encoder = FetchEncoder(draft.rules, order: order)
        var writer = WireWriter(varint: draft.rules.varint)
        writer.raw(try FetchEncoder.header(id, draft.rules))
        for group in order == .ascending ? [3, 7] : [7, 3] as [UInt64] {
            try encoder.objectHeader(
                FetchObjectHeader(
                    location: Location(group: group, object: 0), subgroup: 0, priority: 7, status: .normal,
                    payloadByteCount: 1, properties: nil), into: &writer)
            writer.raw([9])
        }
        return writer.bytes
    }

    private func subscribed(
        _ draft: Draft, _ parameters: MessageParameters = parameters(), answered: Bool = true
    ) throws -> (Probe, RequestID) {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.subscribe(Self.track, parameters: parameters)
        probe.drain()
        if answered { answer(probe) }
        return (probe, id)
    }

    private func answer(_ probe: Probe) {
        probe.receive(probe.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1)))), on: StreamID(0))
        probe.clear()
    }

    @Test(
        "the stream of a fill names the SUBSCRIBE, and may come before its answer", arguments: drafts,
        [true, false])
    func initial(_ draft: Draft, _ answerFirst: Bool) throws {
        let (probe, id) = try subscribed(draft, answered: answerFirst)
        if !answerFirst { probe.clear() }
        let stream = probe.newStream(.unidirectional)
        for byte in try Self.stream(id, draft) { probe.receive([byte], on: stream) }
        probe.receive([], on: stream, fin: true)
        #expect(
            probe.briefEvents.filter { !$0.hasPrefix("payload") } == [
                "fetch began \(id.value)", "fetched 3.0", "object ended", "fetched 7.0", "object ended",
                "fetch ended \(id.value) finished",
            ])
        if !answerFirst { answer(probe) }
        // The subscription lives on.
        #expect(probe.session.openRequestCount == 1 && probe.close == nil)
    }

    @Test("a fill always names its order; that of its stream follows", arguments: drafts)
    func order(_ draft: Draft) throws {
        for (asked, named) in [(nil, .ascending), (.descending, .descending)] as [(GroupOrder?, GroupOrder)] {
            let (probe, id) = try subscribed(draft, Self.parameters(asked), answered: false)
            guard
                case .subscribe(let message)? = probe.messages(on: StreamID(0), context: .requestFirst).first
            else {
                Issue.record("no SUBSCRIBE")
                return
            }
            #expect(message.parameters.fill?.groupOrder == named)
            probe.receive(
                try Self.stream(id, draft, named), on: probe.newStream(.unidirectional), fin: true)
            #expect(probe.briefEvents.last == "fetch ended \(id.value) finished")
        }
    }

    @Test("a fill of a REQUEST_UPDATE has the update's id; several may run", arguments: drafts)
    func update(_ draft: Draft) throws {
        let (probe, id) = try subscribed(draft)
        let first = try probe.session.update(id, parameters: Self.parameters())
        let second = try probe.session.update(id, parameters: Self.parameters())
        probe.drain()
        probe.receive(probe.frame(.requestOK(RequestOK(kind: .update))), on: StreamID(0))
        probe.clear()
        let streams = [second, first, id].map { ($0, probe.newStream(.unidirectional)) }
        for (request, stream) in streams { probe.receive(try Self.stream(request, draft), on: stream) }
        for (_, stream) in streams { probe.receive([], on: stream, fin: true) }
        #expect(
            probe.briefEvents.filter { $0.hasSuffix("finished") }
                == [second, first, id].map { "fetch ended \($0.value) finished" })
    }

    @Test("a fill that is given up, or whose update failed, stops its stream", arguments: drafts)
    func givenUp(_ draft: Draft) throws {
        let (probe, id) = try subscribed(draft)
        let bytes = try Self.stream(id, draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(bytes.prefix(6)), on: stream)
        probe.session.cancelFetch(id)
        probe.drain()
        #expect(probe.stops(of: stream) == [0x1])
        #expect(probe.session.openRequestCount == 1)
        let again = probe.newStream(.unidirectional)
        probe.receive(bytes, on: again)
        #expect(probe.stops(of: again) == [0x1])
        #expect(probe.session.tolerated.unknownFetchStreams == 0)

        let update = try probe.session.update(id, parameters: Self.parameters())
        probe.drain()
        let refused = probe.newStream(.unidirectional)
        probe.receive(Array(try Self.stream(update, draft).prefix(6)), on: refused)
        probe.receive(
            probe.frame(
                .requestError(RequestError(kind: .update, failure: RequestFailure(.internalError)))),
            on: StreamID(0))
        #expect(probe.stops(of: refused) == [0x1])
    }

    @Test("a fill that breaks off leaves its subscription alone", arguments: drafts)
    func brokenOff(_ draft: Draft) throws {
        let (probe, id) = try subscribed(draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(try Self.stream(id, draft).prefix(6)), on: stream)
        probe.reset(stream, code: 0x1)
        #expect(
            probe.briefEvents.last == "fetch ended \(id.value) reset(MOQTModel.StreamResetCode.cancelled)")
        #expect(probe.session.openRequestCount == 1 && probe.close == nil)
    }

    @Test("who leaves a subscription leaves its fills, answered or not", arguments: drafts, [true, false])
    func left(_ draft: Draft, _ answered: Bool) throws {
        let (probe, id) = try subscribed(draft, answered: answered)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(try Self.stream(id, draft).prefix(6)), on: stream)
        probe.session.unsubscribe(id)
        probe.drain()
        #expect(probe.stops(of: stream) == [0x1])
        let late = probe.newStream(.unidirectional)
        probe.receive(try Self.stream(id, draft), on: late)
        #expect(probe.stops(of: late) == [0x1])
    }

    @Test("after PUBLISH_DONE a fill may still be under way", arguments: drafts)
    func late(_ draft: Draft) throws {
        let (probe, id) = try subscribed(draft)
        probe.receive(
            probe.frame(.publishDone(PublishDone(status: .trackEnded, streamCount: 1))), on: StreamID(0))
        probe.receive(try Self.stream(id, draft), on: probe.newStream(.unidirectional), fin: true)
        #expect(probe.briefEvents.last == "fetch ended \(id.value) finished")
    }

    @Test("only the subscriber of a track may ask for a fill", arguments: drafts)
    func wrongSide(_ draft: Draft) throws {
        let probe = Probe.established(draft)
        let stream = probe.newStream(.bidirectional)
        let fetch = Fetch(requestID: RequestID(0), range: .filtered(track: Self.track, .unfiltered))
        probe.receive(probe.frame(.fetch(fetch)), on: stream)
        probe.clear()
        probe.receive(
            probe.frame(
                .requestUpdate(RequestUpdate(requestID: RequestID(2), parameters: Self.parameters()))),
            on: stream)
        #expect(probe.close?.code == 0x3)
    }

    @Test("where the draft has no fills none is asked for", arguments: [Draft.draft16, .draft19])
    func older(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.subscribe(Self.track, parameters: Self.parameters())
        probe.drain()
        let stream = probe.newStream(.unidirectional)
        probe.receive(try Self.stream(id, draft), on: stream)
        #expect(probe.stops(of: stream) == [0x1])
    }
}
