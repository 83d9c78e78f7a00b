/// A rule of HTTP/3 or WebTransport that the peer broke, and how far the damage goes.
struct HTTP3Failure: Error, Sendable {
    enum Scope: Sendable {
        /// CONNECTION_CLOSE with the code.
        case connection
        /// The stream is reset, and reading from it stops, with the code.
        case stream
    }

    let scope: Scope
    let code: HTTP3ErrorCode
    let rule: StaticString

    static func connection(_ code: HTTP3ErrorCode, _ rule: StaticString) -> HTTP3Failure {
        HTTP3Failure(scope: .connection, code: code, rule: rule)
    }

    static func stream(_ code: HTTP3ErrorCode, _ rule: StaticString) -> HTTP3Failure {
        HTTP3Failure(scope: .stream, code: code, rule: rule)
    }
}
