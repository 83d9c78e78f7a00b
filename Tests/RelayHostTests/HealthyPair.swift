import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import Testing

/// A publisher and a subscriber that go on exchanging small objects, one every few milliseconds, for as long as
/// a test lasts.
final class HealthyPair {
    let received = ReceivedTrack()
    private(set) var writtenCount = 0
    private let harness: RelayHarness
    private let publisher: TrackPublisher
    private let announcement: Announcement
    private var subscriber: TrackSubscriber?
    private var digest = ByteDigest()
    private var lastWrite = Instant.zero

    private static let interval: UInt64 = 3
    private static let objectsPerGroup = 40
    private static let objectByteCount = 1500

    /// Connects both over different carriers and drafts and waits for SUBSCRIBE_OK.
    init(_ harness: RelayHarness) throws {
        self.harness = harness
        let name = FullTrackName(namespace: TrackNamespace("test", "healthy"), name: Array("bytes".utf8))
        let source = try harness.connect(.quic, .draft18)
        publisher = source.addTrack(name)
        announcement = try harness.announce(name.namespace, on: source)
        let received = received
        subscriber = try harness.connect(.webTransport, .draft16).subscribe(name) { received.take($0) }
        try #require(harness.run(milliseconds: 5_000) { received.isAccepted })
    }

    /// Writes the next object when its time has come.
    func step() {
        let now = harness.client.now
        guard now.milliseconds(since: lastWrite) >= Self.interval else { return }
        lastWrite = now
        if writtenCount % Self.objectsPerGroup == 0 {
            publisher.beginGroup(UInt64(writtenCount / Self.objectsPerGroup))
        }
        let bytes = [UInt8](
            repeating: UInt8(truncatingIfNeeded: writtenCount), count: Self.objectByteCount)
        bytes.withUnsafeBytes { digest.add($0) }
        publisher.write(bytes)
        writtenCount += 1
    }

    /// Ends the track; everything written must have arrived, in order, without a gap.
    func finish() {
        publisher.end()
        #expect(harness.run(milliseconds: 20_000) { received.isOver })
        #expect(received.ending == .trackEnded)
        #expect(received.objectCount == writtenCount)
        #expect(received.digest == digest)
        #expect(received.gapCount == 0)
    }
}
