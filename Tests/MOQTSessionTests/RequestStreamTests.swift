import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// What goes out on a request's stream, and what a request's answer may say.
@Suite struct RequestStreamTests {
    static let drafts = Draft.all
    static let streaming = Draft.all.filter { $0.rules.requestsTravelOn == .bidiStreams }
    static let mandatory = Draft.all.filter(\.rules.trackPropertiesMayBeMandatory)
    static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    // Rules: 19-3.3.2-1, 19-3.3.2-2, 19-3.3.2-3
    @Test("FIN follows the last message: a refusal, a single answer, PUBLISH_DONE", arguments: streaming)
    func fin(_ draft: Draft) {
        let probe = Probe.established(draft)
        func ask(_ message: ControlMessage) -> StreamID { probe.request(message) ?? StreamID(0) }
        let refused = ask(.subscribe(Subscribe(requestID: RequestID(0), track: Self.track)))
        #expect(!probe.hasFinished(refused))
        probe.session.refuse(RequestID(0), RequestFailure(.doesNotExist))
        probe.drain()
        #expect(probe.messages(on: refused, context: .requestReply(.subscribe)).count == 1)
        #expect(probe.hasFinished(refused))
        let status = ask(.trackStatus(Subscribe(requestID: RequestID(2), track: Self.track)))
        #expect(!probe.hasFinished(status))
        probe.session.acceptRequest(RequestID(2))
        probe.drain()
        #expect(probe.messages(on: status, context: .requestReply(.trackStatus)).count == 1)
        #expect(probe.hasFinished(status))
        let subscribed = ask(.subscribe(Subscribe(requestID: RequestID(4), track: Self.track)))
        probe.session.acceptSubscribe(RequestID(4), alias: TrackAlias(0))
        probe.drain()
        #expect(!probe.hasFinished(subscribed))
        probe.session.publishDone(RequestID(4), status: .trackEnded, streamCount: 0)
        probe.drain()
        let said = probe.messages(on: subscribed, context: .requestReply(.subscribe))
        #expect(said.count == 2)
        guard case .publishDone? = said.last else {
            Issue.record("no PUBLISH_DONE: \(said)")
            return
        }
        #expect(probe.hasFinished(subscribed))
    }

    // Rules: 19-5.2-2, 16-5.2-2
    @Test("A FETCH is given up by FETCH_CANCEL, or by stopping its stream", arguments: drafts)
    func fetchGivenUp(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.fetch(
            .standalone(track: Self.track, start: .zero, endGroup: 1, endObject: nil))
        probe.drain()
        probe.session.cancelFetch(id)
        probe.drain()
        if draft.rules.cancelsByMessage {
            guard case .fetchCancel(id)? = probe.messages(on: nil, context: .control).last else {
                Issue.record("no FETCH_CANCEL")
                return
            }
        } else {
            #expect(probe.stops(of: StreamID(0)) == [0x1])
            #expect(probe.resets(of: StreamID(0)) == [0x1])
        }
    }

    // Rules: 19-3.2.1-2
    @Test(
        "A request below a reserved namespace goes up: the layer above knows what there is", arguments: drafts
    )
    func reserved(_ draft: Draft) {
        let probe = Probe.established(draft)
        let namespace = TrackNamespace(".later", "x")
        let track = FullTrackName(namespace: namespace, name: [1])
        probe.request(.subscribe(Subscribe(requestID: RequestID(0), track: track)))
        probe.request(.publish(Publish(requestID: RequestID(2), track: track, alias: TrackAlias(1))))
        probe.request(.publishNamespace(PublishNamespace(requestID: RequestID(4), namespace: namespace)))
        probe.request(
            .subscribeNamespace(
                SubscribeNamespace(requestID: RequestID(6), prefix: namespace, interest: .namespaces)))
        #expect(probe.briefEvents.count == 4)
        #expect(probe.close == nil)
    }

    // MARK: Mandatory track properties

    private static let needy: TrackProperties = {
        var properties = TrackProperties()
        properties.other = [Property(type: 0x4002, value: .integer(1))]
        return properties
    }()

    // Rules: 19-2.5.1-2, 19-2.5.1-3
    @Test("A PUBLISH with an unknown mandatory property is UNSUPPORTED_EXTENSION", arguments: drafts)
    func needyPublish(_ draft: Draft) {
        let probe = Probe.established(draft)
        var publish = Publish(requestID: RequestID(0), track: Self.track, alias: TrackAlias(1))
        publish.properties = Self.needy
        let stream = probe.request(.publish(publish))
        guard draft.rules.trackPropertiesMayBeMandatory else {
            #expect(probe.briefEvents == ["publish 0 \(Self.track)"])
            return
        }
        #expect(probe.events.isEmpty)
        let answer = probe.messages(on: stream, context: .requestReply(.publish))
        guard case .requestError(let error)? = answer.first else {
            Issue.record("no REQUEST_ERROR: \(answer)")
            return
        }
        #expect(error.failure.code == .unsupportedExtension)
        #expect(probe.close == nil)
    }

    // Rules: 19-2.5.1-4
    @Test("A SUBSCRIBE_OK with one ends our request; its data is stopped", arguments: mandatory)
    func needySubscribeOK(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive(
            probe.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1), properties: Self.needy))),
            on: StreamID(0))
        #expect(probe.briefEvents == ["refused \(id.value) unsupportedExtension"])
        #expect(probe.stops(of: StreamID(0)) == [0x1])
        #expect(probe.session.openRequestCount == 0)
        let data = probe.newStream(.unidirectional)
        probe.receive([0x10, 1, 0, 128], on: data)
        #expect(probe.stops(of: data) == [0x1])
    }

    // Rules: 19-2.5.1-6
    @Test("A FETCH_OK with one ends our request", arguments: mandatory)
    func needyFetchOK(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.fetch(
            .standalone(track: Self.track, start: .zero, endGroup: 1, endObject: nil))
        probe.drain()
        let ok = FetchOK(endOfTrack: false, endGroup: 1, endObject: 1, properties: Self.needy)
        probe.receive(probe.frame(.fetchOK(ok)), on: StreamID(0))
        #expect(probe.briefEvents == ["refused \(id.value) unsupportedExtension"])
        #expect(probe.stops(of: StreamID(0)) == [0x1])
        #expect(probe.session.openRequestCount == 0)
    }

    // MARK: What contradicts the request

    // Rules: 19-10.13-2
    @Test("A FETCH_OK that ends before the range began is a PROTOCOL_VIOLATION", arguments: drafts)
    func fetchEndsTooEarly(_ draft: Draft) throws {
        for (group, object, isWrong) in [(5, 2, false), (5, 1, true), (4, 9, true)]
            as [(UInt64, UInt64, Bool)]
        {
            let probe = Probe.established(draft, role: .client)
            let start = Location(group: 5, object: 2)
            let id = try probe.session.fetch(
                .standalone(track: Self.track, start: start, endGroup: 9, endObject: nil))
            probe.drain()
            var ok = FetchOK(endOfTrack: false, endGroup: group, endObject: object)
            if draft.rules.answersCarryRequestID { ok.requestID = id }
            let onStream = draft.rules.requestsTravelOn == .bidiStreams
            probe.receive(probe.frame(.fetchOK(ok)), on: onStream ? StreamID(0) : probe.peerControl)
            #expect(probe.close?.code == (isWrong ? 0x3 : nil))
        }
    }

    // Rules: 19-10.6.1-2, 19-10.6.1-3
    @Test(
        "A redirect of a namespace request has no track name: one is a PROTOCOL_VIOLATION",
        arguments: drafts.filter(\.rules.requestErrorCarriesRedirect))
    func redirect(_ draft: Draft) throws {
        let redirect = Redirect(connectURI: "", track: Self.track)
        let failure = RequestFailure(.redirect, redirect: redirect)
        for isNamespace in [false, true] {
            let probe = Probe.established(draft, role: .client)
            if isNamespace {
                _ = try probe.session.publishNamespace(Self.track.namespace)
            } else {
                _ = try probe.session.subscribe(Self.track)
            }
            probe.drain()
            probe.receive(probe.frame(.requestError(RequestError(failure: failure))), on: StreamID(0))
            #expect(probe.close?.code == (isNamespace ? 0x3 : nil))
        }
        // We leave it out.
        let probe = Probe.established(draft)
        let message = PublishNamespace(requestID: RequestID(0), namespace: Self.track.namespace)
        let stream = probe.request(.publishNamespace(message))
        probe.session.refuse(RequestID(0), failure)
        probe.drain()
        guard
            case .requestError(let error)? = probe.messages(
                on: stream, context: .requestReply(.publishNamespace)
            ).first
        else {
            Issue.record("no REQUEST_ERROR")
            return
        }
        #expect(error.failure.redirect?.track.name == [])
        #expect(error.failure.redirect?.track.namespace == Self.track.namespace)
    }
}
