import MOQTModel
import MOQTWire

/// What the drafts call their messages, in the vectors' spelling.
public enum MessageName: String, CaseIterable, Sendable {
    case clientSetup = "client_setup"
    case serverSetup = "server_setup"
    case setup
    case goAway = "goaway"
    case maxRequestID = "max_request_id"
    case requestsBlocked = "requests_blocked"
    case subscribe
    case subscribeOK = "subscribe_ok"
    case subscribeError = "subscribe_error"
    case subscribeUpdate = "subscribe_update"
    case requestOK = "request_ok"
    case requestError = "request_error"
    case requestUpdate = "request_update"
    case unsubscribe
    case publish
    case publishOK = "publish_ok"
    case publishError = "publish_error"
    case publishDone = "publish_done"
    case fetch
    case fetchOK = "fetch_ok"
    case fetchError = "fetch_error"
    case fetchCancel = "fetch_cancel"
    case trackStatus = "track_status"
    case trackStatusOK = "track_status_ok"
    case trackStatusError = "track_status_error"
    case publishNamespace = "publish_namespace"
    case publishNamespaceOK = "publish_namespace_ok"
    case publishNamespaceError = "publish_namespace_error"
    case publishNamespaceDone = "publish_namespace_done"
    case publishNamespaceCancel = "publish_namespace_cancel"
    case subscribeNamespace = "subscribe_namespace"
    case subscribeNamespaceOK = "subscribe_namespace_ok"
    case subscribeNamespaceError = "subscribe_namespace_error"
    case unsubscribeNamespace = "unsubscribe_namespace"
    case subscribeTracks = "subscribe_tracks"
    case namespace
    case namespaceDone = "namespace_done"
    case publishBlocked = "publish_blocked"
    case publishSkipped = "publish_skipped"
    case publishStateNotify = "publish_state_notify"

    /// The name of `message` in the draft with these rules.
    public init(_ message: ControlMessage, _ rules: DraftRules) {
        switch message {
        case .setup(let setup):
            self =
                rules.setupTravelsOn == .uniControlStreams
                ? .setup : setup.role == .client ? .clientSetup : .serverSetup
        case .goAway: self = .goAway
        case .maxRequestID: self = .maxRequestID
        case .requestsBlocked: self = .requestsBlocked
        case .subscribe: self = .subscribe
        case .subscribeOK: self = .subscribeOK
        case .requestOK(let ok): self = Self.ok(ok.kind, rules)
        case .requestError(let error): self = Self.error(error.kind, rules)
        case .requestUpdate: self = rules.everyRequestMayBeUpdated ? .requestUpdate : .subscribeUpdate
        case .unsubscribe: self = .unsubscribe
        case .publish: self = .publish
        case .publishOK: self = .publishOK
        case .publishDone: self = .publishDone
        case .publishStateNotify: self = .publishStateNotify
        case .fetch: self = .fetch
        case .fetchOK: self = .fetchOK
        case .fetchCancel: self = .fetchCancel
        case .trackStatus: self = .trackStatus
        case .publishNamespace: self = .publishNamespace
        case .publishNamespaceDone: self = .publishNamespaceDone
        case .publishNamespaceCancel: self = .publishNamespaceCancel
        case .subscribeNamespace: self = .subscribeNamespace
        case .subscribeTracks: self = .subscribeTracks
        case .unsubscribeNamespace: self = .unsubscribeNamespace
        case .namespace: self = .namespace
        case .namespaceDone: self = .namespaceDone
        case .publishSkipped: self = rules.skipsOnePublication ? .publishSkipped : .publishBlocked
        }
    }

    /// What an OK or an error with a type of its own answers; nil for the shared ones.
    var answeredKind: RequestKind? {
        switch self {
        case .subscribeError: .subscribe
        case .publishError: .publish
        case .fetchError: .fetch
        case .trackStatusOK, .trackStatusError: .trackStatus
        case .publishNamespaceOK, .publishNamespaceError: .publishNamespace
        case .subscribeNamespaceOK, .subscribeNamespaceError: .subscribeNamespace
        default: nil
        }
    }

    private static func ok(_ kind: RequestKind?, _ rules: DraftRules) -> MessageName {
        guard rules.answerTypes == .perRequest else { return .requestOK }
        return switch kind {
        case .trackStatus: .trackStatusOK
        case .subscribeNamespace: .subscribeNamespaceOK
        default: .publishNamespaceOK
        }
    }

    private static func error(_ kind: RequestKind?, _ rules: DraftRules) -> MessageName {
        guard rules.answerTypes == .perRequest else { return .requestError }
        return switch kind {
        case .publish: .publishError
        case .fetch: .fetchError
        case .trackStatus: .trackStatusError
        case .publishNamespace: .publishNamespaceError
        case .subscribeNamespace: .subscribeNamespaceError
        default: .subscribeError
        }
    }
}
