import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// What a session itself makes of range filters (draft-19 section 5.1.3) and PUBLISH_STATE_NOTIFY
/// (draft-20 section 10.10).
@Suite struct Draft20SessionTests {
    private static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    @Test(
        "Range filters that nobody allowed refuse the request with INVALID_FILTER",
        arguments: Draft.all.filter(\.rules.hasRangeFilters))
    func filters(_ draft: Draft) {
        let probe = Probe.established(draft)
        var request = Subscribe(requestID: RequestID(0), track: Self.track)
        request.parameters.rangeFilters = [RangeFilter(.subgroup, ranges: [0...1])]
        let stream = probe.newStream(.bidirectional)
        probe.receive(probe.frame(.subscribe(request)), on: stream)
        #expect(probe.briefEvents == [])
        let answers = probe.messages(on: stream, context: .requestReply(.subscribe))
        guard case .requestError(let error)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(answers.count == 1 && error.failure.code == .invalidFilter)
        #expect(probe.session.openRequestCount == 0)
    }

    @Test(
        "PUBLISH_STATE_NOTIFY informs a subscriber, and ends the session when the subscriber sends it",
        arguments: Draft.all.filter(\.rules.hasPublishStateNotify))
    func notify(_ draft: Draft) throws {
        var parameters = MessageParameters()
        parameters.largestObject = .zero
        let asking = Probe.established(draft, role: .client)
        _ = try asking.session.subscribe(Self.track)
        asking.drain()
        asking.clear()
        asking.receive(
            asking.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1))))
                + asking.frame(.publishStateNotify(parameters)), on: StreamID(0))
        #expect(asking.session.isEstablished)
        #expect(asking.briefEvents == ["subscribed 0 alias 1", "notified 0"])

        let serving = Probe.established(draft)
        let stream = serving.newStream(.bidirectional)
        let request = Subscribe(requestID: RequestID(0), track: Self.track)
        serving.receive(serving.frame(.subscribe(request)), on: stream)
        serving.clear()
        // Before the answer there is no subscription to report on.
        serving.session.notifyState(RequestID(0), parameters: parameters)
        serving.session.acceptSubscribe(RequestID(0), alias: TrackAlias(1))
        serving.session.notifyState(RequestID(0), parameters: parameters)
        serving.drain()
        let sent = serving.messages(on: stream, context: .requestReply(.subscribe))
        #expect(sent.count == 2 && sent.last == .publishStateNotify(parameters), "\(sent)")
        serving.clear()
        serving.receive(serving.frame(.publishStateNotify(parameters)), on: stream)
        #expect(serving.briefEvents == ["failed protocolViolation"])
    }
}
