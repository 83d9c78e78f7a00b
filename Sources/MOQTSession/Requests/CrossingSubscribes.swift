import Containers
import MOQTModel

/// SUBSCRIBEs for a track that the peer has subscribed to already, where the draft allows one at a time.
///
/// Requests travel on streams of their own, so the cancellation of the first may arrive behind the second:
/// it is given a moment before the second is refused.
struct CrossingSubscribes {
    private var entries: [(message: Subscribe, deadline: Instant)] = []

    /// Milliseconds.
    static let time: UInt64 = 100
    private static let maximumCount = 64

    var nextDeadline: Instant { entries.first?.deadline ?? .distantFuture }

    /// False when too many wait already.
    mutating func add(_ message: Subscribe, now: Instant) -> Bool {
        guard entries.count < Self.maximumCount else { return false }
        entries.append((message, now.advanced(byMilliseconds: Self.time)))
        return true
    }

    /// The oldest that waits for this track.
    mutating func take(for track: FullTrackName) -> Subscribe? {
        guard let index = entries.firstIndex(where: { $0.message.track == track }) else { return nil }
        return entries.remove(at: index).message
    }

    mutating func remove(_ id: RequestID) { entries.removeAll { $0.message.requestID == id } }

    mutating func expired(now: Instant) -> RequestID? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        return entries.removeFirst().message.requestID
    }
}
