import Dispatch
import RelayHost
import Synchronization

/// Denies what a test wants denied, at once or from another thread after a while, and remembers what it was asked.
final class RecordingAuthorizer: Authorizer {
    private let asked = Mutex<[AuthorizationRequest]>([])
    private let delay: DispatchTimeInterval?
    private let decide: @Sendable (AuthorizationRequest) -> AuthorizationDecision?

    /// nil = no answer ever.
    init(
        after delay: DispatchTimeInterval? = nil,
        _ decide: @escaping @Sendable (AuthorizationRequest) -> AuthorizationDecision?
    ) {
        self.delay = delay
        self.decide = decide
    }

    var requests: [AuthorizationRequest] { asked.withLock { $0 } }
    func requests(_ action: AuthorizationRequest.Action) -> [AuthorizationRequest] {
        requests.filter { $0.action == action }
    }

    func authorize(
        _ request: AuthorizationRequest, answer: @escaping @Sendable (AuthorizationDecision) -> Void
    ) {
        asked.withLock { $0.append(request) }
        guard let decision = decide(request) else { return }
        guard let delay else { return answer(decision) }
        DispatchQueue.global().asyncAfter(deadline: .now() + delay) { answer(decision) }
    }
}
