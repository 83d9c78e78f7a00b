import Containers
import MOQTModel
import MOQTSession
import QUICTransport

/// What of one session waits for its authorizer's answer: the whole session, or single requests with what was said
/// about them since.
///
/// The session bounds how many requests a peer may have open, and so what waits here.
final class AuthorizationGate {
    /// A question that has no answer yet.
    enum Question: Hashable, Sendable {
        case session
        case request(RequestID)
    }

    struct Waiting {
        var event: SessionEvent
        /// What came later and concerns the same request.
        var followers: [SessionEvent] = []
        var deadline: Instant
    }

    private let authorizer: any Authorizer
    private let timeout: UInt64
    private let answer: @Sendable (Question, AuthorizationDecision) -> Void
    private var session: AuthorizedSession
    private(set) var waiting: [Question: Waiting] = [:]

    /// `answer` is called from any thread. `timeout`: milliseconds.
    init(
        _ authorizer: any Authorizer, id: String, timeout: UInt64,
        answer: @escaping @Sendable (Question, AuthorizationDecision) -> Void
    ) {
        self.authorizer = authorizer
        self.timeout = timeout
        self.answer = answer
        session = AuthorizedSession(id: id, path: "", authority: "", tokens: [])
    }

    func ask(session setup: Setup, path: String?, authority: String?, _ event: SessionEvent, now: Instant) {
        session.path = path ?? setup.path.map { String(decoding: $0, as: UTF8.self) } ?? ""
        session.authority = authority ?? setup.authority.map { String(decoding: $0, as: UTF8.self) } ?? ""
        session.tokens = Self.tokens(setup.authorizationTokens)
        ask(.session, AuthorizationRequest(session: session, action: .connect), event, now)
    }

    func ask(
        _ id: RequestID, _ action: AuthorizationRequest.Action, namespace: TrackNamespace?,
        track: FullTrackName?, _ parameters: MessageParameters, _ event: SessionEvent, now: Instant
    ) {
        let request = AuthorizationRequest(
            session: session, action: action, namespace: namespace ?? track?.namespace, track: track,
            tokens: Self.tokens(parameters.authorizationTokens))
        ask(.request(id), request, event, now)
    }

    private func ask(
        _ question: Question, _ request: AuthorizationRequest, _ event: SessionEvent, _ now: Instant
    ) {
        waiting[question] = Waiting(event: event, deadline: now.advanced(byMilliseconds: timeout))
        authorizer.authorize(request) { [answer] decision in answer(question, decision) }
    }

    /// Keeps an event until the question before it is settled; false when there is none.
    func keep(_ event: SessionEvent, behind question: Question) -> Bool {
        guard waiting[question] != nil else { return false }
        waiting[question]?.followers.append(event)
        return true
    }

    /// nil when the question was settled before.
    func settle(_ question: Question) -> Waiting? { waiting.removeValue(forKey: question) }

    func expired(now: Instant) -> [Question] { waiting.filter { $0.value.deadline <= now }.map(\.key) }

    private static func tokens(_ tokens: [AuthorizationToken]) -> [AuthorizationRequest.Token] {
        tokens.compactMap { token in
            switch token {
            case .useValue(let type, let value), .register(_, let type, let value):
                AuthorizationRequest.Token(type: type, value: value)
            case .useAlias, .delete: nil
            }
        }
    }
}
