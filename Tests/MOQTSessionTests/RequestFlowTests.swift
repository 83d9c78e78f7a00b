import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import Testing
import TransportInterface

/// Every request in both directions on every draft: what one side commands the other side hears, whatever
/// lies on the wire.
@Suite struct RequestFlowTests {
    /// Who asks.
    enum Asker: CaseIterable, Sendable { case client, server }

    static let drafts = Draft.all
    static let track = FullTrackName(namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))

    struct Ends {
        let pair: SessionPair
        let asker: SimulatedPeer
        let answerer: SimulatedPeer
        let base: UInt64

        init(_ draft: Draft, _ side: Asker) {
            pair = SessionPair.established(draft)
            asker = side == .client ? pair.client : pair.server
            answerer = side == .client ? pair.server : pair.client
            base = side == .client ? 0 : 1
            asker.events = []
            answerer.events = []
        }
    }

    @Test("SUBSCRIBE, SUBSCRIBE_OK, objects, PUBLISH_DONE", arguments: drafts, Asker.allCases)
    func subscribe(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let id = try ends.asker.session.subscribe(Self.track)
        ends.pair.run()
        #expect(id.value == ends.base)
        #expect(ends.answerer.takeEvents() == ["subscribe \(id.value) \(Self.track)"])
        let alias = ends.answerer.session.allocateAlias()
        ends.answerer.session.acceptSubscribe(id, alias: alias)
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["subscribed \(id.value) alias \(alias.value)"])
        ends.answerer.sendSubgroup(alias, group: 7, [[1, 2, 3], [4]])
        ends.pair.run()
        #expect(
            ends.asker.takeEvents() == [
                "began \(id.value) group 7", "object 0", "payload 3", "object ended", "object 1", "payload 1",
                "object ended", "ended finished",
            ])
        ends.answerer.session.publishDone(id, status: .trackEnded, streamCount: 1)
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["done \(id.value) trackEnded"])
        // Objects that were under way when the publisher said so still arrive.
        ends.answerer.sendSubgroup(alias, group: 8, [[1]])
        ends.pair.run()
        #expect(ends.asker.takeEvents().first == "began \(id.value) group 8")
        #expect(ends.answerer.takeEvents() == [])
    }

    @Test("A SUBSCRIBE that is refused", arguments: drafts, Asker.allCases)
    func subscribeRefused(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let id = try ends.asker.session.subscribe(Self.track)
        ends.pair.run()
        ends.answerer.session.refuse(id, RequestFailure(.doesNotExist, "no such track"))
        ends.answerer.session.refuse(id, RequestFailure(.doesNotExist, "twice"))
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["refused \(id.value) doesNotExist"])
    }

    @Test("A subscriber leaves, before and after the answer", arguments: drafts, Asker.allCases)
    func unsubscribe(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let early = try ends.asker.session.subscribe(Self.track)
        ends.pair.run()
        ends.asker.session.unsubscribe(early)
        ends.pair.run()
        #expect(
            ends.answerer.takeEvents() == [
                "subscribe \(early.value) \(Self.track)", "cancelled \(early.value)",
            ])
        let id = try ends.asker.session.subscribe(Self.track)
        ends.pair.run()
        let alias = ends.answerer.session.allocateAlias()
        ends.answerer.session.acceptSubscribe(id, alias: alias)
        ends.pair.run()
        ends.answerer.events = []
        ends.asker.session.unsubscribe(id)
        ends.pair.run()
        #expect(ends.answerer.takeEvents() == ["cancelled \(id.value)"])
        // Data that was under way is stopped without an event.
        ends.asker.events = []
        ends.answerer.sendSubgroup(alias, group: 1, [[1]])
        ends.pair.run()
        #expect(ends.asker.takeEvents() == [])
        #expect(ends.asker.session.isEstablished)
    }

    @Test("PUBLISH, PUBLISH_OK, objects, PUBLISH_DONE", arguments: drafts, Asker.allCases)
    func publish(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let alias = ends.asker.session.allocateAlias()
        let id = try ends.asker.session.publish(Self.track, alias: alias)
        // Objects may precede the answer, and even the PUBLISH itself.
        ends.asker.sendSubgroup(alias, group: 3, [[9]])
        ends.pair.run()
        #expect(
            ends.answerer.takeEvents() == [
                "publish \(id.value) \(Self.track)", "began \(id.value) group 3", "object 0", "payload 1",
                "object ended", "ended finished",
            ])
        ends.answerer.session.acceptPublish(id)
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["publish accepted \(id.value)"])
        ends.asker.session.publishDone(id, status: .subscriptionEnded, streamCount: 1)
        ends.pair.run()
        // A draft without the status says the nearest that is true.
        let codes = ErrorCodes(draft.rules)
        let status = codes.publishDone(codes.code(.subscriptionEnded))
        #expect(ends.answerer.takeEvents() == ["done \(id.value) \(status)"])
    }

    @Test("The receiver of a PUBLISH refuses it, or leaves it later", arguments: drafts, Asker.allCases)
    func publishUnwanted(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let first = try ends.asker.session.publish(Self.track, alias: ends.asker.session.allocateAlias())
        ends.pair.run()
        ends.answerer.session.refuse(first, RequestFailure(.uninterested))
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["refused \(first.value) uninterested"])
        let second = try ends.asker.session.publish(Self.track, alias: ends.asker.session.allocateAlias())
        ends.pair.run()
        ends.answerer.session.acceptPublish(second)
        ends.pair.run()
        ends.asker.events = []
        ends.answerer.session.unsubscribe(second)
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["cancelled \(second.value)"])
    }

    @Test("Updates are answered in order, or not at all on drafts without answers", arguments: drafts)
    func update(_ draft: Draft) throws {
        let ends = Ends(draft, .client)
        let id = try ends.asker.session.subscribe(Self.track)
        ends.pair.run()
        ends.answerer.session.acceptSubscribe(id, alias: ends.answerer.session.allocateAlias())
        ends.pair.run()
        _ = (ends.asker.takeEvents(), ends.answerer.takeEvents())
        var parameters = MessageParameters()
        parameters.subscriberPriority = 3
        parameters.forward = false
        parameters.filter = .from(Location(group: 5, object: 0))
        let first = try ends.asker.session.update(id, parameters: parameters)
        let second = try ends.asker.session.update(id, parameters: parameters)
        ends.pair.run()
        #expect(
            ends.answerer.takeEvents() == [
                "update \(first.value) of \(id.value)", "update \(second.value) of \(id.value)",
            ])
        ends.answerer.session.refuse(second, RequestFailure(.notSupported))
        ends.answerer.session.acceptRequest(first)
        ends.pair.run()
        let events = ends.asker.takeEvents()
        if draft.rules.updatesAreAnswered {
            #expect(Set(events) == ["accepted \(first.value)", "refused \(second.value) notSupported"])
        } else {
            #expect(events == ["accepted \(first.value)", "accepted \(second.value)"])
        }
        // The request lives on.
        ends.asker.session.unsubscribe(id)
        ends.pair.run()
        #expect(ends.answerer.takeEvents() == ["cancelled \(id.value)"])
    }

    @Test("The receiver of a PUBLISH updates it", arguments: drafts)
    func updateOfPublish(_ draft: Draft) throws {
        let ends = Ends(draft, .client)
        let id = try ends.asker.session.publish(Self.track, alias: ends.asker.session.allocateAlias())
        ends.pair.run()
        ends.answerer.session.acceptPublish(id)
        var parameters = MessageParameters()
        parameters.subscriberPriority = 3
        parameters.forward = true
        parameters.filter = .from(Location(group: 5, object: 0))
        let update = try ends.answerer.session.update(id, parameters: parameters)
        ends.pair.run()
        #expect(
            ends.asker.takeEvents() == [
                "publish accepted \(id.value)", "update \(update.value) of \(id.value)",
            ])
        ends.answerer.events = []
        ends.asker.session.acceptRequest(update)
        ends.pair.run()
        #expect(
            ends.answerer.takeEvents() == (draft.rules.updatesAreAnswered ? ["accepted \(update.value)"] : [])
        )
    }

    @Test("PUBLISH_NAMESPACE is accepted, refused, withdrawn and revoked", arguments: drafts, Asker.allCases)
    func publishNamespace(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let namespace = TrackNamespace("live", "cam")
        let refused = try ends.asker.session.publishNamespace(namespace)
        ends.pair.run()
        #expect(ends.answerer.takeEvents() == ["publish namespace \(refused.value) live-cam"])
        ends.answerer.session.refuse(refused, RequestFailure(.unauthorized))
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["refused \(refused.value) unauthorized"])

        let withdrawn = try ends.asker.session.publishNamespace(namespace)
        ends.pair.run()
        ends.answerer.session.acceptRequest(withdrawn)
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["accepted \(withdrawn.value)"])
        ends.answerer.events = []
        ends.asker.session.endPublishNamespace(withdrawn)
        ends.pair.run()
        #expect(ends.answerer.takeEvents() == ["cancelled \(withdrawn.value)"])

        let revoked = try ends.asker.session.publishNamespace(namespace)
        ends.pair.run()
        ends.answerer.session.acceptRequest(revoked)
        ends.pair.run()
        ends.asker.events = []
        ends.answerer.session.refuse(revoked, RequestFailure(.uninterested))
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["namespace cancelled \(revoked.value)"])
    }

    @Test("Namespaces below a prefix appear and vanish", arguments: drafts, Asker.allCases)
    func subscribeNamespace(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let id = try ends.asker.session.subscribeNamespace(TrackNamespace("live"), interest: .both)
        ends.pair.run()
        let rules = draft.rules
        if rules.subscribeTracksIsSeparate {
            #expect(
                ends.answerer.takeEvents() == [
                    "subscribe namespace \(id.value) live namespaces",
                    "subscribe namespace \(id.value + 2) live tracks",
                ])
            ends.answerer.session.acceptRequest(RequestID(id.value + 2))
        } else {
            #expect(ends.answerer.takeEvents() == ["subscribe namespace \(id.value) live both"])
        }
        ends.answerer.session.announce(suffix: TrackNamespace("early"), on: id)
        ends.answerer.session.acceptRequest(id)
        ends.answerer.session.announce(suffix: TrackNamespace("cam"), on: id)
        ends.answerer.session.announce(suffix: TrackNamespace("cam"), on: id)
        ends.pair.run()
        #expect(
            ends.asker.takeEvents() == [
                "accepted \(id.value)", "appeared \(id.value) live-early", "appeared \(id.value) live-cam",
            ])
        ends.answerer.session.withdraw(suffix: TrackNamespace("cam"), on: id)
        ends.answerer.session.withdraw(suffix: TrackNamespace("never"), on: id)
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["vanished \(id.value) live-cam"])
        // The answers to announcements concern nobody above.
        #expect(ends.answerer.takeEvents() == [])
        ends.asker.session.endSubscribeNamespace(id)
        ends.pair.run()
        let cancelled = ["cancelled \(id.value)", "cancelled \(id.value + 2)"]
        #expect(
            Set(ends.answerer.takeEvents())
                == Set(rules.subscribeTracksIsSeparate ? cancelled : [cancelled[0]]))
        #expect(ends.asker.takeEvents() == [])
    }

    @Test("A refused prefix is reported once", arguments: drafts)
    func prefixRefused(_ draft: Draft) throws {
        let ends = Ends(draft, .client)
        let id = try ends.asker.session.subscribeNamespace(TrackNamespace("live"), interest: .both)
        ends.pair.run()
        ends.answerer.session.refuse(id, RequestFailure(.prefixOverlap))
        ends.pair.run()
        #expect(ends.asker.takeEvents() == ["refused \(id.value) prefixOverlap"])
    }

    @Test("Overlapping prefixes of one kind are seen (draft-18 section 10.18)", arguments: drafts)
    func overlap(_ draft: Draft) throws {
        let ends = Ends(draft, .client)
        let first = try ends.asker.session.subscribeNamespace(TrackNamespace("live"), interest: .namespaces)
        let second = try ends.asker.session.subscribeNamespace(
            TrackNamespace("live", "cam"), interest: .namespaces)
        let third = try ends.asker.session.subscribeNamespace(TrackNamespace("vod"), interest: .namespaces)
        ends.pair.run()
        #expect(ends.answerer.session.overlapsAnotherPrefix(first))
        #expect(ends.answerer.session.overlapsAnotherPrefix(second))
        #expect(!ends.answerer.session.overlapsAnotherPrefix(third))
    }

    @Test("TRACK_STATUS is answered either way", arguments: drafts, Asker.allCases)
    func trackStatus(_ draft: Draft, _ side: Asker) throws {
        let ends = Ends(draft, side)
        let first = try ends.asker.session.trackStatus(Self.track)
        let second = try ends.asker.session.trackStatus(Self.track)
        ends.pair.run()
        #expect(
            ends.answerer.takeEvents() == ["track status \(first.value)", "track status \(second.value)"])
        var parameters = MessageParameters()
        parameters.largestObject = Location(group: 4, object: 2)
        ends.answerer.session.acceptRequest(first, parameters: parameters)
        ends.answerer.session.refuse(second, RequestFailure(.notSupported))
        ends.pair.run()
        #expect(
            Set(ends.asker.takeEvents()) == [
                "accepted \(first.value)", "refused \(second.value) notSupported",
            ])
    }

    @Test("Datagrams find their request", arguments: drafts)
    func datagram(_ draft: Draft) throws {
        let ends = Ends(draft, .client)
        let id = try ends.asker.session.subscribe(Self.track)
        ends.pair.run()
        let alias = ends.answerer.session.allocateAlias()
        let object = ObjectDatagram(
            alias: alias, location: Location(group: 2, object: 0), payload: Payload([1]))
        let bytes = Payload(try DatagramCodec(draft.rules).encode(object, alias: alias))
        // Before its alias a datagram waits.
        ends.asker.session.datagramReceived(bytes, now: ends.pair.network.now)
        ends.answerer.session.acceptSubscribe(id, alias: alias)
        ends.pair.run()
        ends.asker.session.datagramReceived(bytes, now: ends.pair.network.now)
        ends.pair.run()
        #expect(
            ends.asker.takeEvents() == [
                "subscribed \(id.value) alias \(alias.value)", "datagram \(id.value) 2",
                "datagram \(id.value) 2",
            ])
    }

    @Test("Requests beyond the peer's credit wait for it", arguments: drafts)
    func credit(_ draft: Draft) throws {
        let pair = SessionPair(draft) { $0.requestCredit = 2 }
        pair.run()
        pair.server.handler = { peer, event in
            if case .trackStatusReceived(let message) = event {
                peer.session.refuse(message.requestID, RequestFailure(.notSupported))
            }
        }
        pair.client.events = []
        for _ in 0..<50 { _ = try pair.client.session.trackStatus(Self.track) }
        pair.run(5)
        #expect(pair.client.takeEvents().count == 50)
        #expect(pair.client.session.isEstablished)
        #expect(pair.server.session.isEstablished)
    }
}
