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

    func watch(_ prefix: TrackNamespace, on connection: ClientConnection) throws(Failure) -> Watch {
        let result = Watch()
        do throws(SessionCommandFailure) {
            result.watch = try connection.watchNamespaces(prefix) { event in
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
        if let failure = result.failure {
            if failure.code == .notSupported { throw Failure.skip("SUBSCRIBE_NAMESPACE is not supported") }
            throw Failure("REQUEST_ERROR", FailureText.request("SUBSCRIBE_NAMESPACE", failure))
        }
        return result
    }

    func push(_ track: TrackPublisher, on connection: ClientConnection) throws(Failure) {
        var answer: RequestFailure??
        do throws(SessionCommandFailure) { try connection.push(track) { answer = .some($0) } } catch {
            throw Failure("nothing", "PUBLISH cannot be sent: \(FailureText.name(error))")
        }
        try until("an answer to PUBLISH", connection, timeout: 2000) { answer != nil }
        if let failure = answer ?? nil {
            if failure.code == .notSupported { throw Failure.skip("PUBLISH is not supported") }
            throw Failure("REQUEST_ERROR", FailureText.request("PUBLISH", failure))
        }
    }

    /// Announces and waits for an answer of any kind.
    func announcing(
        _ namespace: TrackNamespace, on connection: ClientConnection
    ) throws(Failure) -> Announcement {
        var isAnswered = false
        let announcement: Announcement
        do throws(SessionCommandFailure) {
            announcement = try connection.announce(namespace) { _ in isAnswered = true }
        } catch {
            throw Failure("nothing", "PUBLISH_NAMESPACE cannot be sent: \(FailureText.name(error))")
        }
        try until("an answer to PUBLISH_NAMESPACE", connection, timeout: 2000) { isAnswered }
        return announcement
    }

    func update(_ recording: InteropRecording, forward: Bool) throws(Failure) {
        var parameters = MessageParameters()
        parameters.forward = forward
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

    /// Fetches one whole group and compares.
    func fetch(
        _ track: FullTrackName, on connection: ClientConnection, group: UInt64, wanted: [Location]
    ) throws(Failure) {
        var failure: RequestFailure?
        var came: [ReceivedObject] = []
        var isOver = false
        let fetch: TrackFetch
        do throws(SessionCommandFailure) {
            fetch = try connection.fetch(track, from: Location(group: group, object: 0), endGroup: group) {
                switch $0 {
                case .accepted, .gap: break
                case .refused(let reason): failure = reason
                case .object(let object): came.append(object)
                case .ended, .broken: isOver = true
                }
            }
        } catch {
            throw Failure.skip("FETCH cannot be said in this draft: \(FailureText.name(error))")
        }
        try until("the end of the FETCH", connection, timeout: 3000) { isOver || failure != nil }
        withExtendedLifetime(fetch) {}
        if let failure {
            if failure.code == .notSupported { throw Failure.skip("FETCH is not supported") }
            throw Failure("REQUEST_ERROR", FailureText.request("FETCH", failure))
        }
        let isRight = came.allSatisfy { $0.bytes == Self.payload($0.location) }
        guard came.map(\.location) == wanted, isRight else {
            throw Failure(Self.text(came.map(\.location)), "wanted \(Self.text(wanted))")
        }
    }
}
