import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import Testing
import TransportInterface

@Suite struct HandshakeTests {
    static let drafts = Draft.all

    @Test("SETUP is exchanged on every draft (draft-18 section 3.3)", arguments: drafts)
    func setup(_ draft: Draft) {
        let pair = SessionPair.established(draft)
        #expect(pair.client.takeEvents() == ["established"])
        #expect(pair.server.takeEvents() == ["established"])
        #expect(pair.client.session.draft == draft)
        #expect(pair.server.session.draft == draft)
        #expect(pair.server.session.peerSetup?.path == Array("/relay".utf8))
        #expect(pair.server.session.peerSetup?.authority == Array("example.com:4443".utf8))
        #expect(pair.server.session.peerSetup?.implementation == "test client")
        #expect(pair.server.session.tolerated == ToleratedFaults())
    }

    @Test("SETUP survives one byte at a time", arguments: drafts)
    func split(_ draft: Draft) {
        var conditions = SimulatedConditions()
        conditions.maximumSegmentByteCount = 1
        let pair = SessionPair.established(draft, conditions: conditions)
        #expect(pair.client.session.isEstablished)
        #expect(pair.server.session.isEstablished)
    }

    @Test("Over WebTransport PATH and AUTHORITY stay out of SETUP", arguments: drafts)
    func webTransport(_ draft: Draft) {
        let pair = SessionPair(draft, carrier: .webTransport)
        pair.run()
        #expect(pair.server.session.isEstablished)
        #expect(pair.server.session.peerSetup?.path == nil)
    }

    @Test("Without a sub-protocol the draft that negotiates in SETUP is spoken")
    func noProtocolName() {
        let pair = SessionPair(.draft14, carrier: .webTransport, name: .some(nil))
        pair.run()
        #expect(pair.client.session.draft == .draft14)
        #expect(pair.server.session.draft == .draft14)
    }

    @Test("A protocol name that is none of ours ends in VERSION_NEGOTIATION_FAILED")
    func unknownProtocol() {
        let pair = SessionPair(.draft18, name: "moqt-99")
        pair.run()
        #expect(pair.client.takeEvents() == ["failed versionNegotiationFailed"])
        #expect(pair.server.takeEvents() == ["failed versionNegotiationFailed"])
    }

    @Test("No SETUP in time ends in CONTROL_MESSAGE_TIMEOUT", arguments: drafts)
    func timeout(_ draft: Draft) {
        let network = SimulatedNetwork(seed: 1)
        let ends = network.makePair(name: draft.alpn)
        let configuration = SessionConfiguration(role: .server, drafts: Draft.all, isWebTransport: false)
        let server = SimulatedPeer(configuration, ends.server, network)
        network.run(milliseconds: 9_000)
        #expect(server.takeEvents() == [])
        network.run(milliseconds: 2_000)
        #expect(server.takeEvents() == ["failed controlMessageTimeout"])
        #expect(
            server.closeReason
                == .application(code: 0x11, reason: "no SETUP in time", byPeer: false))
    }

    @Test("GOAWAY is delivered once, and new requests are refused", arguments: drafts)
    func goAway(_ draft: Draft) throws {
        let pair = SessionPair.established(draft)
        _ = (pair.client.takeEvents(), pair.server.takeEvents())
        pair.server.session.goAway(
            GoAway(newSessionURI: "moqt://other", timeout: 5_000), now: pair.network.now)
        pair.server.session.goAway(GoAway(), now: pair.network.now)
        pair.run()
        #expect(pair.client.takeEvents() == ["goaway session"])
        let late = try pair.client.session.subscribe(FullTrackName(namespace: .init("a"), name: [1]))
        pair.run()
        let refusal = draft.rules.codes.hasGoingAway ? "goingAway" : "internalError"
        #expect(pair.client.takeEvents() == ["refused \(late.value) \(refusal)"])
        // Nothing is open when the time is up: a quiet end.
        pair.run(5)
        #expect(pair.server.takeEvents() == [])
        #expect(pair.client.closeReason == .application(code: 0, reason: "gone away", byPeer: true))
    }

    @Test("Requests that outlive the timeout of a GOAWAY end in GOAWAY_TIMEOUT", arguments: drafts)
    func goAwayTimeout(_ draft: Draft) throws {
        let pair = SessionPair.established(draft)
        _ = try pair.client.session.subscribe(FullTrackName(namespace: .init("a"), name: [1]))
        pair.run()
        pair.server.events = []
        pair.server.session.goAway(GoAway(timeout: 5_000), now: pair.network.now)
        pair.run(4)
        #expect(pair.server.takeEvents() == [])
        pair.run(2)
        #expect(pair.server.takeEvents() == ["failed goAwayTimeout"])
        #expect(
            pair.client.closeReason
                == .application(code: 0x10, reason: "still open after GOAWAY", byPeer: true))
    }
}
