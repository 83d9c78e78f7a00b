import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// MAX_REQUEST_UPDATES, and which parameters an update may carry (draft-19 sections 10.3.1.7 and 10.9).
@Suite("REQUEST_UPDATE within its limits (draft-19 sections 10.3.1.7 and 10.9)")
struct RequestUpdateLimitTests {
    private static let limited = Draft.all.filter(\.rules.limitsRequestUpdates)
    private static let typed = Draft.all.filter { $0.rules.parameterForm == .typed }
    private static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    private static func priority(_ value: UInt8) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.subscriberPriority = value
        return parameters
    }

    private func update(_ id: UInt64, _ parameters: MessageParameters) -> ControlMessage {
        .requestUpdate(RequestUpdate(requestID: RequestID(id), parameters: parameters))
    }

    // Rules: 19-10.3.1.7-2
    @Test("one unanswered update too many ends the session with TOO_MANY_REQUEST_UPDATES", arguments: limited)
    func received(_ draft: Draft) throws {
        let probe = Probe.established(draft) { $0.requestUpdates = 2 }
        let stream = probe.newStream(.bidirectional)
        probe.receive(
            probe.frame(.subscribe(Subscribe(requestID: RequestID(0), track: Self.track))), on: stream)
        probe.session.acceptSubscribe(RequestID(0), alias: TrackAlias(0))
        probe.drain()
        // Answered ones give their place back.
        for index in 0..<5 as Range<UInt64> {
            probe.receive(probe.frame(update(2 + 2 * index, Self.priority(1))), on: stream)
            probe.session.acceptRequest(RequestID(2 + 2 * index))
            probe.drain()
        }
        // Another stream has a count of its own.
        let other = probe.newStream(.bidirectional)
        probe.receive(
            probe.frame(
                .subscribe(
                    Subscribe(
                        requestID: RequestID(100),
                        track: FullTrackName(namespace: TrackNamespace("live"), name: [2])))), on: other)
        probe.receive(probe.frame(update(20, Self.priority(1))), on: stream)
        probe.receive(probe.frame(update(22, Self.priority(2))), on: stream)
        probe.receive(probe.frame(update(102, Self.priority(1))), on: other)
        #expect(probe.session.isEstablished)
        probe.receive(probe.frame(update(24, Self.priority(3))), on: stream)
        #expect(probe.close?.code == 0x1B)
    }

    @Test("SETUP announces the limit", arguments: limited)
    func announced(_ draft: Draft) {
        let probe = Probe(draft) { $0.requestUpdates = 7 }
        guard case .setup(let setup)? = probe.messages(on: nil, context: .control).first else {
            Issue.record("no SETUP")
            return
        }
        #expect(setup.maxRequestUpdates == 7)
    }

    // Rules: 19-10.3.1.7-1
    @Test(
        "no more updates are open than the peer allows: the rest waits and is joined to one",
        arguments: limited)
    func sent(_ draft: Draft) throws {
        let probe = Probe(draft, role: .client)
        probe.sendSetup { $0.maxRequestUpdates = 2 }
        let id = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive(probe.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1)))), on: StreamID(0))
        probe.clear()
        var ids: [RequestID] = []
        for value in 1...5 as ClosedRange<UInt8> {
            var parameters = Self.priority(value)
            if value == 4 { parameters.forward = false }
            ids.append(try probe.session.update(id, parameters: parameters))
        }
        probe.drain()
        func written() -> [MessageParameters] {
            probe.messages(on: StreamID(0), context: .requestReply(.update)).compactMap {
                if case .requestUpdate(let message) = $0 { message.parameters } else { nil }
            }
        }
        #expect(written().map(\.subscriberPriority) == [1, 2])
        #expect(ids[2] == ids[3] && ids[3] == ids[4] && Set(ids).count == 3)
        probe.clear()
        probe.receive(probe.frame(.requestOK(RequestOK())), on: StreamID(0))
        #expect(written().map(\.subscriberPriority) == [5])
        #expect(written().map(\.forward) == [false])
        probe.receive(
            probe.frame(.requestOK(RequestOK())) + probe.frame(.requestOK(RequestOK())), on: StreamID(0))
        #expect(
            probe.briefEvents == ids[0..<3].map { "accepted \($0.value)" })
    }

    @Test("updates that wait fail with the one before them", arguments: limited)
    func failing(_ draft: Draft) throws {
        let probe = Probe(draft, role: .client)
        probe.sendSetup { $0.maxRequestUpdates = 1 }
        let id = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive(probe.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1)))), on: StreamID(0))
        let first = try probe.session.update(id, parameters: Self.priority(1))
        let second = try probe.session.update(id, parameters: Self.priority(2))
        probe.drain()
        probe.clear()
        probe.receive(
            probe.frame(.requestError(RequestError(failure: RequestFailure(.notSupported)))),
            on: StreamID(0))
        #expect(
            Set(probe.briefEvents)
                == ["refused \(first.value) notSupported", "refused \(second.value) notSupported"])
        #expect(probe.written(on: StreamID(0)).isEmpty)
    }

    struct Misplaced: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var change: @Sendable (inout MessageParameters) -> Void
    }

    static let misplaced = [
        Misplaced(testDescription: "FORWARD") { $0.forward = true },
        Misplaced(testDescription: "SUBSCRIBER_PRIORITY") { $0.subscriberPriority = 1 },
        Misplaced(testDescription: "location filter") { $0.filter = .nextGroup },
        Misplaced(testDescription: "NEW_GROUP_REQUEST") { $0.newGroupRequest = 0 },
        Misplaced(testDescription: "delivery timeout") { $0.objectDeliveryTimeout = 1 },
    ]

    @Test(
        "a parameter of another kind of request in an update ends the session (section 10.2.1)",
        arguments: typed, misplaced)
    func scope(_ draft: Draft, _ example: Misplaced) {
        let probe = Probe.established(draft)
        let stream = probe.newStream(.bidirectional)
        let publish = PublishNamespace(requestID: RequestID(0), namespace: TrackNamespace("live"))
        probe.receive(probe.frame(.publishNamespace(publish)), on: stream)
        var parameters = MessageParameters()
        parameters.authorizationTokens = [.useValue(type: 0, value: [1])]
        probe.receive(probe.frame(update(2, parameters)), on: stream)
        #expect(probe.briefEvents.last == "update 2 of 0", "tokens may be shown again")
        example.change(&parameters)
        probe.receive(probe.frame(update(4, parameters)), on: stream)
        #expect(probe.briefEvents.last == "failed protocolViolation")
    }
}
