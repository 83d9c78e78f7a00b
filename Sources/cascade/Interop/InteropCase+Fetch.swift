import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire

/// FETCH of what has passed.
extension InteropCase {
    static let fetches = [
        fetch("fetch-standalone", "10.12.1", from: .zero, endGroup: 0, wanted: [(0, 0...3)]),
        fetch(
            "fetch-groups", "10.12.1", from: .zero, endGroup: 2, wanted: [(0, 0...3), (1, 0...3), (2, 0...3)]),
        fetch(
            "fetch-part", "10.12.1", from: Location(group: 0, object: 2), endGroup: 1, endObject: 1,
            wanted: [(0, 2...3), (1, 0...1)]),
        fetch(
            "fetch-descending", "10.12.3", from: .zero, endGroup: 2, order: .descending,
            wanted: [(2, 0...3), (1, 0...3), (0, 0...3)]),
        past("fetch-beyond-largest", "10.12.3", "REQUEST_ERROR, INVALID_RANGE") {
            (script, scene) throws(InteropScript.Failure) in
            let fetched = try script.fetched(on: scene.subscriber) {
                (handler) throws(SessionCommandFailure) in
                try scene.subscriber.fetch(
                    scene.name, from: Location(group: 90, object: 0), endGroup: 91, onEvent: handler)
            }
            if fetched.failure?.code == .noObjects { return }
            try script.expect(.invalidRange, "FETCH", fetched.failure)
        },
        InteropCase(
            name: "fetch-unknown-track", section: "10.12.3", timeout: 5000, expected: "REQUEST_ERROR"
        ) { (script) throws(InteropScript.Failure) in
            let subscriber = try script.connect("subscriber")
            let fetched = try script.fetched(on: subscriber) { (handler) throws(SessionCommandFailure) in
                try subscriber.fetch(missing, from: .zero, endGroup: 1, onEvent: handler)
            }
            if fetched.failure == nil { throw InteropScript.Failure("FETCH_OK") }
        },
        past("fetch-cancel", "3.3.2", "nothing after the cancellation, a new FETCH works") {
            (script, scene) throws(InteropScript.Failure) in
            let first = try script.beginFetch { (handler) throws(SessionCommandFailure) in
                try scene.subscriber.fetch(scene.name, from: .zero, endGroup: 2, onEvent: handler)
            }
            first.fetch?.cancel()
            try script.staysOpen(scene.subscriber, milliseconds: 200)
            guard first.objects.isEmpty else {
                throw InteropScript.Failure(InteropScript.text(first.objects.map(\.location)))
            }
            try script.fetch(locations([(1, 0...3)]), on: scene.subscriber) {
                (handler) throws(SessionCommandFailure) in
                try scene.subscriber.fetch(
                    scene.name, from: Location(group: 1, object: 0), endGroup: 1, onEvent: handler)
            }
        },
        joining("fetch-joining-relative", wanted: [(1, 0...3), (2, 0...3)]) {
            (scene, handler) throws(SessionCommandFailure) in
            guard let late = scene.recording.subscriber else { throw .unknownRequest }
            return try scene.subscriber.fetch(joining: late, groupCount: 1, onEvent: handler)
        },
        joining("fetch-joining-absolute", wanted: [(0, 0...3), (1, 0...3), (2, 0...3)]) {
            (scene, handler) throws(SessionCommandFailure) in
            guard let late = scene.recording.subscriber else { throw .unknownRequest }
            return try scene.subscriber.fetch(joining: late, fromGroup: 0, onEvent: handler)
        },
    ]

    /// Three groups of four objects have passed.
    private static func past(
        _ name: String, _ section: String, _ expected: String,
        _ body: @escaping @Sendable (InteropScript, InteropScript.Scene) throws(InteropScript.Failure) -> Void
    ) -> InteropCase {
        scene(name, section, expected) { (script, scene) throws(InteropScript.Failure) in
            let written = (0..<3).flatMap { script.write(scene.track, group: $0, count: 4) }
            try script.expect(written, in: scene)
            try body(script, scene)
        }
    }

    private static func fetch(
        _ name: String, _ section: String, from start: Location, endGroup: UInt64, endObject: UInt64? = nil,
        order: GroupOrder = .ascending, wanted: [(UInt64, ClosedRange<UInt64>)]
    ) -> InteropCase {
        past(name, section, "the objects of the range, in order") {
            (script, scene) throws(InteropScript.Failure) in
            var parameters = MessageParameters()
            parameters.groupOrder = order
            try script.fetch(locations(wanted), on: scene.subscriber) {
                (handler) throws(SessionCommandFailure) in
                try scene.subscriber.fetch(
                    scene.name, from: start, endGroup: endGroup, endObject: endObject, parameters: parameters,
                    onEvent: handler)
            }
        }
    }

    /// A second subscriber comes after the three groups and fetches what it has missed; from draft 20 on that is a
    /// fill of its subscription.
    private static func joining(
        _ name: String, wanted: [(UInt64, ClosedRange<UInt64>)],
        _ request:
            @escaping @Sendable (
                InteropScript.Scene, @escaping (TrackFetch.Event) -> Void
            ) throws(SessionCommandFailure) -> TrackFetch
    ) -> InteropCase {
        past(name, "10.12.2", "the objects before the subscription, then those after it") {
            (script, scene) throws(InteropScript.Failure) in
            var late = scene
            late.subscriber = try script.connect("second subscriber")
            late.recording = try script.record(scene.name, on: late.subscriber)
            let joined = late
            try script.fetch(locations(wanted), on: joined.subscriber) {
                (handler) throws(SessionCommandFailure) in
                try request(joined, handler)
            }
            try script.expect(script.write(scene.track, group: 3, count: 2), in: joined)
        }
    }

    private static func locations(_ groups: [(UInt64, ClosedRange<UInt64>)]) -> [Location] {
        groups.flatMap { group, objects in objects.map { Location(group: group, object: $0) } }
    }
}
