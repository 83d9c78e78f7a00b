import MOQTModel

/// Names a peer's request within the relay process.
struct RequestKey: Hashable, Sendable {
    var session: SessionKey
    var request: RequestID
}
