/// Breaches of a draft that were let pass because peers in the field commit them. Counters since the session
/// began, for metrics.
public struct ToleratedFaults: Hashable, Sendable {
    /// SUBSCRIBE_NAMESPACE with an empty prefix where the draft wants at least one field.
    public var emptyPrefixes = 0
    /// A second SUBSCRIBE for a track where the draft allows one.
    public var duplicateSubscriptions = 0
    /// Raw QUIC clients that sent neither PATH nor AUTHORITY.
    public var missingPaths = 0
    /// Answers and cancellations for requests that are gone.
    public var lateMessages = 0
    /// NAMESPACE twice for one namespace.
    public var repeatedNamespaces = 0
    /// Data for an alias that nobody announced in time.
    public var unknownAliases = 0
    /// Fetch streams that nobody asked for.
    public var unknownFetchStreams = 0
    /// Properties on an object that must not have any, in the shapes that the published vectors have.
    public var statusProperties = 0
    /// AUTHORITY where it may not stand, on a draft that gives MOQT_IMPLEMENTATION the same number.
    public var ambiguousAuthorities = 0

    public init() {}
}
