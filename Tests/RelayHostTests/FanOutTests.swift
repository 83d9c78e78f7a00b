import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

extension EndToEnd {
    /// Many subscribers on one live track.
    @Suite(.serialized) struct FanOutTests {
        /// Frames of a 5 Mbit/s stream at 30 frames per second.
        private static let frameByteCount = 20_833
        private static let frameCount = 240
        private static let framesPerGroup = 60

        @Test(
            "200 subscribers of a 5 Mbit/s track all get every object while one of them has stopped reading",
            .timeLimit(.minutes(5)))
        func oneStopsReading() throws {
            let harness = try RelayHarness()
            let name = FullTrackName(namespace: TrackNamespace("live", "cam"), name: Array("video".utf8))
            let source = try harness.connect(.quic, .draft18)
            let publisher = source.addTrack(name)
            let announcement = try harness.announce(name.namespace, on: source)

            var receivers: [ReceivedTrack] = []
            var subscribers: [TrackSubscriber] = []
            for index in 0..<201 {
                let connection = try harness.connect(
                    index % 2 == 0 ? .quic : .webTransport, PairingTests.drafts[index % 3])
                let received = ReceivedTrack()
                subscribers.append(try connection.subscribe(name) { received.take($0) })
                try #require(harness.run(milliseconds: 10_000) { received.isAccepted })
                // The last one accepts the subscription and then reads nothing any more.
                if index == 200 { connection.isPaused = true }
                receivers.append(received)
            }
            let stalled = receivers.removeLast()

            var expected = ByteDigest()
            let start = harness.client.now
            for frame in 0..<Self.frameCount {
                let due = UInt64(frame) * 1000 / 30
                _ = harness.run(milliseconds: 2_000) { harness.client.now.milliseconds(since: start) >= due }
                if frame % Self.framesPerGroup == 0 {
                    publisher.beginGroup(UInt64(frame / Self.framesPerGroup))
                }
                let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: frame), count: Self.frameByteCount)
                bytes.withUnsafeBytes { expected.add($0) }
                publisher.write(bytes)
            }
            publisher.end()
            let all = harness.run(milliseconds: 150_000) { receivers.allSatisfy(\.isOver) }
            #expect(all)
            for received in receivers {
                #expect(received.objectCount == Self.frameCount)
                #expect(received.digest == expected)
                #expect(received.gapCount == 0)
                #expect(received.ending == .trackEnded)
            }
            #expect(
                stalled.byteCount < Self.frameCount * Self.frameByteCount, "the stalled one did not stall")
            announcement.withdraw()
        }
    }
}
