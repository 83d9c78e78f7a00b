import MOQTModel
import MOQTSession

/// A SUBSCRIBE_NAMESPACE of ours: tells which namespaces exist below a prefix.
public final class NamespaceWatch {
    public enum Event: Sendable {
        /// The peer has accepted the request; what exists already follows.
        case accepted
        case refused(RequestFailure)
        /// A namespace below the prefix, in full.
        case appeared(TrackNamespace)
        case vanished(TrackNamespace)
    }

    public let prefix: TrackNamespace
    let id: RequestID
    private weak var connection: ClientConnection?
    private let onEvent: (Event) -> Void

    init(
        prefix: TrackNamespace, id: RequestID, connection: ClientConnection,
        onEvent: @escaping (Event) -> Void
    ) {
        self.prefix = prefix
        self.id = id
        self.connection = connection
        self.onEvent = onEvent
    }

    /// Asks no longer.
    public func cancel() {
        guard let connection, connection.watches.removeValue(forKey: id) != nil else { return }
        connection.session.endSubscribeNamespace(id)
        connection.pump()
    }

    func answered(_ failure: RequestFailure?) { onEvent(failure.map { .refused($0) } ?? .accepted) }
    func appeared(_ namespace: TrackNamespace) { onEvent(.appeared(namespace)) }
    func vanished(_ namespace: TrackNamespace) { onEvent(.vanished(namespace)) }
}

extension ClientConnection {
    /// Asks which namespaces exist below `prefix`, now and from now on.
    ///
    /// `alsoTracks`: a relay then also sends PUBLISH for tracks below the prefix (see `expectPublish`), whose
    /// subscriptions begin with what `parameters` say. Throws
    /// when the session is not established or the draft cannot say it (an empty prefix on draft 14).
    public func watchNamespaces(
        _ prefix: TrackNamespace, alsoTracks: Bool = false,
        parameters: MessageParameters = .init(), onEvent: @escaping (NamespaceWatch.Event) -> Void
    ) throws(SessionCommandFailure) -> NamespaceWatch {
        let id = try session.subscribeNamespace(
            prefix, interest: alsoTracks ? .both : .namespaces, parameters: parameters)
        let watch = NamespaceWatch(prefix: prefix, id: id, connection: self, onEvent: onEvent)
        watches[id] = watch
        pump()
        return watch
    }
}
