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

    // What a decoder's caller may want to tell apart from other violations.
    static let messageCutShort = WireError.protocolViolation("message shorter than its fields")
    static let subgroupCutShort = WireError.protocolViolation("subgroup stream ends inside an object")
    static let fetchCutShort = WireError.protocolViolation("FETCH stream ends inside an object")
    static let datagramCutShort = WireError.protocolViolation("datagram cut short")
    public static let unknownMessage = WireError.protocolViolation(
        "unknown message type, or not on this stream")
    public static let unknownStream = WireError.protocolViolation("unknown stream type")
    public static let unknownDatagram = WireError.protocolViolation("unknown datagram type")

    /// The bytes are right as far as they go, but end too early.
    public var isTruncation: Bool {
        if case .needMore = self { return true }
        return isOne(of: [.messageCutShort, .subgroupCutShort, .fetchCutShort, .datagramCutShort])
    }

    /// The draft gives the type of the message, stream or datagram no meaning there.
    public var isUnknownType: Bool { isOne(of: [.unknownMessage, .unknownStream, .unknownDatagram]) }

    private func isOne(of errors: [WireError]) -> Bool {
        errors.contains { $0.rule.description == rule.description }
    }

    /// The rule that was broken.
    public var rule: StaticString {
        switch self {
        case .needMore: "truncated"
        case .protocolViolation(let rule), .keyValueFormatting(let rule), .notExpressible(let rule): rule
        }
    }
}
