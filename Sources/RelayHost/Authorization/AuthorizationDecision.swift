/// What an ``Authorizer`` answers.
public enum AuthorizationDecision: Hashable, Sendable {
    public enum Denial: Hashable, Sendable {
        /// UNAUTHORIZED.
        case unauthorized
        /// EXPIRED_AUTH_TOKEN: a newer token may help.
        case expiredToken
        /// MALFORMED_AUTH_TOKEN.
        case malformedToken
        /// DOES_NOT_EXIST, where not even the existence is to be told; UNAUTHORIZED for a session.
        case doesNotExist
    }

    case allow
    /// The reason is sent to the peer: at most 1024 bytes.
    case deny(Denial = .unauthorized, reason: String = "")
}
