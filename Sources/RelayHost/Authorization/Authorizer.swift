/// Decides who may connect to a relay and what each session may do.
///
/// A relay asks once per session, with what SETUP showed, and once per request. It waits with the request until the
/// answer is there; requests of the same session go on meanwhile. Without an authorizer everybody may do everything.
///
/// See <doc:Authorization>.
public protocol Authorizer: Sendable {
    /// Answers by calling `answer`: at once or later, from any thread; only the first call counts. A request that
    /// has no answer within `RelayConfiguration.authorizationTimeout` is refused with INTERNAL_ERROR.
    ///
    /// Called on a shard's thread, which serves many sessions: it must not block.
    func authorize(
        _ request: AuthorizationRequest, answer: @escaping @Sendable (AuthorizationDecision) -> Void)
}
