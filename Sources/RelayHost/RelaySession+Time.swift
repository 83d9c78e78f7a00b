import Containers
import MOQTPeer
import MOQTSession
import TransportInterface
import WebTransport

/// What a session does because time passes.
extension RelaySession {
    /// Milliseconds from the handshake to the CONNECT, and from our close to the peer's answer.
    private static let connectPatience: UInt64 = 10_000
    private static let closePatience: UInt64 = 3_000

    /// Nothing here depends on time: `tick` has nothing to do until something happens.
    var isQuiet: Bool {
        peer.isQuiet && retiring.isEmpty && relayedFetches.isEmpty && gate?.waiting.isEmpty ?? true
            && (target == nil || peer.transport.negotiated != nil && !session.isClosed)
    }

    /// Called a few times a second unless it is quiet: forgets what is over and acts on the delivery's time limits.
    func tick(now: Instant) {
        guardAgainstSilence(now: now)
        if !retiring.isEmpty { retire(now: now) }
        tickRelayedFetches(now: now)
        expireAuthorizations(now: now)
        peer.checkDeadlines()
    }

    private func retire(now: Instant) {
        for index in retiring.indices.reversed() where retiring[index].until <= now {
            let request = retiring[index]
            if request.limit > now, let feed = feeding[request.id], receives(feed.track) {
                retiring[index].until = now.advanced(byMilliseconds: ShardTrack.patience)
            } else {
                feeding[request.id] = nil
                retiring.remove(at: index)
            }
        }
    }

    /// WebTransport has no clock of its own: a client that never sends its CONNECT, or never answers our
    /// close, is let go here.
    private func guardAgainstSilence(now: Instant) {
        guard let transport = peer.transport as? WebTransportSession else { return }
        if session.isClosed {
            let since = closingSince ?? now
            closingSince = since
            if now.milliseconds(since: since) >= Self.closePatience { transport.abandon() }
        } else if transport.negotiated == nil, now.milliseconds(since: openedAt) >= Self.connectPatience {
            transport.abandon()
        }
    }
}
