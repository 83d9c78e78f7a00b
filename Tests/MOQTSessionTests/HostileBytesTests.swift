import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import Testing

/// Whatever bytes come: no trap, no hang, no growth, and a closed session stays silent.
@Suite struct HostileBytesTests {
    static let drafts = Draft.all

    static func samples() -> [ControlMessage] {
        let track = FullTrackName(namespace: TrackNamespace("live", "cam"), name: [1, 2])
        var parameters = MessageParameters()
        parameters.subscriberPriority = 3
        parameters.filter = .range(start: Location(group: 1, object: 2), endGroup: 9, endObject: nil)
        parameters.authorizationTokens = [.useValue(type: 1, value: [1, 2, 3])]
        return [
            .subscribe(Subscribe(requestID: RequestID(0), track: track, parameters: parameters)),
            .trackStatus(Subscribe(requestID: RequestID(0), track: track)),
            .publish(Publish(requestID: RequestID(0), track: track, alias: TrackAlias(3))),
            .publishNamespace(PublishNamespace(requestID: RequestID(0), namespace: track.namespace)),
            .subscribeNamespace(
                SubscribeNamespace(requestID: RequestID(0), prefix: track.namespace, interest: .namespaces)),
            .subscribeTracks(
                SubscribeNamespace(requestID: RequestID(0), prefix: track.namespace, interest: .tracks)),
            .fetch(
                Fetch(
                    requestID: RequestID(0),
                    range: .standalone(
                        track: track, start: Location(group: 1, object: 0), endGroup: 2, endObject: nil))),
        ]
    }

    @Test("Random bytes on every kind of stream", arguments: drafts)
    func random(_ draft: Draft) {
        for seed: UInt64 in 0..<300 {
            var random = SplitMix64(seed: seed)
            let probe = seed % 4 == 0 ? Probe(draft) : Probe.established(draft)
            for _ in 0..<40 where probe.close == nil {
                let direction: StreamDirection =
                    random.chance(perMille: 500) ? .bidirectional : .unidirectional
                let stream = random.chance(perMille: 300) ? probe.peerControl : probe.newStream(direction)
                let bytes = (0..<random.below(60)).map { _ in
                    UInt8(random.below(random.chance(perMille: 700) ? 32 : 256))
                }
                probe.receive(bytes, on: stream, fin: random.chance(perMille: 200))
                if random.chance(perMille: 200) { probe.reset(stream, code: random.below(20)) }
                if random.chance(perMille: 100) { probe.stop(stream, code: random.below(20)) }
                probe.session.datagramReceived(Payload(bytes), now: probe.now)
                probe.wait(milliseconds: random.below(100))
            }
            guard probe.close != nil else { continue }
            #expect(probe.events.contains { if case .failed = $0 { true } else { false } }, "seed \(seed)")
            let count = (probe.actions.count, probe.events.count)
            probe.receive([1, 2, 3], on: probe.peerControl)
            probe.wait(milliseconds: 100_000)
            #expect(count == (probe.actions.count, probe.events.count), "seed \(seed)")
        }
    }

    @Test("Real requests with flipped bytes", arguments: drafts)
    func mutated(_ draft: Draft) {
        for message in Self.samples() {
            for seed: UInt64 in 0..<100 {
                var random = SplitMix64(seed: seed)
                let probe = Probe.established(draft)
                var bytes = probe.frame(message)
                guard !bytes.isEmpty else { continue }
                for _ in 0...random.below(3) {
                    bytes[Int(random.below(UInt64(bytes.count)))] = UInt8(random.below(256))
                }
                var travels = draft.rules.requestsTravelOn
                if case .subscribeNamespace = message { travels = draft.rules.subscribeNamespaceTravelsOn }
                let stream =
                    travels == .bidiStreams ? probe.newStream(.bidirectional) : probe.peerControl
                probe.receive(bytes, on: stream)
                if probe.close == nil {
                    // What was understood can be refused.
                    probe.session.refuse(RequestID(0), RequestFailure(.notSupported))
                    probe.drain()
                }
            }
        }
    }

    @Test("Every request, one byte at a time, is understood as when it comes whole", arguments: drafts)
    func bytewise(_ draft: Draft) {
        for message in Self.samples() {
            let whole = Probe.established(draft)
            guard !whole.frame(message).isEmpty else { continue }
            whole.request(message)
            let split = Probe.established(draft)
            var travels = draft.rules.requestsTravelOn
            if case .subscribeNamespace = message { travels = draft.rules.subscribeNamespaceTravelsOn }
            let stream = travels == .bidiStreams ? split.newStream(.bidirectional) : split.peerControl
            for byte in split.frame(message) { split.receive([byte], on: stream) }
            #expect(split.briefEvents == whole.briefEvents)
            #expect(whole.briefEvents.count == 1)
            #expect(whole.close == nil)
        }
    }

    @Test("Every request, cut anywhere, says nothing", arguments: drafts)
    func truncated(_ draft: Draft) {
        for message in Self.samples() {
            let bytes = Probe.established(draft).frame(message)
            for count in 0..<bytes.count {
                let probe = Probe.established(draft)
                var travels = draft.rules.requestsTravelOn
                if case .subscribeNamespace = message { travels = draft.rules.subscribeNamespaceTravelsOn }
                let stream = travels == .bidiStreams ? probe.newStream(.bidirectional) : probe.peerControl
                probe.receive(Array(bytes.prefix(count)), on: stream)
                #expect(probe.briefEvents == [])
                #expect(probe.close == nil)
            }
        }
    }

    @Test("A request that is not supported is refused with the draft's own code", arguments: drafts)
    func notSupported(_ draft: Draft) {
        let probe = Probe.established(draft)
        let stream = probe.request(Self.samples()[6])
        #expect(probe.briefEvents == ["fetch 0"])
        probe.clear()
        probe.session.refuse(RequestID(0), RequestFailure(.notSupported))
        probe.drain()
        let context: StreamContext = stream == nil ? .control : .requestReply(.fetch)
        guard case .requestError(let error) = probe.messages(on: stream, context: context).first else {
            Issue.record("no answer")
            return
        }
        #expect(error.failure.code == .notSupported)
        if let stream { #expect(probe.hasFinished(stream)) }
    }

    @Test("More open requests than allowed are refused, not kept", arguments: drafts)
    func tooMany(_ draft: Draft) {
        let probe = Probe.established(draft) { $0.limits.openIncomingRequests = 3 }
        for id: UInt64 in 0..<6 {
            let track = FullTrackName(namespace: TrackNamespace("live"), name: [UInt8(id)])
            probe.request(.subscribe(Subscribe(requestID: RequestID(2 * id), track: track)))
        }
        #expect(probe.briefEvents.count == 3)
        #expect(probe.close == nil)
    }
}
