import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Data streams of the peer: aliases, ends, limits.
@Suite struct DataStreamTests {
    static let drafts = Draft.all

    /// A client session with one accepted subscription, alias 5, request 0.
    func subscribed(
        _ draft: Draft, accepted: Bool = true, change: (inout SessionConfiguration) -> Void = { _ in }
    ) throws -> Probe {
        let probe = Probe.established(draft, role: .client, change: change)
        _ = try probe.session.subscribe(FullTrackName(namespace: TrackNamespace("live"), name: [1]))
        probe.drain()
        if accepted { accept(probe) }
        return probe
    }

    func accept(_ probe: Probe, alias: UInt64 = 5) {
        let isStream = probe.draft.rules.requestsTravelOn == .bidiStreams
        probe.clear()
        probe.receive(
            probe.frame(.subscribeOK(SubscribeOK(requestID: RequestID(0), alias: TrackAlias(alias)))),
            on: isStream ? StreamID(0) : probe.peerControl)
    }

    func subgroup(_ draft: Draft, alias: UInt64 = 5, group: UInt64 = 1, _ payloads: [[UInt8]]) -> [UInt8] {
        SimulatedPeer.subgroup(TrackAlias(alias), group: group, payloads, draft.rules) ?? []
    }

    @Test("A subgroup fed one byte at a time says the same", arguments: drafts)
    func bytewise(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        probe.clear()
        let stream = probe.newStream(.unidirectional)
        let bytes = subgroup(draft, [[1, 2], [], [3]])
        for byte in bytes { probe.receive([byte], on: stream) }
        probe.receive([], on: stream, fin: true)
        let whole = probe.briefEvents.filter { !$0.hasPrefix("payload") }
        #expect(
            whole == [
                "began 0 group 1", "object 0", "object ended", "object 1", "object ended", "object 2",
                "object ended", "ended finished",
            ])
        var consumed = 0
        for case .consumed(stream, let count) in probe.actions { consumed += count }
        #expect(consumed == bytes.count)
        #expect(probe.stops(of: stream) == [])
    }

    @Test("A reset ends the subgroup with its meaning", arguments: drafts)
    func reset(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(subgroup(draft, [[1, 2]]).dropLast()), on: stream)
        probe.reset(stream, code: 0x2)
        #expect(probe.briefEvents.last == "ended reset(MOQTModel.StreamResetCode.deliveryTimeout)")
        #expect(probe.close == nil)
    }

    @Test("A FIN inside an object is a PROTOCOL_VIOLATION", arguments: drafts)
    func cutShort(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        probe.receive(
            Array(subgroup(draft, [[1, 2]]).dropLast()), on: probe.newStream(.unidirectional), fin: true)
        #expect(probe.close?.code == 0x3)
    }

    @Test("An unknown stream type is a PROTOCOL_VIOLATION", arguments: drafts)
    func unknownType(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        probe.receive([0x16, 0, 0, 0], on: probe.newStream(.unidirectional))
        #expect(probe.close?.code == 0x3)
    }

    @Test("Data before its alias is held, then flows in order", arguments: drafts)
    func held(_ draft: Draft) throws {
        let probe = try subscribed(draft, accepted: false)
        probe.clear()
        let stream = probe.newStream(.unidirectional)
        let bytes = subgroup(draft, [[1, 2], [3]])
        for byte in bytes.dropLast() { probe.receive([byte], on: stream) }
        probe.receive(bytes.suffix(1), on: stream, fin: true)
        #expect(probe.briefEvents == [])
        accept(probe)
        let whole = probe.briefEvents.filter { !$0.hasPrefix("payload") }
        #expect(
            whole == [
                "subscribed 0 alias 5", "began 0 group 1", "object 0", "object ended", "object 1",
                "object ended", "ended finished",
            ])
        #expect(probe.session.nextDeadline == .distantFuture)
    }

    @Test("Data whose alias never comes is stopped after a while", arguments: drafts)
    func neverAnnounced(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        probe.clear()
        let open = probe.newStream(.unidirectional)
        probe.receive(subgroup(draft, alias: 77, [[1]]), on: open)
        let complete = probe.newStream(.unidirectional)
        probe.receive(subgroup(draft, alias: 77, [[1]]), on: complete, fin: true)
        probe.wait(milliseconds: 2_000)
        #expect(probe.stops(of: open) == [])
        probe.wait(milliseconds: 2_000)
        #expect(probe.stops(of: open) == [0x1])
        // A stream that was read to its end is never stopped.
        #expect(probe.stops(of: complete) == [])
        #expect(probe.session.tolerated.unknownAliases == 2)
        #expect(probe.briefEvents == [])
        #expect(probe.close == nil)
    }

    @Test("Held data is bounded in streams and bytes", arguments: drafts)
    func heldLimits(_ draft: Draft) throws {
        let probe = try subscribed(draft) {
            $0.limits.heldStreams = 2
            $0.limits.heldBytesPerStream = 100
        }
        probe.clear()
        let streams = (0..<3).map { _ in probe.newStream(.unidirectional) }
        for stream in streams { probe.receive(subgroup(draft, alias: 77, []), on: stream) }
        #expect(probe.stops(of: streams[2]) == [0x1])
        probe.receive([UInt8](repeating: 0, count: 90), on: streams[0])
        #expect(probe.stops(of: streams[0]) == [])
        probe.receive([UInt8](repeating: 0, count: 20), on: streams[0])
        #expect(probe.stops(of: streams[0]) == [0x1])
        #expect(probe.stops(of: streams[1]) == [])
    }

    @Test("Leaving a subscription stops its streams, each with an end", arguments: drafts)
    func left(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(Array(subgroup(draft, [[1, 2]]).dropLast()), on: stream)
        probe.clear()
        probe.session.unsubscribe(RequestID(0))
        probe.drain()
        #expect(probe.stops(of: stream) == [0x1])
        #expect(probe.briefEvents == ["ended reset(MOQTModel.StreamResetCode.cancelled)"])
        let later = probe.newStream(.unidirectional)
        probe.receive(subgroup(draft, [[1]]), on: later)
        #expect(probe.stops(of: later) == [0x1])
        #expect(probe.briefEvents.count == 1)
        #expect(probe.session.tolerated.unknownAliases == 0)
    }

    @Test("A subgroup that is of no more interest is stopped", arguments: drafts)
    func cancelled(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive(subgroup(draft, [[1, 2]]), on: stream)
        probe.clear()
        probe.session.cancelSubgroup(stream)
        probe.session.cancelSubgroup(stream)
        probe.receive([0, 1, 9], on: stream, fin: true)
        #expect(probe.stops(of: stream) == [0x1])
        #expect(probe.briefEvents == ["ended reset(MOQTModel.StreamResetCode.cancelled)"])
    }

    @Test("A fetch stream that nobody asked for is stopped and counted", arguments: drafts)
    func fetchStream(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        let stream = probe.newStream(.unidirectional)
        probe.receive([0x05], on: stream)
        #expect(probe.stops(of: stream) == [])
        probe.receive([0x00], on: stream)
        #expect(probe.stops(of: stream) == [0x1])
        #expect(probe.session.tolerated.unknownFetchStreams == 1)
        #expect(probe.close == nil)
        probe.receive([1, 2, 3], on: stream, fin: true)
        #expect(probe.close == nil)
    }

    @Test("Padding is thrown away where the draft has it", arguments: drafts)
    func padding(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        let stream = probe.newStream(.unidirectional)
        for byte: UInt8 in [0xF0, 0x13, 0x2B, 0x3E, 0x28, 0, 0, 0] { probe.receive([byte], on: stream) }
        if draft.rules.hasPadding {
            #expect(probe.close == nil)
            probe.receive([0], on: stream, fin: true)
            #expect(probe.close == nil)
        } else {
            #expect(probe.close?.code == 0x3)
        }
    }

    @Test("After PUBLISH_DONE the alias lives for a while, or goes to another track", arguments: drafts)
    func lingering(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        let isStream = draft.rules.requestsTravelOn == .bidiStreams
        let answers = isStream ? StreamID(0) : probe.peerControl
        probe.receive(
            probe.frame(
                .publishDone(PublishDone(requestID: RequestID(0), status: .trackEnded, streamCount: 1))),
            on: answers)
        probe.clear()
        probe.receive(subgroup(draft, [[1]]), on: probe.newStream(.unidirectional), fin: true)
        #expect(probe.briefEvents.first == "began 0 group 1")
        probe.wait(milliseconds: 11_000)
        probe.clear()
        probe.receive(subgroup(draft, [[1]]), on: probe.newStream(.unidirectional), fin: true)
        #expect(probe.briefEvents == [])
    }

    @Test("A datagram that is cut short is a PROTOCOL_VIOLATION", arguments: drafts)
    func datagram(_ draft: Draft) throws {
        let probe = try subscribed(draft)
        probe.session.datagramReceived(Payload([0x00, 0x05]), now: probe.now)
        probe.drain()
        #expect(probe.close?.code == 0x3)
    }
}
