import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import Testing

/// One track from a publisher's connection to a subscriber's, through the relay that both are connected to.
final class Transfer {
    let name: String
    let track: PacedTrack
    let received = ReceivedTrack()
    private let announcement: Announcement
    private var subscriber: TrackSubscriber?

    /// Announces, subscribes and waits for SUBSCRIBE_OK.
    init(
        _ harness: RelayHarness, from publisher: ClientConnection, to subscriber: ClientConnection,
        byteCount: Int, namespace: TrackNamespace = TrackNamespace("test", "transfer"),
        patienceMilliseconds: UInt64 = 30_000
    ) throws {
        name = "draft \(publisher.draft?.number ?? 0) to draft \(subscriber.draft?.number ?? 0)"
        let full = FullTrackName(namespace: namespace, name: Array("bytes".utf8))
        track = PacedTrack(publisher.addTrack(full), byteCount: byteCount)
        announcement = try harness.announce(namespace, on: publisher)
        var parameters = MessageParameters()
        parameters.filter = .from(.zero)
        let received = received
        self.subscriber = try subscriber.subscribe(
            full, parameters: parameters, patienceMilliseconds: patienceMilliseconds
        ) { received.take($0) }
        try #require(harness.run(milliseconds: 5_000) { received.isAccepted || received.isOver }, "\(name)")
        try #require(received.isAccepted, "\(name): \(String(describing: received.failure))")
    }

    /// Writes what the path takes; true when the subscriber has seen the end.
    func step() -> Bool {
        track.pump()
        return received.isOver
    }

    func expectComplete() {
        #expect(received.ending == .trackEnded, "\(name)")
        #expect(received.byteCount == track.writtenByteCount, "\(name)")
        #expect(received.digest == track.digest, "\(name)")
        #expect(received.gapCount == 0, "\(name)")
    }
}
