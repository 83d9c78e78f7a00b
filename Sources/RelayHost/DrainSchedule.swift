import Containers

/// When a relay that winds up does what, counted from the signal.
///
/// First everybody is told, and everything goes on, so that subscribers can find the track elsewhere before they
/// leave it here. Then groups that run are the last ones. At the end what is left is ended within a group, and
/// sessions that still stand are closed.
struct DrainSchedule {
    /// From here on no group begins that was not running.
    let lastGroups: Instant
    /// From here on subscriptions end where they are.
    let hardEnd: Instant
    /// The timeout that GOAWAY names: sessions close themselves then.
    let goAwayDeadline: Instant
    /// Connections are closed regardless.
    let limit: Instant

    /// `timeout`: milliseconds for all of it.
    init(start: Instant, timeout: UInt64) {
        let margin = min(timeout / 10, 200)
        lastGroups = start.advanced(byMilliseconds: timeout / 2)
        hardEnd = start.advanced(byMilliseconds: timeout - min(timeout / 4, 700))
        goAwayDeadline = start.advanced(byMilliseconds: timeout - margin)
        limit = start.advanced(byMilliseconds: timeout)
    }
}
