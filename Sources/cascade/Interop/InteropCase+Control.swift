import MOQTClient
import MOQTModel
import MOQTWire

/// Requests about tracks and what follows them.
extension InteropCase {
    static let control = [
        InteropCase(
            name: "update-forward", section: "10.9", timeout: 10_000,
            expected: "no objects with Forward 0, objects after Forward 1"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("forward")
            let (publisher, track) = try script.publisher(of: name)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber) { $0.forward = false }
            script.wait(milliseconds: 200)
            script.write(track, group: 0, count: 2)
            script.wait(milliseconds: 300)
            guard recording.objects.isEmpty else {
                throw InteropScript.Failure(
                    InteropScript.text(recording.locations), "although Forward is 0")
            }
            try script.update(recording) { $0.forward = true }
            try script.forwarding(track, on: publisher)
            script.wait(milliseconds: 300)
            let wanted = script.write(track, group: 1, count: 2)
            try script.expect(wanted, in: recording, on: subscriber)
            try script.update(recording) { $0.forward = false }
            script.wait(milliseconds: 300)
            script.write(track, group: 2, count: 2)
            script.wait(milliseconds: 300)
            try script.expect(wanted, in: recording, on: subscriber)
        },
        scene("update-filter", "10.9.1", "nothing beyond the filter's new end") {
            (script, scene) throws(InteropScript.Failure) in
            let first = script.write(scene.track, group: 0, count: 2)
            try script.expect(first, in: scene)
            try script.update(scene.recording) {
                $0.filter = .range(start: Location(group: 1, object: 0), endGroup: 1, endObject: nil)
            }
            script.wait(milliseconds: 200)
            let second = script.write(scene.track, group: 1, count: 2)
            script.write(scene.track, group: 2, count: 2)
            script.wait(milliseconds: 400)
            try script.expect(first + second, in: scene)
        },
        scene("update-priority", "10.9.1", "objects go on after the update") {
            (script, scene) throws(InteropScript.Failure) in
            let first = script.write(scene.track, group: 0, count: 2)
            try script.expect(first, in: scene)
            try script.update(scene.recording) { $0.subscriberPriority = 3 }
            script.wait(milliseconds: 100)
            try script.expect(first + script.write(scene.track, group: 1, count: 2), in: scene)
            try script.staysOpen(scene.subscriber, milliseconds: 100)
        },
        scene("track-status", "10.14", "the largest location, or NOT_SUPPORTED") {
            (script, scene) throws(InteropScript.Failure) in
            let wanted = script.write(scene.track, group: 3, count: 2)
            try script.expect(wanted, in: scene)
            switch try script.trackStatus(scene.name, on: scene.subscriber) {
            case .success(let status):
                guard status.largest == wanted.last else {
                    throw InteropScript.Failure(
                        status.largest.map { "largest \($0.group).\($0.object)" } ?? "no largest location",
                        "3.1 has been published")
                }
            case .failure(let failure): try script.expect(.notSupported, "TRACK_STATUS", failure)
            }
        },
        InteropCase(
            name: "track-status-unknown", section: "10.14", timeout: 5000, expected: "REQUEST_ERROR"
        ) { (script) throws(InteropScript.Failure) in
            let subscriber = try script.connect("subscriber")
            if case .success = try script.trackStatus(missing, on: subscriber) {
                throw InteropScript.Failure("REQUEST_OK", "a track that nobody publishes")
            }
        },
        InteropCase(
            name: "duplicate-publisher", section: "9.3", timeout: 10_000,
            expected: "both sessions stay open, every object comes once"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("duplicate")
            let (first, track) = try script.publisher(of: name)
            let second = try script.connect("second publisher")
            let other = second.addTrack(name)
            // It may be refused.
            let answer = try script.announcing(name.namespace, on: second)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber)
            try script.until("subscription at a publisher", first, timeout: 2000) {
                track.forwardingCount + other.forwardingCount > 0
            }
            script.wait(milliseconds: 200)
            // Objects of the same place are the same object, whoever sends them.
            let wanted = script.write(track, group: 0, count: 3)
            script.write(other, group: 0, count: 3)
            try script.expect(wanted, in: recording, on: subscriber)
            for connection in [first, second, subscriber] {
                try script.staysOpen(connection, milliseconds: 100)
            }
            try script.expect(wanted, in: recording, on: subscriber)
            withExtendedLifetime(answer) {}
        },
        scene(
            "duplicate-subscription", "5.1", "DUPLICATE_SUBSCRIPTION, or every object in both (19 on)",
            lacking: {
                $0.codes.hasDuplicateSubscription || $0.subscriptionsMayRepeat
                    ? nil : "answer to a second subscription"
            }
        ) { (script, scene) throws(InteropScript.Failure) in
            if scene.subscriber.draft?.rules.subscriptionsMayRepeat == true {
                let second = try script.record(scene.name, on: scene.subscriber)
                let wanted = script.write(scene.track, group: 0, count: 3)
                try script.expect(wanted, in: scene)
                return try script.expect(wanted, in: second, on: scene.subscriber)
            }
            let failure = try script.refused(scene.name, on: scene.subscriber)
            try script.expect(.duplicateSubscription, "SUBSCRIBE", failure)
            try script.expect(script.write(scene.track, group: 0, count: 3), in: scene)
        },
        scene("cancel", "3.3.2", "nothing after the cancellation, a new subscription works") {
            (script, scene) throws(InteropScript.Failure) in
            let wanted = script.write(scene.track, group: 0, count: 2)
            try script.expect(wanted, in: scene)
            try cancelled(script, scene) { script.write(scene.track, group: 1, count: 2) }
        },
        scene("cancel-mid-stream", "11.4.1", "the open stream ends, a new subscription works") {
            (script, scene) throws(InteropScript.Failure) in
            scene.track.beginGroup(0)
            scene.track.write(InteropScript.payload(.zero))
            try script.expect([.zero], in: scene)
            try cancelled(script, scene) {
                for object: UInt64 in 1...3 {
                    scene.track.write(InteropScript.payload(Location(group: 0, object: object)))
                }
                scene.track.endGroup()
            }
        },
        InteropCase(
            name: "rendezvous", section: "10.2.6", timeout: 10_000,
            expected: "SUBSCRIBE_OK once a publisher is there",
            lacking: { $0.parameters.rendezvousTimeout.isEmpty ? "RENDEZVOUS_TIMEOUT" : nil }
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("rendezvous")
            let subscriber = try script.connect("subscriber")
            let recording = try script.beginRecording(name, on: subscriber) { $0.rendezvousTimeout = 4000 }
            script.wait(milliseconds: 300)
            guard recording.failure == nil else {
                throw InteropScript.Failure("REQUEST_ERROR", "before the time was up")
            }
            let (publisher, track) = try script.publisher(of: name)
            try script.until("SUBSCRIBE_OK", subscriber, timeout: 3000) { recording.isAccepted }
            try script.forwarding(track, on: publisher)
            try script.expect(script.write(track, group: 0, count: 2), in: recording, on: subscriber)
        },
        InteropCase(
            name: "rendezvous-timeout", section: "10.2.6", timeout: 5000,
            expected: "REQUEST_ERROR, TIMEOUT",
            lacking: { $0.parameters.rendezvousTimeout.isEmpty ? "RENDEZVOUS_TIMEOUT" : nil }
        ) { (script) throws(InteropScript.Failure) in
            let subscriber = try script.connect("subscriber")
            let name = InteropScript.freshName("rendezvous-timeout")
            let failure = try script.refused(name, on: subscriber) { $0.rendezvousTimeout = 300 }
            try script.expect(.timeout, "SUBSCRIBE", failure)
        },
        InteropCase(
            name: "mandatory-track-property", section: "2.5.1", timeout: 5000,
            expected: "REQUEST_ERROR, UNSUPPORTED_EXTENSION",
            lacking: { $0.trackPropertiesMayBeMandatory ? nil : "mandatory track properties" }
        ) { (script) throws(InteropScript.Failure) in
            let publisher = try script.connect("publisher")
            var properties = TrackProperties()
            properties.other = [Property(type: 0x7FFE, value: .integer(1))]
            let name = InteropScript.freshName("mandatory")
            let track = publisher.addTrack(name, properties: properties)
            let failure = try script.pushed(track, on: publisher)
            try script.expect(.unsupportedExtension, "PUBLISH", failure)
        },
    ]

    /// The scene's subscriber leaves, `write` writes more, and nothing of it may come; then it subscribes again.
    private static func cancelled(
        _ script: InteropScript, _ scene: InteropScript.Scene, write: () -> Void
    ) throws(InteropScript.Failure) {
        let before = scene.recording.locations
        scene.recording.subscriber?.cancel()
        script.wait(milliseconds: 300)
        write()
        script.wait(milliseconds: 200)
        try script.staysOpen(scene.subscriber, milliseconds: 50)
        try script.expect(before, in: scene)
        let again = try script.record(scene.name, on: scene.subscriber)
        try script.forwarding(scene.track, on: scene.publisher)
        try script.expect(script.write(scene.track, group: 5, count: 2), in: again, on: scene.subscriber)
    }
}
