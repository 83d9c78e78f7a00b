import MOQTClient
import MOQTModel

/// What leaves first when not everything can leave.
extension InteropCase {
    static let priorities = [
        overtaking("subscriber-priority", subscriber: (200, 10), publisher: (128, 128)),
        overtaking("publisher-priority", subscriber: (128, 128), publisher: (200, 10)),
        overtaking("subscriber-before-publisher-priority", subscriber: (200, 10), publisher: (10, 200)),
    ]

    private static let objectCount: UInt64 = 16
    private static let objectByteCount = 32 << 10
    private static let window: UInt64 = 128 << 10

    /// One subscriber with a window of four objects has two tracks. It stops reading, the first track is written,
    /// then the second one, and then it reads again: all of the second track, which is the more urgent one, must
    /// come before most of the first. The pairs are the two tracks' priorities; a lower number is more urgent.
    private static func overtaking(
        _ name: String, subscriber asked: (UInt8, UInt8), publisher said: (UInt8, UInt8)
    ) -> InteropCase {
        InteropCase(
            name: name, section: "7.2", timeout: 12_000,
            expected: "the urgent track overtakes the one that was written before it"
        ) { (script) throws(InteropScript.Failure) in
            let publisher = try script.connect("publisher")
            let subscriber = try script.connect("subscriber", window: window)
            let order = ArrivalOrder()
            var tracks: [(track: TrackPublisher, recording: InteropRecording)] = []
            for (index, priority) in [(asked.0, said.0), (asked.1, said.1)].enumerated() {
                let track = InteropScript.freshName("\(name)-\(index)")
                var properties = TrackProperties()
                properties.defaultPublisherPriority = priority.1
                let source = publisher.addTrack(track, properties: properties)
                _ = try script.announce(track.namespace, on: publisher, timeout: 2000)
                let recording = try script.record(track, on: subscriber) {
                    $0.subscriberPriority = priority.0
                }
                recording.onObject = { order.tracks.append(index) }
                try script.forwarding(source, on: publisher)
                tracks.append((source, recording))
            }
            subscriber.isPaused = true
            for (track, _) in tracks {
                track.beginGroup(0)
                for _ in 0..<objectCount { track.write([UInt8](repeating: 7, count: objectByteCount)) }
                track.endGroup()
                script.wait(milliseconds: 400)
            }
            subscriber.isPaused = false
            try script.until("every object", subscriber, timeout: 4000) {
                order.tracks.count == 2 * Int(objectCount)
            }
            // What had left before cannot be overtaken: a window's worth, and as much again for its buffers.
            let end = order.tracks.lastIndex(of: 1) ?? 0
            let before = order.tracks[..<end].count { $0 == 0 }
            guard before <= 2 * Int(window) / objectByteCount else {
                throw InteropScript.Failure(
                    "\(before) of \(objectCount) objects of the other track came first")
            }
        }
    }

    private final class ArrivalOrder {
        var tracks: [Int] = []
    }
}
