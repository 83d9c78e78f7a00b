import Containers
import MOQTModel

/// Subscriptions whose publisher has said PUBLISH_DONE: objects may still be under way (draft-18 section
/// 10.12), so their aliases live on for a while.
struct LingeringSubscriptions {
    struct Entry {
        var request: RequestID
        var alias: TrackAlias
        var deadline: Instant
    }

    /// In order of their deadlines, which all lie equally far ahead.
    private var entries: [Entry] = []

    /// Milliseconds.
    static let time: UInt64 = 10_000
    private static let maximumCount = 4096

    var nextDeadline: Instant { entries.first?.deadline ?? .distantFuture }

    /// Returns the entry that had to go for it, if any.
    mutating func add(_ request: RequestID, alias: TrackAlias, now: Instant) -> Entry? {
        entries.append(
            Entry(request: request, alias: alias, deadline: now.advanced(byMilliseconds: Self.time)))
        return entries.count > Self.maximumCount ? entries.removeFirst() : nil
    }

    mutating func remove(_ request: RequestID) -> Entry? {
        guard let index = entries.firstIndex(where: { $0.request == request }) else { return nil }
        return entries.remove(at: index)
    }

    mutating func expired(now: Instant) -> Entry? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        return entries.removeFirst()
    }
}
