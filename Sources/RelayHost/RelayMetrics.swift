import Synchronization

/// Counters of the whole relay, added to by every shard and read from anywhere. Cold paths only.
public final class RelayMetrics: Sendable {
    public final class Counter: Sendable {
        private let value = Atomic<UInt64>(0)
        init() {}
        public func add(_ count: UInt64) { value.add(count, ordering: .relaxed) }
        public var count: UInt64 { value.load(ordering: .relaxed) }
    }

    public let sessionsOpened = Counter()
    public let sessionsClosed = Counter()
    /// Sessions that ended because a rule was broken.
    public let sessionsFailed = Counter()
    /// Lives of tracks that ended because what came contradicted itself.
    public let tracksMalformed = Counter()

    public init() {}
}
