import Containers
import MOQTClient
import MOQTModel
import MOQTSession
import QUICTransport
import Tooling

/// A subscription that waits for its publisher: by RENDEZVOUS_TIMEOUT where the draft has it, else by
/// watching the namespace, and in any case by asking again.
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
    var onAccepted: () -> Void = {}
    /// Called once, last.
    var onOutcome: (Outcome) -> Void = { _ in }

    private let connection: ClientConnection
    private let parameters: MessageParameters
    private let patience: UInt64
    private let log: Log
    private var subscriber: TrackSubscriber?
    private var watch: NamespaceWatch?
    private var triedWatching = false
    private var objectCount: UInt64 = 0
    private var isOver = false
    private var retry: TimerID?

    /// Milliseconds between two attempts.
    private static let retryInterval: UInt64 = 500

    init(
        _ track: FullTrackName, on connection: ClientConnection, parameters: MessageParameters,
        patience: UInt64,
        log: Log
    ) {
        self.track = track
        self.connection = connection
        self.parameters = parameters
        self.patience = patience
        self.log = log
    }

    var lateCount: Int { subscriber?.lateCount ?? 0 }
    var receivedByteCount: UInt64 { subscriber?.receivedByteCount ?? 0 }

    func start() {
        guard !isOver, subscriber == nil else { return }
        do throws(SessionCommandFailure) {
            subscriber = try connection.subscribe(
                track, parameters: parameters, patienceMilliseconds: patience
            ) { [weak self] event in self?.received(event) }
        } catch {
            over(.failed(.failed, "SUBSCRIBE cannot be sent: \(FailureText.name(error))"))
        }
    }

    func cancel() {
        isOver = true
        subscriber?.cancel()
        connection.expectPublishNoMore(track)
        watch?.cancel()
        if let retry { connection.loop.cancel(retry) }
        retry = nil
    }

    private func received(_ event: TrackSubscriber.Event) {
        switch event {
        case .accepted(let largest, _):
            let at = largest.map { " at group \($0.group)" } ?? ""
            log.info("subscribed to \(NamespaceText.text(track))\(at)")
            connection.expectPublishNoMore(track)
            watch?.cancel()
            watch = nil
            onAccepted()
        case .object(let object):
            objectCount += 1
            onObject(object)
        case .gap(let from, let to):
            onGap(from, to)
        case .refused(let failure):
            subscriber = nil
            if Self.mayComeLater(failure.code) {
                wait(FailureText.request("SUBSCRIBE", failure))
            } else {
                over(
                    .failed(
                        .refused, FailureText.request("SUBSCRIBE of \(NamespaceText.text(track))", failure)))
            }
        case .ended(let status, let reason):
            subscriber = nil
            ended(status, reason)
        case .abandoned:
            subscriber = nil
            if connection.isClosed { return }
            if objectCount == 0 {
                wait("the subscription broke off")
            } else {
                over(.failed(.failed, "the subscription broke off before the end of the track"))
            }
        }
    }

    private func ended(_ status: PublishDoneStatus, _ reason: String) {
        switch status {
        case .trackEnded, .subscriptionEnded:
            over(.ended)
        default:
            let why = reason.isEmpty ? "" : ": \(Printable.escaped(reason))"
            let text = "the publisher ended the subscription: \(FailureText.name(status))\(why)"
            if objectCount == 0 { wait(text) } else { over(.failed(.failed, text)) }
        }
    }

    private func wait(_ why: String) {
        guard !isOver else { return }
        log.debug("\(why); waiting for \(NamespaceText.text(track))")
        if !triedWatching {
            triedWatching = true
            log.info("waiting for a publisher of \(NamespaceText.text(track))")
            watchNamespace()
        }
        // The track may also come unasked: where it is offered by PUBLISH to whoever watches the namespace.
        connection.expectPublish(
            track, parameters: parameters, patienceMilliseconds: patience,
            taken: { [weak self] in self?.taken($0) }, onEvent: { [weak self] in self?.received($0) })
        retry = connection.loop.schedule(afterMilliseconds: Self.retryInterval) { [weak self] in self?.start()
        }
    }

    private func taken(_ offered: TrackSubscriber) {
        log.debug("the track came by PUBLISH")
        if let retry { connection.loop.cancel(retry) }
        retry = nil
        subscriber?.cancel()
        subscriber = offered
    }

    private func watchNamespace() {
        do throws(SessionCommandFailure) {
            watch = try connection.watchNamespaces(track.namespace, alsoTracks: true) { [weak self] event in
                switch event {
                case .accepted: self?.log.debug("watching the namespace")
                case .refused(let failure):
                    self?.log.debug(FailureText.request("SUBSCRIBE_NAMESPACE", failure))
                case .appeared: self?.start()
                case .vanished: break
                }
            }
        } catch {
            // Asking again is enough.
        }
    }

    private func over(_ outcome: Outcome) {
        guard !isOver else { return }
        cancel()
        onOutcome(outcome)
    }

    private static func mayComeLater(_ code: RequestErrorCode) -> Bool {
        switch code {
        case .doesNotExist, .timeout, .noObjects, .excessiveLoad, .goingAway, .internalError, .uninterested,
            .unknown:
            return true
        default:
            return false
        }
    }
}
