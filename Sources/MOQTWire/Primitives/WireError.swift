import MOQTModel

/// Why bytes could not be decoded or a message could not be encoded. What a peer's bytes cause has the scope
/// of the session; `notExpressible` concerns only the message that we tried to write.
public enum WireError: Error, Sendable {
    /// The bytes end too early. On a stream that is still open: wait. Inside a message whose length is
    /// known, or in a datagram: a violation.
    case needMore
    case protocolViolation(StaticString)
    case keyValueFormatting(StaticString)
    /// The draft has no bytes for this: a larger integer, an older message set.
    case notExpressible(StaticString)

    /// The session error to close with.
    public var sessionFailure: SessionFailure {
        switch self {
        case .needMore: SessionFailure(.protocolViolation, "truncated")
        case .protocolViolation(let rule): SessionFailure(.protocolViolation, rule.description)
        case .keyValueFormatting(let rule): SessionFailure(.keyValueFormattingError, rule.description)
        case .notExpressible(let what): SessionFailure(.internalError, what.description)
        }
    }

    /// The rule that was broken.
    public var rule: StaticString {
        switch self {
        case .needMore: "truncated"
        case .protocolViolation(let rule), .keyValueFormatting(let rule), .notExpressible(let rule): rule
        }
    }
}
