import MOQTModel
import MOQTSession

/// A namespace that we have announced; withdraw it when nothing more will be published there.
public final class Announcement {
    public let namespace: TrackNamespace
    /// The peer has accepted it.
    public private(set) var isAccepted = false
    /// The peer has taken its acceptance back.
    public var onRevoked: (RequestFailure) -> Void = { _ in }

    private let id: RequestID
    private weak var connection: ClientConnection?
    private var onAnswer: ((RequestFailure?) -> Void)?

    init(
        namespace: TrackNamespace, id: RequestID, connection: ClientConnection,
        onAnswer: @escaping (RequestFailure?) -> Void
    ) {
        self.namespace = namespace
        self.id = id
        self.connection = connection
        self.onAnswer = onAnswer
    }

    /// Tells the peer that the namespace is published no longer.
    public func withdraw() {
        guard let connection, connection.announcements.removeValue(forKey: id) != nil else { return }
        connection.session.endPublishNamespace(id)
        connection.pump()
    }

    func answered(_ failure: RequestFailure?) {
        isAccepted = failure == nil
        let answer = onAnswer
        onAnswer = nil
        answer?(failure)
    }

    func revoked(_ failure: RequestFailure) {
        isAccepted = false
        if onAnswer != nil { answered(failure) } else { onRevoked(failure) }
    }
}
