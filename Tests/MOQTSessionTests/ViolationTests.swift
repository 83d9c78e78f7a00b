import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Broken rules, each with its exact code and scope.
@Suite struct ViolationTests {
    static let drafts = Draft.all
    static let counting = Draft.all.filter(\.rules.hasRequestCredit)
    static let streaming = Draft.all.filter { $0.rules.requestsTravelOn == .bidiStreams }
    static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    static let protocolViolation: UInt64 = 0x3
    static let invalidRequestID: UInt64 = 0x4

    func subscribe(_ id: UInt64, _ name: UInt8 = 1) -> ControlMessage {
        .subscribe(
            Subscribe(
                requestID: RequestID(id),
                track: FullTrackName(namespace: TrackNamespace("live"), name: [name])))
    }

    // MARK: SETUP

    @Test("Anything before SETUP on the control stream is a PROTOCOL_VIOLATION", arguments: drafts)
    func setupFirst(_ draft: Draft) {
        let probe = Probe(draft)
        if draft.rules.setupTravelsOn == .bidiControlStream {
            probe.send(.goAway(GoAway()))
        } else {
            // A unidirectional stream that begins with another type is no control stream.
            probe.receive([0x3F, 0x00, 0x00], on: probe.peerControl)
        }
        #expect(probe.close?.code == Self.protocolViolation)
        #expect(probe.briefEvents == ["failed protocolViolation"])
    }

    @Test("SETUP twice is a PROTOCOL_VIOLATION", arguments: drafts)
    func setupTwice(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.sendSetup()
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("PATH and AUTHORITY from a server, or over WebTransport", arguments: drafts)
    func targetFromTheWrongSide(_ draft: Draft) {
        let client = Probe(draft, role: .client)
        client.sendSetup { $0.path = Array("/a".utf8) }
        #expect(client.close?.code == 0x8)
        let server = Probe(draft, isWebTransport: true)
        server.sendSetup { $0.path = Array("/a".utf8) }
        #expect(server.close?.code == 0x8)
        let authority = Probe(draft, isWebTransport: true)
        authority.sendSetup { $0.authority = Array("a".utf8) }
        if draft.rules.versionsInSetup {
            // The number also means MOQT_IMPLEMENTATION there.
            #expect(authority.close == nil)
            #expect(authority.session.tolerated.ambiguousAuthorities == 1)
        } else {
            #expect(authority.close?.code == 0x19)
        }
    }

    @Test("Malformed PATH and AUTHORITY", arguments: drafts)
    func malformedTarget(_ draft: Draft) {
        for path in ["a", "/a b", "/%zz", "/é"] {
            let probe = Probe(draft)
            probe.sendSetup { $0.path = Array(path.utf8) }
            #expect(probe.close?.code == 0x9, "\(path)")
        }
        for authority in ["a b", "a/b", "%4"] {
            let probe = Probe(draft)
            probe.sendSetup { $0.authority = Array(authority.utf8) }
            #expect(probe.close?.code == 0x1A, "\(authority)")
        }
        let fine = Probe(draft)
        fine.sendSetup {
            $0.path = Array("/a/b%20c?token=x:y@z".utf8)
            $0.authority = Array("[2001:db8::1]:4443".utf8)
        }
        #expect(fine.close == nil)
        #expect(fine.session.tolerated.missingPaths == 0)
    }

    @Test("A client on raw QUIC without PATH is tolerated and counted", arguments: drafts)
    func missingPath(_ draft: Draft) {
        let probe = Probe.established(draft)
        #expect(probe.session.isEstablished)
        #expect(probe.session.tolerated.missingPaths == 1)
    }

    @Test("No common version ends in VERSION_NEGOTIATION_FAILED (draft-14 section 9.3.1)")
    func versions() {
        let probe = Probe(.draft14)
        probe.sendSetup { $0.versions = [0xFF00_0001, 0xFF00_000D] }
        #expect(probe.close?.code == 0x15)
        let client = Probe(.draft14, role: .client)
        client.sendSetup { $0.versions = [0xFF00_000D] }
        #expect(client.close?.code == 0x15)
    }

    @Test("Private and greased setup options are ignored", arguments: drafts)
    func unknownOptions(_ draft: Draft) {
        let probe = Probe(draft)
        probe.sendSetup {
            $0.unknown = [
                Property(type: 0x40B54, value: .integer(1)), Property(type: 0x40B54, value: .integer(2)),
                Property(type: 0x40B5B, value: .bytes([1, 2])),
            ]
        }
        #expect(probe.session.isEstablished)
    }

    // MARK: Control stream

    @Test("Closing the control stream is a PROTOCOL_VIOLATION", arguments: drafts)
    func controlClosed(_ draft: Draft) {
        let fin = Probe.established(draft)
        fin.receive([], on: fin.peerControl, fin: true)
        #expect(fin.close?.code == Self.protocolViolation)
        let reset = Probe.established(draft)
        reset.reset(reset.peerControl)
        #expect(reset.close?.code == Self.protocolViolation)
        let stopped = Probe.established(draft)
        stopped.stop(draft.rules.setupTravelsOn == .uniControlStreams ? StreamID(3) : StreamID(0))
        #expect(stopped.close?.code == Self.protocolViolation)
    }

    @Test("A second control stream is a PROTOCOL_VIOLATION", arguments: drafts)
    func secondControl(_ draft: Draft) {
        let probe = Probe.established(draft)
        let isUni = draft.rules.setupTravelsOn == .uniControlStreams
        let stream = probe.newStream(isUni ? .unidirectional : .bidirectional)
        probe.receive(probe.frame(.setup(Setup(role: .client))), on: stream)
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("An unknown message is a PROTOCOL_VIOLATION", arguments: drafts)
    func unknownMessage(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.receive([0x3F, 0x00, 0x00], on: probe.peerControl)
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("A length that lies is a PROTOCOL_VIOLATION, in both directions", arguments: drafts)
    func lyingLength(_ draft: Draft) {
        for difference in [-1, 1] {
            let probe = Probe.established(draft)
            var bytes = probe.frame(.goAway(GoAway(timeout: 9, requestID: RequestID(1))))
            bytes[2] = UInt8(Int(bytes[2]) + difference)
            probe.receive(bytes + [0, 0, 0], on: probe.peerControl)
            #expect(probe.close?.code == Self.protocolViolation, "\(difference)")
        }
    }

    @Test("GOAWAY twice, and a URI from a client", arguments: drafts)
    func goAway(_ draft: Draft) {
        let probe = Probe.established(draft)
        var message = GoAway()
        if draft.rules.goAwayNamesRequest { message.requestID = RequestID(1) }
        probe.send(.goAway(message))
        #expect(probe.briefEvents == ["goaway session"])
        probe.send(.goAway(message))
        #expect(probe.close?.code == Self.protocolViolation)
        let uri = Probe.established(draft)
        message.newSessionURI = "moqt://x"
        uri.send(.goAway(message))
        #expect(uri.close?.code == Self.protocolViolation)
    }

    @Test("GOAWAY that names a request of its sender (draft-18 section 10.4)")
    func goAwayParity() {
        let probe = Probe.established(.draft18)
        probe.send(.goAway(GoAway(requestID: RequestID(0))))
        #expect(probe.close?.code == Self.invalidRequestID)
    }

    // MARK: Request ids

    @Test("A request id of the wrong parity is INVALID_REQUEST_ID", arguments: drafts)
    func parity(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.request(subscribe(1))
        #expect(probe.close?.code == Self.invalidRequestID)
    }

    @Test("A request id twice is INVALID_REQUEST_ID", arguments: drafts)
    func repeated(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.request(subscribe(0))
        probe.request(subscribe(0, 2))
        #expect(probe.close?.code == Self.invalidRequestID)
    }

    @Test("Out of sequence: fatal on one stream, natural on many", arguments: drafts)
    func sequence(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.request(subscribe(4))
        if draft.rules.requestsTravelOn == .bidiStreams {
            probe.request(subscribe(0, 2))
            probe.request(subscribe(2, 3))
            #expect(probe.close == nil)
            probe.request(subscribe(4, 4))
        }
        if draft.rules.subscribeNamespaceTravelsOn == .controlStream
            || draft.rules.requestsTravelOn == .bidiStreams
        {
            #expect(probe.close?.code == Self.invalidRequestID)
        }
    }

    @Test("A request beyond MAX_REQUEST_ID is TOO_MANY_REQUESTS (draft-16 section 9.5)", arguments: counting)
    func credit(_ draft: Draft) {
        let probe = Probe.established(draft) { $0.requestCredit = 2 }
        probe.request(subscribe(0, 1))
        probe.request(subscribe(2, 2))
        #expect(probe.close == nil)
        probe.request(subscribe(4, 3))
        #expect(probe.close?.code == 0x7)
    }

    @Test("MAX_REQUEST_ID is raised as requests finish, and must grow", arguments: counting)
    func creditRaised(_ draft: Draft) {
        let probe = Probe.established(draft) { $0.requestCredit = 2 }
        probe.request(subscribe(0, 1))
        probe.session.refuse(RequestID(0), RequestFailure(.doesNotExist))
        probe.drain()
        #expect(probe.messages(on: nil, context: .control).contains(.maxRequestID(6)))
        probe.send(.maxRequestID(1002))
        #expect(probe.close == nil)
        probe.send(.maxRequestID(1002))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("Without credit nothing is sent but REQUESTS_BLOCKED", arguments: counting)
    func blocked(_ draft: Draft) throws {
        let probe = Probe(draft)
        probe.sendSetup { $0.maxRequestID = nil }
        probe.clear()
        let id = try probe.session.subscribe(Self.track)
        probe.session.unsubscribe(id)
        probe.drain()
        #expect(probe.messages(on: nil, context: .control) == [.requestsBlocked(0)])
        probe.clear()
        probe.send(.maxRequestID(10))
        let sent = probe.messages(on: nil, context: .control)
        #expect(sent.count == 2)
        #expect(sent.last == .unsubscribe(id))
    }

    // MARK: Request streams

    @Test("A request stream must begin with a request", arguments: streaming)
    func firstMessage(_ draft: Draft) {
        let probe = Probe.established(draft)
        let stream = probe.newStream(.bidirectional)
        probe.receive(probe.frame(.requestOK(RequestOK())), on: stream)
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("A second request on one stream is a PROTOCOL_VIOLATION", arguments: streaming)
    func secondRequest(_ draft: Draft) {
        let probe = Probe.established(draft)
        let stream = probe.request(subscribe(0)) ?? StreamID(0)
        probe.receive(probe.frame(subscribe(2, 2)), on: stream)
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("Requests do not travel on the control stream", arguments: streaming)
    func requestOnControl(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.send(subscribe(0))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("The answer must come first", arguments: streaming)
    func answerFirst(_ draft: Draft) throws {
        let probe = Probe.established(draft)
        _ = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive(
            probe.frame(.publishDone(PublishDone(status: .trackEnded, streamCount: 0))), on: StreamID(1))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("A stream that ends inside a message is a PROTOCOL_VIOLATION", arguments: streaming)
    func truncated(_ draft: Draft) {
        let probe = Probe.established(draft)
        let stream = probe.newStream(.bidirectional)
        probe.receive(Array(probe.frame(subscribe(0)).dropLast()), on: stream, fin: true)
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("Early request streams wait for SETUP, within limits", arguments: streaming)
    func early(_ draft: Draft) {
        let probe = Probe(draft) { $0.limits.earlyStreams = 2 }
        probe.request(subscribe(0, 1))
        probe.request(subscribe(2, 2))
        let third = probe.request(subscribe(4, 3)) ?? StreamID(0)
        #expect(probe.briefEvents == [])
        #expect(probe.resets(of: third).count == 1)
        probe.sendSetup()
        #expect(
            probe.briefEvents == ["established", "subscribe 0 live--.01", "subscribe 2 live--.02"])
    }

    @Test("Bidirectional streams that the draft does not know")
    func secondBidi() {
        for draft in [Draft.draft14, .draft15] {
            let probe = Probe.established(draft)
            probe.receive(probe.frame(subscribe(0)), on: StreamID(4))
            #expect(probe.close?.code == Self.protocolViolation)
        }
    }

    @Test("An answer to a request that was never made is a PROTOCOL_VIOLATION", arguments: counting)
    func answerToNothing(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.send(.subscribeOK(SubscribeOK(requestID: RequestID(1), alias: TrackAlias(0))))
        #expect(probe.close?.code == Self.protocolViolation)
    }

    @Test("An answer to a request that was withdrawn is late, not wrong", arguments: counting)
    func lateAnswer(_ draft: Draft) throws {
        let probe = Probe.established(draft)
        let id = try probe.session.subscribe(Self.track)
        probe.session.unsubscribe(id)
        probe.send(.subscribeOK(SubscribeOK(requestID: id, alias: TrackAlias(5))))
        #expect(probe.close == nil)
        #expect(probe.session.tolerated.lateMessages == 1)
    }

    @Test("A second answer is a PROTOCOL_VIOLATION", arguments: drafts)
    func secondAnswer(_ draft: Draft) throws {
        let probe = Probe.established(draft)
        let id = try probe.session.subscribe(Self.track)
        probe.drain()
        let ok = probe.frame(.subscribeOK(SubscribeOK(requestID: id, alias: TrackAlias(5))))
        let stream = draft.rules.requestsTravelOn == .bidiStreams ? StreamID(1) : probe.peerControl
        probe.receive(ok, on: stream)
        #expect(probe.close == nil)
        probe.receive(ok, on: stream)
        #expect(probe.close?.code == Self.protocolViolation)
    }

    // MARK: Aliases and subscriptions

    @Test("One alias for two live tracks is DUPLICATE_TRACK_ALIAS", arguments: drafts)
    func duplicateAlias(_ draft: Draft) {
        let probe = Probe.established(draft)
        for id: UInt64 in [0, 2] {
            let name = FullTrackName(namespace: TrackNamespace("live"), name: [UInt8(id)])
            probe.request(.publish(Publish(requestID: RequestID(id), track: name, alias: TrackAlias(9))))
        }
        #expect(probe.close?.code == 0x5)
    }

    @Test("A second SUBSCRIBE for a track (draft-18 section 5.1)", arguments: drafts)
    func duplicateSubscribe(_ draft: Draft) {
        let probe = Probe.established(draft)
        probe.request(subscribe(0))
        probe.clear()
        let stream = probe.request(subscribe(2))
        if draft.rules.requestsTravelOn == .controlStream {
            #expect(probe.session.tolerated.duplicateSubscriptions == 1)
            #expect(probe.briefEvents.count == 1)
        } else if draft.rules.codes.hasDuplicateSubscription {
            // The first may have been cancelled on its own stream, which this one overtook.
            #expect(probe.messages(on: stream, context: .requestReply(.subscribe)).isEmpty)
            probe.wait(milliseconds: 101)
            #expect(probe.briefEvents == [])
            let answers = probe.messages(on: stream, context: .requestReply(.subscribe))
            guard case .requestError(let error) = answers.first else {
                Issue.record("no REQUEST_ERROR")
                return
            }
            #expect(error.failure.code == .duplicateSubscription)
        } else {
            #expect(probe.briefEvents.count == 1)
        }
        #expect(probe.close == nil)
    }

    @Test(
        "A SUBSCRIBE that overtakes the cancellation of the one before takes its place (draft-18 section 5.1)"
    )
    func crossingSubscribe() {
        let probe = Probe.established(.draft18)
        let first = probe.request(subscribe(0)) ?? StreamID(0)
        probe.request(subscribe(2))
        probe.clear()
        probe.stop(first)
        #expect(probe.briefEvents.count == 2)
        #expect(probe.briefEvents.first == "cancelled 0")
        probe.wait(milliseconds: 200)
        #expect(probe.session.openRequestCount == 1)
    }

    @Test(
        "An unknown message parameter: fatal where it cannot be skipped",
        arguments: [Draft.draft16, .draft14])
    func unknownParameter(_ draft: Draft) {
        // TRACK_STATUS-free and simple: PUBLISH_NAMESPACE with one parameter of type 0x3E (even: an integer).
        let probe = Probe.established(draft)
        var bytes = probe.frame(
            .publishNamespace(PublishNamespace(requestID: RequestID(0), namespace: TrackNamespace("a"))))
        bytes[bytes.count - 1] = 1
        bytes += [0x3E, 0x00]
        bytes[2] += 2
        probe.receive(bytes, on: probe.peerControl)
        if draft.rules.unknownParametersAreIgnored {
            #expect(probe.briefEvents == ["publish namespace 0 a"])
        } else {
            #expect(probe.close?.code == Self.protocolViolation)
        }
    }

    @Test("An empty prefix on drafts that forbid it is tolerated and counted")
    func emptyPrefix() {
        for draft in [Draft.draft14, .draft15] {
            let probe = Probe.established(draft)
            probe.receive([0x11, 0x00, 0x03, 0x00, 0x00, 0x00], on: probe.peerControl)
            #expect(probe.briefEvents == ["subscribe namespace 0  both"])
            #expect(probe.session.tolerated.emptyPrefixes == 1)
        }
    }

    @Test("NAMESPACE_DONE before NAMESPACE is a PROTOCOL_VIOLATION (draft-18 section 10.18)")
    func namespaceDoneFirst() throws {
        for draft in Self.drafts where draft.rules.namespaceAnnouncedAs == .namespaceMessages {
            let probe = Probe.established(draft, role: .client)
            let id = try probe.session.subscribeNamespace(TrackNamespace("live"), interest: .namespaces)
            probe.drain()
            let stream = StreamID(draft.rules.setupTravelsOn == .bidiControlStream ? 4 : 0)
            probe.receive(
                probe.frame(.requestOK(RequestOK(requestID: id, kind: .subscribeNamespace))), on: stream)
            #expect(probe.briefEvents == ["accepted \(id.value)"])
            probe.receive(probe.frame(.namespaceDone(TrackNamespace("cam"))), on: stream)
            #expect(probe.close?.code == Self.protocolViolation)
        }
    }

    // MARK: Tokens

    @Test("Token aliases without room end the session (draft-18 section 10.2.1)", arguments: drafts)
    func tokens(_ draft: Draft) {
        func probe(_ token: AuthorizationToken, room: UInt64 = 0) -> Probe {
            let probe = Probe.established(draft) { $0.tokenCacheByteCount = room }
            var message = Subscribe(requestID: RequestID(0), track: Self.track)
            message.parameters.authorizationTokens = [token]
            probe.request(.subscribe(message))
            return probe
        }
        #expect(probe(.register(alias: 1, type: 0, value: [1])).close?.code == 0x13)
        #expect(probe(.useAlias(1)).close?.code == 0x17)
        #expect(probe(.delete(alias: 1)).close?.code == 0x17)
        let fine = probe(.register(alias: 1, type: 7, value: [1]), room: 17)
        guard case .subscribeReceived(let message) = fine.events.first else {
            Issue.record("no SUBSCRIBE")
            return
        }
        #expect(message.parameters.authorizationTokens == [.useValue(type: 7, value: [1])])
        var again = Subscribe(requestID: RequestID(2), track: FullTrackName(namespace: .init("x"), name: [2]))
        again.parameters.authorizationTokens = [.useAlias(1)]
        fine.request(.subscribe(again))
        guard case .subscribeReceived(let second) = fine.events.last else {
            Issue.record("no second SUBSCRIBE")
            return
        }
        #expect(second.parameters.authorizationTokens == [.useValue(type: 7, value: [1])])
    }
}
