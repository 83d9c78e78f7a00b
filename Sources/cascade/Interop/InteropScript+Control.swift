import MOQTClient
import MOQTModel
import MOQTSession

/// Steps with requests other than SUBSCRIBE.
extension InteropScript {
    /// The namespaces that a watch has named and not taken back.
    final class Watch {
        var isAccepted = false
        var failure: RequestFailure?
        var present: Set<TrackNamespace> = []
        var watch: NamespaceWatch?
    }

    /// SUBSCRIBE_NAMESPACE, answered one way or the other.
    func watching(
        _ prefix: TrackNamespace, on connection: ClientConnection, alsoTracks: Bool = false
    ) throws(Failure) -> Watch {
        let result = Watch()
        do throws(SessionCommandFailure) {
            result.watch = try connection.watchNamespaces(prefix, alsoTracks: alsoTracks) { event in
                switch event {
                case .accepted: result.isAccepted = true
                case .refused(let failure): result.failure = failure
                case .appeared(let namespace): result.present.insert(namespace)
                case .vanished(let namespace): result.present.remove(namespace)
                }
            }
        } catch {
            throw Failure("nothing", "SUBSCRIBE_NAMESPACE cannot be sent: \(FailureText.name(error))")
        }
        try until("an answer to SUBSCRIBE_NAMESPACE", connection, timeout: 2000) {
            result.isAccepted || result.failure != nil
        }
        return result
    }

    func watch(
        _ prefix: TrackNamespace, on connection: ClientConnection, alsoTracks: Bool = false
    ) throws(Failure) -> Watch {
        let result = try watching(prefix, on: connection, alsoTracks: alsoTracks)
        if let failure = result.failure {
            if failure.code == .notSupported { throw Failure.skip("SUBSCRIBE_NAMESPACE is not supported") }
            throw Failure("REQUEST_ERROR", FailureText.request("SUBSCRIBE_NAMESPACE", failure))
        }
        return result
    }

    /// Takes the PUBLISH of a track when it comes, and notes its objects.
    func expectPublish(of name: FullTrackName, on connection: ClientConnection) -> InteropRecording {
        let recording = InteropRecording()
        connection.expectPublish(
            name, patienceMilliseconds: 1000, taken: { recording.subscriber = $0 },
            onEvent: { recording.received($0) })
        return recording
    }

    /// PUBLISH; nil = PUBLISH_OK.
    func pushed(_ track: TrackPublisher, on connection: ClientConnection) throws(Failure) -> RequestFailure? {
        var answer: RequestFailure??
        do throws(SessionCommandFailure) { try connection.push(track) { answer = .some($0) } } catch {
            throw Failure("nothing", "PUBLISH cannot be sent: \(FailureText.name(error))")
        }
        try until("an answer to PUBLISH", connection, timeout: 2000) { answer != nil }
        return answer ?? nil
    }

    func push(_ track: TrackPublisher, on connection: ClientConnection) throws(Failure) {
        guard let failure = try pushed(track, on: connection) else { return }
        if failure.code == .notSupported { throw Failure.skip("PUBLISH is not supported") }
        throw Failure("REQUEST_ERROR", FailureText.request("PUBLISH", failure))
    }

    /// Announces and waits for an answer of any kind.
    func announcing(
        _ namespace: TrackNamespace, on connection: ClientConnection
    ) throws(Failure) -> (announcement: Announcement, failure: RequestFailure?) {
        var answer: RequestFailure??
        let announcement: Announcement
        do throws(SessionCommandFailure) {
            announcement = try connection.announce(namespace) { answer = .some($0) }
        } catch {
            throw Failure("nothing", "PUBLISH_NAMESPACE cannot be sent: \(FailureText.name(error))")
        }
        try until("an answer to PUBLISH_NAMESPACE", connection, timeout: 2000) { answer != nil }
        return (announcement, answer ?? nil)
    }

    func update(
        _ recording: InteropRecording, _ change: (inout MessageParameters) -> Void
    ) throws(Failure) {
        var parameters = MessageParameters()
        change(&parameters)
        do throws(SessionCommandFailure) { try recording.subscriber?.update(parameters) } catch {
            throw Failure.skip("this update cannot be said in this draft: \(FailureText.name(error))")
        }
    }

    func trackStatus(
        _ track: FullTrackName, on connection: ClientConnection
    ) throws(Failure) -> Result<TrackStatus, RequestFailure> {
        var answer: Result<TrackStatus, RequestFailure>?
        do throws(SessionCommandFailure) { try connection.trackStatus(track) { answer = $0 } } catch {
            throw Failure("nothing", "TRACK_STATUS cannot be sent: \(FailureText.name(error))")
        }
        try until("an answer to TRACK_STATUS", connection, timeout: 2000) { answer != nil }
        guard let answer else { throw Failure("timeout") }
        return answer
    }
}
