import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// What the end of either half of a request stream means (draft-18 section 3.3.2, wire differences 7.2, 7.7).
@Suite struct StreamEndTests {
    static let streaming = Draft.all.filter { $0.rules.requestsTravelOn == .bidiStreams }
    static let namespaceStreams = Draft.all.filter { $0.rules.subscribeNamespaceTravelsOn == .bidiStreams }
    static let track = FullTrackName(namespace: TrackNamespace("live"), name: [1])

    @Test(
        "FIN of a prefix's subscriber: the end up to draft 18, no more messages afterwards",
        arguments: namespaceStreams)
    func finOfPrefix(_ draft: Draft) {
        let probe = Probe.established(draft)
        let message = SubscribeNamespace(
            requestID: RequestID(0), prefix: TrackNamespace("live"), interest: .namespaces)
        let stream = probe.request(.subscribeNamespace(message), fin: true) ?? StreamID(0)
        let isEnd = draft.rules.finEndsNamespaceSubscription
        #expect(probe.briefEvents.count == (isEnd ? 2 : 1))
        #expect(probe.briefEvents.contains("cancelled 0") == isEnd)
        probe.session.acceptRequest(RequestID(0))
        probe.session.announce(suffix: TrackNamespace("cam"), on: RequestID(0))
        probe.drain()
        #expect(probe.messages(on: stream, context: .namespaceReply).count == (isEnd ? 0 : 2))
        // STOP_SENDING ends it everywhere.
        if !isEnd {
            probe.stop(stream)
            #expect(probe.briefEvents.last == "cancelled 0")
        }
    }

    @Test("A reset of a prefix's stream is its end", arguments: namespaceStreams)
    func resetOfPrefix(_ draft: Draft) {
        let probe = Probe.established(draft)
        let message = SubscribeNamespace(
            requestID: RequestID(0), prefix: TrackNamespace("live"), interest: .namespaces)
        let stream = probe.request(.subscribeNamespace(message)) ?? StreamID(0)
        probe.reset(stream)
        #expect(probe.briefEvents.last == "cancelled 0")
        #expect(probe.resets(of: stream) == [0x1])
    }

    @Test("The end of a publisher's half makes every namespace vanish", arguments: namespaceStreams)
    func publisherEnds(_ draft: Draft) throws {
        for byReset in [false, true] {
            let probe = Probe.established(draft, role: .client)
            let id = try probe.session.subscribeNamespace(TrackNamespace("live"), interest: .namespaces)
            probe.drain()
            let stream = StreamID(draft.rules.setupTravelsOn == .bidiControlStream ? 4 : 0)
            let ok = RequestOK(requestID: id, kind: .subscribeNamespace)
            probe.receive(probe.frame(.requestOK(ok)), on: stream)
            probe.receive(probe.frame(.namespace(TrackNamespace("a"))), on: stream)
            probe.receive(probe.frame(.namespace(TrackNamespace("b"))), on: stream)
            probe.receive(probe.frame(.namespace(TrackNamespace("a"))), on: stream)
            #expect(probe.session.tolerated.repeatedNamespaces == 1)
            probe.clear()
            if byReset { probe.reset(stream) } else { probe.receive([], on: stream, fin: true) }
            let end = ["vanished \(id.value) live-a", "vanished \(id.value) live-b", "cancelled \(id.value)"]
            #expect(probe.briefEvents == end)
            #expect(probe.session.openRequestCount == 0)
        }
    }

    @Test(
        "FIN right after SUBSCRIBE leaves the subscription alone; STOP_SENDING ends it", arguments: streaming)
    func finOfSubscribe(_ draft: Draft) {
        let probe = Probe.established(draft)
        let subscribe = Subscribe(requestID: RequestID(0), track: Self.track)
        let stream = probe.request(.subscribe(subscribe), fin: true) ?? StreamID(0)
        #expect(probe.briefEvents.count == 1)
        probe.session.acceptSubscribe(RequestID(0), alias: TrackAlias(0))
        probe.drain()
        probe.stop(stream)
        #expect(probe.briefEvents.last == "cancelled 0")
    }

    @Test("PUBLISH_NAMESPACE ends by reset; FIN ends it up to draft 18", arguments: streaming)
    func endOfPublishNamespace(_ draft: Draft) {
        let message = PublishNamespace(requestID: RequestID(0), namespace: TrackNamespace("live"))
        let fin = Probe.established(draft)
        fin.request(.publishNamespace(message), fin: true)
        #expect(fin.briefEvents.contains("cancelled 0") == draft.rules.finEndsNamespaceSubscription)
        let reset = Probe.established(draft)
        let stream = reset.request(.publishNamespace(message)) ?? StreamID(0)
        reset.session.acceptRequest(RequestID(0))
        // A stack that drops the half which it has read does not mean to withdraw.
        reset.stop(stream)
        #expect(!reset.briefEvents.contains("cancelled 0"))
        reset.reset(stream)
        #expect(reset.briefEvents.last == "cancelled 0")
    }

    @Test("A publisher that leaves without PUBLISH_DONE", arguments: streaming)
    func publisherVanishes(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive(probe.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1)))), on: StreamID(0))
        probe.reset(StreamID(0))
        #expect(probe.briefEvents.last == "cancelled \(id.value)")
        // A stream that ends unanswered is a refusal.
        let second = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive([], on: StreamID(4), fin: true)
        #expect(probe.briefEvents.last == "refused \(second.value) internalError")
    }

    @Test("GOAWAY on a request stream concerns that request, once", arguments: streaming)
    func goAwayOnRequest(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.subscribe(Self.track)
        probe.drain()
        probe.receive(probe.frame(.subscribeOK(SubscribeOK(alias: TrackAlias(1)))), on: StreamID(0))
        probe.clear()
        // Type 0x10, a URI of no bytes, a timeout of 0.
        let goAway: [UInt8] = [0x10, 0x00, 0x02, 0x00, 0x00]
        probe.receive(goAway, on: StreamID(0))
        guard draft.rules.goAwayOnRequestStreams else {
            #expect(probe.close?.code == 0x3)
            return
        }
        #expect(probe.briefEvents == ["goaway \(id.value)"])
        probe.receive(goAway, on: StreamID(0))
        #expect(probe.close?.code == 0x3)
    }

    @Test("A prefix stream that overtakes CLIENT_SETUP waits for it (draft-16 section 3.3)")
    func earlyPrefix() {
        let probe = Probe(.draft16)
        let message = SubscribeNamespace(
            requestID: RequestID(0), prefix: TrackNamespace("live"), interest: .namespaces)
        let stream = probe.newStream(.bidirectional)
        for byte in probe.frame(.subscribeNamespace(message)) { probe.receive([byte], on: stream) }
        #expect(probe.briefEvents == [])
        probe.sendSetup()
        #expect(probe.briefEvents == ["established", "subscribe namespace 0 live namespaces"])
    }

    @Test("Halves of a split prefix: the names decide, the tracks may be missing")
    func splitPrefix() throws {
        for draft in Draft.all where draft.rules.subscribeTracksIsSeparate {
            let pair = SessionPair.established(draft)
            let id = try pair.client.session.subscribeNamespace(TrackNamespace("live"), interest: .both)
            pair.run()
            pair.client.events = []
            pair.server.session.refuse(RequestID(id.value + 2), RequestFailure(.notSupported))
            pair.server.session.acceptRequest(id)
            pair.server.session.announce(suffix: TrackNamespace("cam"), on: id)
            pair.run()
            #expect(pair.client.takeEvents() == ["accepted \(id.value)", "appeared \(id.value) live-cam"])
            let tracks = try pair.client.session.subscribeNamespace(TrackNamespace("vod"), interest: .tracks)
            pair.run()
            pair.server.session.acceptRequest(tracks)
            pair.server.session.skipPublish(suffix: TrackNamespace("x"), name: [65], on: tracks)
            pair.run()
            #expect(
                pair.client.takeEvents() == ["accepted \(tracks.value)", "skipped \(tracks.value) vod-x--A"])
        }
    }

    @Test("One namespace, shown by NAMESPACE and by PUBLISH_NAMESPACE", arguments: Draft.all)
    func bothWays(_ draft: Draft) throws {
        let pair = SessionPair.established(draft)
        let id = try pair.client.session.subscribeNamespace(TrackNamespace("live"), interest: .namespaces)
        pair.run()
        pair.server.session.acceptRequest(id)
        pair.run()
        pair.client.events = []
        let namespace = TrackNamespace("live", "cam")
        let own = try pair.server.session.publishNamespace(namespace)
        pair.server.session.announce(suffix: TrackNamespace("cam"), on: id)
        pair.run()
        if draft.rules.namespaceAnnouncedAs == .publishNamespaceRequests {
            // Absorbed, and accepted without the layer above.
            #expect(pair.client.takeEvents() == ["appeared \(id.value) live-cam"])
            #expect(pair.server.takeEvents().last == "accepted \(own.value)")
            pair.server.session.endPublishNamespace(own)
            pair.run()
            #expect(pair.client.takeEvents() == [])
            pair.server.session.withdraw(suffix: TrackNamespace("cam"), on: id)
            pair.run()
            #expect(pair.client.takeEvents() == ["vanished \(id.value) live-cam"])
        } else {
            #expect(
                Set(pair.client.takeEvents()) == [
                    "appeared \(id.value) live-cam", "publish namespace \(own.value) live-cam",
                ])
        }
    }
}
