/// What a request asks for. Draft 14 gives each kind answers and error codes of its own.
public enum RequestKind: Hashable, Sendable {
    case subscribe
    case publish
    case fetch
    case trackStatus
    case publishNamespace
    /// Names below a prefix (and, up to draft 17, tracks below it too: see `SubscribeNamespace`).
    case subscribeNamespace
    /// Tracks below a prefix (draft 18 on).
    case subscribeTracks
    /// An update of an earlier request.
    case update
}
