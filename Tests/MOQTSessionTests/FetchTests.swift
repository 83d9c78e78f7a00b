import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import Testing

/// FETCH in both roles (draft-18 sections 10.14 and 11.4.4).
@Suite struct FetchTests {
    static let drafts = Draft.all
    static let range = Fetch.Range.standalone(
        track: FullTrackName(namespace: TrackNamespace("live"), name: [1]),
        start: Location(group: 1, object: 0),
        endGroup: 9, endObject: nil)

    static func stream(_ id: RequestID, _ draft: Draft) throws -> [UInt8] {
        var encoder = FetchEncoder(draft.rules)
        var writer = WireWriter(varint: draft.rules.varint)
        writer.raw(try FetchEncoder.header(id, draft.rules))
        for location in [
            Location(group: 1, object: 0), Location(group: 1, object: 1), Location(group: 4, object: 0),
        ] {
            let header = FetchObjectHeader(
                location: location, subgroup: 0, priority: 7, status: .normal, payloadByteCount: 2,
                properties: nil)
            try encoder.objectHeader(header, into: &writer)
            writer.raw([1, 2])
        }
        return writer.bytes
    }

    static let objects = [
        "fetched 1.0", "object ended", "fetched 1.1", "object ended", "fetched 4.0", "object ended",
    ]

    func asking(_ draft: Draft) throws -> (probe: Probe, id: RequestID, answers: StreamID) {
        let probe = Probe.established(draft, role: .client)
        let id = try probe.session.fetch(Self.range)
        probe.drain()
        probe.clear()
        let isStream = draft.rules.requestsTravelOn == .bidiStreams
        return (probe, id, isStream ? StreamID(0) : probe.peerControl)
    }

    @Test(
        "FETCH, FETCH_OK, objects, in either order and one byte at a time", arguments: drafts, [true, false])
    func fetch(_ draft: Draft, _ answerFirst: Bool) throws {
        let (probe, id, answers) = try asking(draft)
        let ok = FetchOK(requestID: id, endOfTrack: false, endGroup: 4, endObject: 0)
        if answerFirst { probe.receive(probe.frame(.fetchOK(ok)), on: answers) }
        let stream = probe.newStream(.unidirectional)
        for byte in try Self.stream(id, draft) { probe.receive([byte], on: stream) }
        probe.receive([], on: stream, fin: true)
        if !answerFirst { probe.receive(probe.frame(.fetchOK(ok)), on: answers) }
        let accepted = ["fetch accepted \(id.value) to 4"]
        let data = ["fetch began \(id.value)"] + Self.objects + ["fetch ended \(id.value) finished"]
        #expect(
            probe.briefEvents.filter { !$0.hasPrefix("payload") }
                == (answerFirst ? accepted + data : data + accepted))
        #expect(probe.session.openRequestCount == 0)
    }

    @Test("A FETCH that is given up stops its stream, now or later", arguments: drafts)
    func cancelled(_ draft: Draft) throws {
        let (probe, id, _) = try asking(draft)
        let bytes = try Self.stream(id, draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(bytes.prefix(8)), on: stream)
        probe.session.cancelFetch(id)
        probe.drain()
        #expect(probe.stops(of: stream) == [0x1])
        #expect(
            probe.briefEvents.last == "fetch ended \(id.value) reset(MOQTModel.StreamResetCode.cancelled)")
        let later = probe.newStream(.unidirectional)
        probe.receive(bytes, on: later)
        #expect(probe.stops(of: later) == [0x1])
        #expect(probe.session.tolerated.unknownFetchStreams == 0)
        #expect(probe.session.openRequestCount == 0)
    }

    @Test("A reset and a stream cut short", arguments: drafts)
    func ends(_ draft: Draft) throws {
        let (probe, id, _) = try asking(draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(try Self.stream(id, draft).dropLast()), on: stream)
        probe.reset(stream, code: 0x1)
        #expect(
            probe.briefEvents.last == "fetch ended \(id.value) reset(MOQTModel.StreamResetCode.cancelled)")
        let (cut, other, _) = try asking(draft)
        cut.receive(
            Array(try Self.stream(other, draft).dropLast()), on: cut.newStream(.unidirectional), fin: true)
        #expect(cut.close?.code == 0x3)
    }

    @Test("Serving a FETCH, and losing it", arguments: drafts)
    func serving(_ draft: Draft) throws {
        let pair = SessionPair.established(draft)
        let first = try pair.client.session.fetch(Self.range)
        let second = try pair.client.session.fetch(Self.range)
        pair.run()
        pair.server.events = []
        pair.client.events = []
        pair.server.session.acceptFetch(first, endOfTrack: false, endGroup: 4, endObject: 0)
        pair.run()
        #expect(pair.client.takeEvents() == ["fetch accepted \(first.value) to 4"])
        let stream = pair.server.transport.openStream(.unidirectional) ?? StreamID(99)
        pair.server.transport.send(Payload(try Self.stream(first, draft)), fin: true, on: stream)
        pair.server.session.fetchServed(first)
        pair.client.session.cancelFetch(second)
        pair.run()
        #expect(pair.client.takeEvents().last == "fetch ended \(first.value) finished")
        #expect(pair.server.takeEvents() == ["cancelled \(second.value)"])
        #expect(pair.client.session.openRequestCount == 0)
        #expect(pair.server.session.openRequestCount == 0)
        #expect(pair.client.session.openStreamCount == 0)
        #expect(pair.server.session.openStreamCount == 0)
    }
}
