import Containers
import MOQTModel

/// Datagrams whose alias nobody has announced yet: a few, for a short time.
struct HeldDatagrams {
    private var entries: [(datagram: ObjectDatagram, deadline: Instant)] = []

    var nextDeadline: Instant { entries.first?.deadline ?? .distantFuture }

    /// Returns how many had to be dropped for it.
    mutating func add(_ datagram: ObjectDatagram, deadline: Instant, limit: Int) -> Int {
        guard limit > 0 else { return 1 }
        entries.append((datagram, deadline))
        guard entries.count > limit else { return 0 }
        entries.removeFirst()
        return 1
    }

    mutating func take(_ alias: TrackAlias) -> [ObjectDatagram] {
        guard !entries.isEmpty else { return [] }
        let found = entries.filter { $0.datagram.alias == alias }.map(\.datagram)
        if !found.isEmpty { entries.removeAll { $0.datagram.alias == alias } }
        return found
    }

    /// Returns how many were dropped.
    mutating func expire(now: Instant) -> Int {
        let before = entries.count
        entries.removeAll { $0.deadline <= now }
        return before - entries.count
    }
}
