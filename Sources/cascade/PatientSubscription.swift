import MOQTClient
import MOQTModel
import QUICTransport
import Tooling

/// A subscription as the commands want it: it waits for its publisher, follows from relay to relay, and its end is
/// a sentence and an exit code.
final class PatientSubscription {
    enum Outcome {
        /// The publisher ended the track.
        case ended
        /// It will not come (any more): for an exit code.
        case failed(ExitCode, String)
    }

    let track: FullTrackName
    var onObject: (ReceivedObject) -> Void = { _ in }
    var onGap: (Location, Location) -> Void = { _, _ in }
    /// A connection is needed no longer.
    var onLeft: (ClientConnection) -> Void = { _ in }
    /// It was redirected, or sent away, to another place.
    var onMove: (ClientConfiguration) -> Void = { _ in }
    /// Called once, last.
    var onOutcome: (Outcome) -> Void = { _ in }

    private let common: CommonOptions
    private let log: Log
    private var subscription: MigratingSubscription?
    private var saidWaiting = false
    /// nil = redirects are not followed.
    private var trail: RedirectTrail?
    private var strayed: RedirectTrail.Failure?
    private let reconnects: Bool

    init(
        _ track: FullTrackName, parameters: MessageParameters, patience: UInt64, common: CommonOptions,
        log: Log
    ) {
        self.track = track
        self.common = common
        self.log = log
        if common.followsRedirects { trail = RedirectTrail(common.client, track) }
        reconnects = common.reconnects
        let survivesLoss = common.reconnects
        subscription = MigratingSubscription(
            track, parameters: parameters, patienceMilliseconds: patience, survivesLoss: survivesLoss
        ) { [weak self] event in self?.received(event) }
        subscription?.onGoAway = { [weak self] uri, connection in self?.sentAway(to: uri, connection) }
        subscription?.onRedirect = { [weak self] redirect, connection in
            self?.redirected(redirect, connection) ?? false
        }
    }

    /// A relay wants this subscription elsewhere.
    private func sentAway(to uri: String, _ connection: ClientConnection) {
        guard reconnects, let place = connection.configuration.redirected(to: uri) else { return }
        log.info("the relay sends the subscription to \(Printable.escaped(uri))")
        onMove(place)
    }

    private func redirected(_ redirect: Redirect, _ connection: ClientConnection) -> Bool {
        do throws(RedirectTrail.Failure) {
            guard let step = try trail?.follow(redirect) else { return false }
            subscription?.retarget(to: step.track)
            guard let place = step.configuration else {
                // Not from inside the subscription's own end.
                connection.loop.schedule(afterMilliseconds: 0) { [weak self] in self?.begin(on: connection) }
                return true
            }
            log.info("redirected to \(Printable.escaped(redirect.connectURI))")
            onMove(place)
            return true
        } catch {
            strayed = error
            return false
        }
    }

    var receivedByteCount: UInt64 { subscription?.receivedByteCount ?? 0 }

    /// Subscribes on a connection that is established, for the first time or to move there.
    func begin(on connection: ClientConnection) { subscription?.begin(on: connection) }

    func uses(_ connection: ClientConnection) -> Bool { subscription?.uses(connection) ?? false }

    func cancel() { subscription?.cancel() }

    private func received(_ event: MigratingSubscription.Event) {
        switch event {
        case .accepted(let largest, _):
            let at = largest.map { " at group \($0.group)" } ?? ""
            log.info("subscribed to \(NamespaceText.text(track))\(at)")
        case .object(let object): onObject(object)
        case .gap(let from, let to): onGap(from, to)
        case .waiting(let why):
            log.debug(Printable.escaped(why))
            if !saidWaiting { log.info("waiting for a publisher of \(NamespaceText.text(track))") }
            saidWaiting = true
        case .left(let connection): onLeft(connection)
        case .ended: onOutcome(.ended)
        case .failed(let failure): onOutcome(outcome(failure))
        }
    }

    private func outcome(_ failure: MigratingSubscription.Failure) -> Outcome {
        switch failure {
        case .refused(let reason):
            let what = "SUBSCRIBE of \(NamespaceText.text(track))"
            if let strayed { return .failed(.refused, "\(what) was \(FailureText.redirect(strayed))") }
            return .failed(
                .refused, FailureText.request(what, reason))
        case .ended(.malformedTrack, let reason):
            // Not again by itself: a publisher that began its numbers anew is in front of where this one has got to,
            // and one that still contradicts itself would end it once more.
            let why = reason.isEmpty ? "" : ": \(Printable.escaped(reason))"
            return .failed(
                .failed,
                "the track is malformed\(why); a publisher that began anew is seen by a new subscription")
        case .ended(let status, let reason):
            let why = reason.isEmpty ? "" : ": \(Printable.escaped(reason))"
            return .failed(
                .failed, "the publisher ended the subscription: \(FailureText.name(status))\(why)")
        case .brokenOff(let closure?):
            let (text, code) = FailureText.closure(closure, common)
            return .failed(code, text)
        case .brokenOff(nil):
            return .failed(.failed, "the subscription broke off before the end of the track")
        case .cannotBeSent(let failure):
            return .failed(.failed, "SUBSCRIBE cannot be sent: \(FailureText.name(failure))")
        }
    }
}
