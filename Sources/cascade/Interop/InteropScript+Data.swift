import Containers
import MOQTClient
import MOQTModel
import MOQTSession
import QUICTransport

/// Steps with tracks and objects.
extension InteropScript {
    /// A name that no other run uses: relays remember.
    static func freshName(_ test: String) -> FullTrackName {
        let namespace = TrackNamespace("moq-test", "interop", "\(test)-\(UInt32.random(in: 0...UInt32.max))")
        return FullTrackName(namespace: namespace, name: Array("test-track".utf8))
    }

    /// A publisher that has announced the track's namespace.
    func publisher(of name: FullTrackName) throws(Failure) -> (ClientConnection, TrackPublisher) {
        let connection = try connect("publisher")
        let track = connection.addTrack(name)
        _ = try announce(name.namespace, on: connection, timeout: 2000)
        return (connection, track)
    }

    /// A publisher of a fresh track and a subscriber to it, with the relay forwarding between them.
    struct Scene {
        var name: FullTrackName
        var publisher: ClientConnection
        var track: TrackPublisher
        var subscriber: ClientConnection
        var recording: InteropRecording
    }

    func scene(_ test: String) throws(Failure) -> Scene {
        let name = Self.freshName(test)
        let (publisher, track) = try publisher(of: name)
        let subscriber = try connect("subscriber")
        let recording = try record(name, on: subscriber)
        try forwarding(track, on: publisher)
        return Scene(
            name: name, publisher: publisher, track: track, subscriber: subscriber, recording: recording)
    }

    /// Subscribes without waiting. `change` says what differs from the usual request.
    func beginRecording(
        _ name: FullTrackName, on connection: ClientConnection,
        _ change: (inout MessageParameters) -> Void = { _ in }
    ) throws(Failure) -> InteropRecording {
        let recording = InteropRecording()
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        parameters.forward = true
        parameters.groupOrder = .ascending
        parameters.subscriberPriority = TrackProperties.defaultPriority
        change(&parameters)
        do throws(SessionCommandFailure) {
            recording.subscriber = try connection.subscribe(
                name, parameters: parameters, patienceMilliseconds: 1000
            ) { event in recording.received(event) }
        } catch {
            throw Failure.skip("this SUBSCRIBE cannot be said in this draft: \(FailureText.name(error))")
        }
        return recording
    }

    /// Subscribes and waits for SUBSCRIBE_OK.
    func record(
        _ name: FullTrackName, on connection: ClientConnection,
        _ change: (inout MessageParameters) -> Void = { _ in }
    ) throws(Failure) -> InteropRecording {
        let recording = try beginRecording(name, on: connection, change)
        try until("SUBSCRIBE_OK", connection, timeout: 2000) {
            recording.isAccepted || recording.failure != nil
        }
        if let failure = recording.failure {
            throw Failure("REQUEST_ERROR", FailureText.request("SUBSCRIBE", failure))
        }
        return recording
    }

    /// Subscribes and waits for the refusal.
    func refused(
        _ name: FullTrackName, on connection: ClientConnection,
        _ change: (inout MessageParameters) -> Void = { _ in }
    ) throws(Failure) -> RequestFailure {
        let recording = try beginRecording(name, on: connection, change)
        try until("an answer to SUBSCRIBE", connection, timeout: 3000) {
            recording.isAccepted || recording.failure != nil
        }
        guard let failure = recording.failure else { throw Failure("SUBSCRIBE_OK") }
        return failure
    }

    /// A refusal for exactly this reason.
    func expect(_ code: RequestErrorCode, _ request: String, _ failure: RequestFailure?) throws(Failure) {
        guard let failure else { throw Failure("\(request) was accepted") }
        guard failure.code == code else {
            throw Failure("REQUEST_ERROR", FailureText.request(request, failure))
        }
    }

    /// Waits until the relay forwards what is written.
    func forwarding(_ track: TrackPublisher, on connection: ClientConnection) throws(Failure) {
        try until("subscription at the publisher", connection, timeout: 2000) { track.forwardingCount > 0 }
    }

    /// Waits for exactly these objects, whole and in order, and nothing else.
    func expect(
        _ wanted: [Location], in recording: InteropRecording, on connection: ClientConnection
    ) throws(Failure) {
        loop.run(forMilliseconds: allowed(3000)) {
            recording.objects.count >= wanted.count || recording.isOver || connection.isClosed
        }
        guard recording.locations == wanted else {
            throw Failure(Self.text(recording.locations), "wanted \(Self.text(wanted))")
        }
        for object in recording.objects where object.bytes != Self.payload(object.location) {
            throw Failure("other bytes", "object \(object.location.group).\(object.location.object)")
        }
    }

    func expectEnd(_ recording: InteropRecording, on connection: ClientConnection) throws(Failure) {
        try until("PUBLISH_DONE", connection, timeout: 4000) { recording.isOver }
        guard recording.ending == .trackEnded || recording.ending == .subscriptionEnded else {
            throw Failure("PUBLISH_DONE \(recording.ending.map { FailureText.name($0) } ?? "missing")")
        }
    }

    func expect(_ wanted: [Location], in scene: Scene) throws(Failure) {
        try expect(wanted, in: scene.recording, on: scene.subscriber)
    }

    /// Writes a group of `count` objects and ends it; returns where they are.
    @discardableResult
    func write(
        _ track: TrackPublisher, group: UInt64, count: UInt64, subgroups: UInt64 = 1
    ) -> [Location] {
        track.beginGroup(group, subgroupCount: subgroups)
        let locations = (0..<count).map { Location(group: group, object: $0) }
        for location in locations { track.write(Self.payload(location)) }
        track.endGroup()
        return locations
    }

    /// The bytes of an object in every test: its place and some filling.
    static func payload(_ location: Location) -> [UInt8] {
        let text = "object \(location.group).\(location.object) "
        return Array(text.utf8) + [UInt8](repeating: UInt8(truncatingIfNeeded: location.object), count: 200)
    }

    static func text(_ locations: [Location]) -> String {
        if locations.isEmpty { return "no objects" }
        let shown = locations.prefix(12).map { "\($0.group).\($0.object)" }.joined(separator: " ")
        return "\(locations.count) objects: \(shown)" + (locations.count > 12 ? " ..." : "")
    }
}
