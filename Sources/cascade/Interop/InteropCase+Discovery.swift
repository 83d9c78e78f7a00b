import MOQTClient
import MOQTModel
import MOQTWire

/// Who learns which namespaces and tracks there are.
extension InteropCase {
    private static let prefix = TrackNamespace("moq-test", "interop")

    static let discovery = [
        InteropCase(
            name: "namespace-discovery", section: "10.18", timeout: 8000,
            expected: "the namespace appears and vanishes"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("discovery")
            let watcher = try script.connect("watcher")
            let watch = try script.watch(prefix, on: watcher)
            let publisher = try script.connect("publisher")
            let announcement = try script.announce(name.namespace, on: publisher, timeout: 2000)
            try expect(name.namespace, isThere: true, in: watch, script, watcher)
            announcement.withdraw()
            try expect(name.namespace, isThere: false, in: watch, script, watcher)
        },
        InteropCase(
            name: "namespace-known-before", section: "10.18", timeout: 8000,
            expected: "a namespace that was there before is named, too, and ends with its session"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("known")
            let publisher = try script.connect("publisher")
            _ = try script.announce(name.namespace, on: publisher, timeout: 2000)
            let watcher = try script.connect("watcher")
            let watch = try script.watch(prefix, on: watcher)
            try expect(name.namespace, isThere: true, in: watch, script, watcher)
            script.close(publisher)
            try expect(name.namespace, isThere: false, in: watch, script, watcher)
        },
        InteropCase(
            name: "namespace-watch-cancel", section: "3.3.2", timeout: 8000,
            expected: "nothing after the cancellation, the prefix may be asked for again"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("watch-cancel")
            let watcher = try script.connect("watcher")
            let watch = try script.watch(name.namespace, on: watcher)
            watch.watch?.cancel()
            script.wait(milliseconds: 200)
            let publisher = try script.connect("publisher")
            _ = try script.announce(name.namespace, on: publisher, timeout: 2000)
            try script.staysOpen(watcher, milliseconds: 300)
            guard watch.present.isEmpty else { throw InteropScript.Failure("the namespace") }
            let again = try script.watch(name.namespace, on: watcher)
            try expect(name.namespace, isThere: true, in: again, script, watcher)
        },
        InteropCase(
            name: "prefix-overlap", section: "10.18", timeout: 5000,
            expected: "REQUEST_ERROR, PREFIX_OVERLAP"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("overlap")
            let watcher = try script.connect("watcher")
            let outer = try script.watch(name.namespace, on: watcher)
            let inner = TrackNamespace(name.namespace.fields + [Array("below".utf8)])
            let failure = try script.watching(inner, on: watcher).failure
            try script.expect(.prefixOverlap, "SUBSCRIBE_NAMESPACE", failure)
            withExtendedLifetime(outer) {}
        },
        InteropCase(
            name: "subscribe-tracks", section: "10.19", timeout: 8000,
            expected: "PUBLISH for a track below the prefix, its objects after PUBLISH_OK"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("tracks")
            let watcher = try script.connect("watcher")
            let recording = script.expectPublish(of: name, on: watcher)
            let watch = try script.watch(name.namespace, on: watcher, alsoTracks: true)
            let publisher = try script.connect("publisher")
            let track = publisher.addTrack(name)
            try script.push(track, on: publisher)
            try script.until("PUBLISH", watcher, timeout: 2000) { recording.subscriber != nil }
            try script.forwarding(track, on: publisher)
            try script.expect(script.write(track, group: 0, count: 3), in: recording, on: watcher)
            withExtendedLifetime(watch) {}
        },
        InteropCase(
            name: "reserved-namespace", section: "3.2.1", timeout: 5000,
            expected: "REQUEST_ERROR, DOES_NOT_EXIST",
            lacking: { $0.hasReservedNamespaces ? nil : "reserved namespaces" }
        ) { (script) throws(InteropScript.Failure) in
            let client = try script.connect("client")
            let reserved = FullTrackName(
                namespace: TrackNamespace(".", "interop"), name: Array("test-track".utf8))
            try script.expect(.doesNotExist, "SUBSCRIBE", try script.refused(reserved, on: client))
        },
    ]

    private static func expect(
        _ namespace: TrackNamespace, isThere: Bool, in watch: InteropScript.Watch, _ script: InteropScript,
        _ watcher: ClientConnection
    ) throws(InteropScript.Failure) {
        try script.until(isThere ? "the namespace" : "the namespace's end", watcher, timeout: 2000) {
            watch.present.contains(namespace) == isThere
        }
    }
}
