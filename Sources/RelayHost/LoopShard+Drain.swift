import Containers
import MOQTModel
import MOQTPeer
import QUICTransport
import RelayCore

/// Winding up (draft-18 sections 3.6 and 10.4).
extension LoopShard {
    /// Sends GOAWAY to every session, accepts no connection and no request any more, and lets subscriptions
    /// end as `DrainSchedule` says.
    func beginDraining() {
        guard drain == nil else { return }
        let schedule = DrainSchedule(start: now, timeout: configuration.drainTimeout)
        drain = schedule
        for endpoint in endpoints { endpoint.stopAccepting() }
        control?.handle(.drainBegan)
        for session in Array(sessions.values) {
            session.beginDraining(schedule, to: configuration.goAwayURI)
            session.peer.pump()
        }
        loop.schedule(at: schedule.lastGroups) { [unowned self] in
            for session in Array(sessions.values) { session.endAfterRunningGroups() }
        }
        loop.schedule(at: schedule.hardEnd) { [unowned self] in
            for session in Array(sessions.values) { session.endSubscriptionsNow() }
        }
    }

    /// Sends requests that concern `prefix` elsewhere while their sessions stay. Half of `timeout` (milliseconds) later
    /// running groups are the last ones, and at its end what is left is ended.
    func sendAway(_ prefix: TrackNamespace, to uri: String, timeout: UInt64) {
        var told: [(UInt64, [RequestID])] = []
        for session in Array(sessions.values) {
            let ids = session.sendAway(prefix, GoAway(newSessionURI: uri, timeout: timeout))
            if !ids.isEmpty { told.append((session.key.serial, ids)) }
        }
        let (half, end) = (now.advanced(byMilliseconds: timeout / 2), now.advanced(byMilliseconds: timeout))
        loop.schedule(at: half) { [unowned self] in
            for (serial, ids) in told { session(serial)?.endAfterRunningGroups(only: ids) }
        }
        loop.schedule(at: end) { [unowned self] in
            for (serial, ids) in told { session(serial)?.endSentAway(ids) }
        }
    }

    /// Calls `body` when the last session has gone, or at the drain's limit.
    func whenEmpty(_ body: @escaping () -> Void) {
        guard let drain, !sessions.isEmpty, now < drain.limit else { return body() }
        let interval = now.advanced(byMilliseconds: Self.tickInterval)
        loop.schedule(at: min(drain.limit, interval)) { [unowned self] in whenEmpty(body) }
    }

    /// Closes every connection, then calls `done`.
    func close(_ done: @escaping () -> Void) {
        for session in Array(sessions.values) {
            session.peer.close(.noError, reason: "the relay is shutting down")
        }
        var open = endpoints.count
        if open == 0 { done() }
        for endpoint in endpoints {
            endpoint.close {
                open -= 1
                if open == 0 { done() }
            }
        }
    }
}
