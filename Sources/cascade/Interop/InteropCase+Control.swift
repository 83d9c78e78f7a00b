import MOQTClient
import MOQTModel

/// Requests and what follows them.
extension InteropCase {
    static let control = [
        InteropCase(
            name: "namespace-discovery", section: "10.18", timeout: 8000,
            expected: "the namespace appears and vanishes"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("discovery")
            let watcher = try script.connect("watcher")
            let watch = try script.watch(TrackNamespace("moq-test", "interop"), on: watcher)
            let publisher = try script.connect("publisher")
            let announcement = try script.announce(name.namespace, on: publisher, timeout: 2000)
            try script.until("the namespace", watcher, timeout: 2000) {
                watch.present.contains(name.namespace)
            }
            announcement.withdraw()
            try script.until("the namespace's end", watcher, timeout: 2000) {
                !watch.present.contains(name.namespace)
            }
        },
        InteropCase(
            name: "namespace-known-before", section: "10.18", timeout: 8000,
            expected: "a namespace that was there before is named, too"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("known")
            let publisher = try script.connect("publisher")
            _ = try script.announce(name.namespace, on: publisher, timeout: 2000)
            let watcher = try script.connect("watcher")
            let watch = try script.watch(TrackNamespace("moq-test", "interop"), on: watcher)
            try script.until("the namespace", watcher, timeout: 2000) {
                watch.present.contains(name.namespace)
            }
            script.close(publisher)
            try script.until("the namespace's end", watcher, timeout: 2000) {
                !watch.present.contains(name.namespace)
            }
        },
        InteropCase(
            name: "update-forward", section: "10.9", timeout: 10_000,
            expected: "no objects with Forward 0, objects after Forward 1"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("forward")
            let (publisher, track) = try script.publisher(of: name)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber, forward: false)
            script.wait(milliseconds: 200)
            script.write(track, group: 0, count: 2)
            script.wait(milliseconds: 300)
            guard recording.objects.isEmpty else {
                throw InteropScript.Failure(
                    InteropScript.text(recording.locations), "although Forward is 0")
            }
            try script.update(recording, forward: true)
            try script.forwarding(track, on: publisher)
            script.wait(milliseconds: 300)
            let wanted = script.write(track, group: 1, count: 2)
            try script.expect(wanted, in: recording, on: subscriber)
            try script.update(recording, forward: false)
            script.wait(milliseconds: 300)
            script.write(track, group: 2, count: 2)
            script.wait(milliseconds: 300)
            try script.expect(wanted, in: recording, on: subscriber)
        },
        InteropCase(
            name: "track-status", section: "10.14", timeout: 8000,
            expected: "an answer to TRACK_STATUS, be it NOT_SUPPORTED"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("status")
            let (publisher, track) = try script.publisher(of: name)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber)
            try script.forwarding(track, on: publisher)
            let wanted = script.write(track, group: 3, count: 2)
            try script.expect(wanted, in: recording, on: subscriber)
            switch try script.trackStatus(name, on: subscriber) {
            case .success(let status):
                guard status.largest == wanted.last else {
                    throw InteropScript.Failure(
                        status.largest.map { "largest \($0.group).\($0.object)" } ?? "no largest location",
                        "3.1 has been published")
                }
            case .failure(let failure):
                guard failure.code == .notSupported else {
                    throw InteropScript.Failure(
                        "REQUEST_ERROR", FailureText.request("TRACK_STATUS", failure))
                }
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
            try script.staysOpen(first, milliseconds: 100)
            try script.staysOpen(second, milliseconds: 100)
            try script.staysOpen(subscriber, milliseconds: 100)
            try script.expect(wanted, in: recording, on: subscriber)
            withExtendedLifetime(answer) {}
        },
        InteropCase(
            name: "cancel", section: "3.3.2", timeout: 10_000,
            expected: "nothing after the cancellation, a new subscription works"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("cancel")
            let (publisher, track) = try script.publisher(of: name)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber)
            try script.forwarding(track, on: publisher)
            let wanted = script.write(track, group: 0, count: 2)
            try script.expect(wanted, in: recording, on: subscriber)
            recording.subscriber?.cancel()
            script.wait(milliseconds: 300)
            script.write(track, group: 1, count: 2)
            script.wait(milliseconds: 200)
            try script.staysOpen(subscriber, milliseconds: 50)
            let again = try script.record(name, on: subscriber)
            try script.forwarding(track, on: publisher)
            let more = script.write(track, group: 2, count: 2)
            try script.expect(more, in: again, on: subscriber)
        },
    ]
}
