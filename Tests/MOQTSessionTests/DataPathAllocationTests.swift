import CAllocationCount
import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Unoptimized code allocates coroutine frames of its own, so the count holds in release builds only
/// (`swift test -c release -Xswiftc -enable-testing --filter DataPathAllocationTests`).
@Suite struct DataPathAllocationTests {
    static let counts: Bool = {
        #if DEBUG
            false
        #else
            allocation_count_is_available()
        #endif
    }()

    @Test(
        "Objects on a stream pass through the session without an allocation",
        .enabled(if: counts), arguments: [Draft.draft14, .draft16, .draft18])
    func objects(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        _ = try probe.session.subscribe(FullTrackName(namespace: TrackNamespace("live"), name: [1]))
        probe.drain()
        let isStream = draft.rules.requestsTravelOn == .bidiStreams
        probe.receive(
            probe.frame(.subscribeOK(SubscribeOK(requestID: RequestID(0), alias: TrackAlias(5)))),
            on: isStream ? StreamID(0) : probe.peerControl)

        // 2000 objects of 100 bytes that arrive in packets of 1200.
        let payload = [UInt8](repeating: 9, count: 100)
        let bytes =
            SimulatedPeer.subgroup(
                TrackAlias(5), group: 0, [[UInt8]](repeating: payload, count: 2000), draft.rules) ?? []
        let whole = Payload(bytes)
        var packets: [Payload] = []
        for start in stride(from: 0, to: whole.count, by: 1200) {
            packets.append(whole.slice(from: start, count: 1200))
        }
        let session = probe.session
        let stream = probe.newStream(.unidirectional)
        var actions: [SessionAction] = []
        var events: [SessionEvent] = []
        var objects = 0
        var allocations: UInt64 = 0
        for (index, packet) in packets.enumerated() {
            if index == 20 { allocation_count_start() }
            session.streamReceived(stream, packet, fin: false, now: probe.now)
            session.drainActions(into: &actions)
            session.drainEvents(into: &events)
            for event in events {
                if case .objectEnded = event { objects += 1 }
            }
        }
        allocations = allocation_count_stop()
        #expect(objects == 2000)
        // A header that is split over two packets is gathered in an array: at most one per packet.
        #expect(allocations <= UInt64(packets.count), "\(draft): \(allocations) for \(packets.count) packets")
    }
}
