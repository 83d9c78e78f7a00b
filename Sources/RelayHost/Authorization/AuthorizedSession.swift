/// The session for which an ``Authorizer`` is asked.
public struct AuthorizedSession: Sendable {
    /// Never used twice while the relay runs.
    public var id: String
    /// The path (with query) and authority that the client named, in its CONNECT or in SETUP; empty = none.
    public var path: String
    public var authority: String
    /// What SETUP showed.
    public var tokens: [AuthorizationRequest.Token]

    public init(id: String, path: String, authority: String, tokens: [AuthorizationRequest.Token]) {
        self.id = id
        self.path = path
        self.authority = authority
        self.tokens = tokens
    }
}
