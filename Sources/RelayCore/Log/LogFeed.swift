/// The changes of a home log on their way to one other shard.
///
/// The host takes the events at the end of a turn, posts them through its mailbox, and a `LogReplayer` there
/// ingests them.
public final class LogFeed {
    private var events: [LogEvent] = []
    /// Chosen by the owner: which shard, which replica.
    public let context: UInt64

    public init(context: UInt64 = 0) { self.context = context }

    public var isEmpty: Bool { events.isEmpty }

    /// Everything since the last call, oldest first.
    public func takeEvents() -> [LogEvent] {
        let taken = events
        events = []
        return taken
    }

    func append(_ event: LogEvent) { events.append(event) }
}
