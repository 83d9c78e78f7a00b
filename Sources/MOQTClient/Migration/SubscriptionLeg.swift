import Containers
import MOQTModel
import MOQTSession
import QUICTransport

/// A subscription on one connection that waits for its publisher: by RENDEZVOUS_TIMEOUT where the draft has it,
/// else by watching the namespace, and in any case by asking again.
final class SubscriptionLeg {
    enum Event {
        case accepted(largest: Location?, TrackProperties)
        case object(ReceivedObject)
        case gap(from: Location, to: Location)
        /// The peer wants this one to go elsewhere; it goes on meanwhile.
        case sentAway(uri: String)
        /// Nobody publishes it yet; said each time.
        case waiting(String)
        /// Nothing follows.
        case ended(PublishDoneStatus, reason: String)
        case refused(RequestFailure)
        /// The request broke off, or with `closed` its connection.
        case abandoned(closed: Bool)
        case cannotBeSent(SessionCommandFailure)
    }

    let connection: ClientConnection
    private let track: FullTrackName
    private let parameters: MessageParameters
    private let patience: UInt64
    private let onEvent: (Event) -> Void
    private var subscriber: TrackSubscriber?
    private var watch: NamespaceWatch?
    private var triedWatching = false
    private var hasObjects = false
    /// Nobody published the track when it was asked for: whatever its publisher says comes later.
    private var precedesTrack = false
    private var isOver = false
    private var retry: TimerID?

    /// Milliseconds between two attempts.
    private static let retryInterval: UInt64 = 500

    init(
        _ track: FullTrackName, on connection: ClientConnection, parameters: MessageParameters,
        patience: UInt64, onEvent: @escaping (Event) -> Void
    ) {
        self.track = track
        self.connection = connection
        self.parameters = parameters
        self.patience = patience
        self.onEvent = onEvent
    }

    var lateCount: Int { subscriber?.lateCount ?? 0 }
    var receivedByteCount: UInt64 { subscriber?.receivedByteCount ?? 0 }

    func start() {
        guard !isOver, subscriber == nil else { return }
        var parameters = parameters
        // "From now on" was said when it was first asked, not by the time that the publisher is there.
        if precedesTrack { parameters.beginWithTrack() }
        do throws(SessionCommandFailure) {
            subscriber = try connection.subscribe(
                track, parameters: parameters, patienceMilliseconds: patience
            ) { [weak self] event in self?.received(event) }
            subscriber?.onGoAway = { [weak self] uri in self?.sentAway(uri) }
        } catch {
            // A connection that is going away ends by itself.
            if connection.isClosed { over(.abandoned(closed: true)) } else { over(.cannotBeSent(error)) }
        }
    }

    /// No event follows.
    func cancel() {
        isOver = true
        subscriber?.cancel()
        connection.expectPublishNoMore(track)
        watch?.cancel()
        if let retry { connection.loop.cancel(retry) }
        retry = nil
    }

    private func received(_ event: TrackSubscriber.Event) {
        guard !isOver else { return }
        switch event {
        case .accepted(let largest, let properties):
            connection.expectPublishNoMore(track)
            watch?.cancel()
            watch = nil
            onEvent(.accepted(largest: largest, properties))
        case .object(let object):
            hasObjects = true
            onEvent(.object(object))
        case .gap(let from, let to):
            onEvent(.gap(from: from, to: to))
        case .refused(let failure):
            subscriber = nil
            switch failure.code {
            case .doesNotExist, .noObjects, .timeout: precedesTrack = true
            default: break
            }
            if failure.code.mayPass {
                wait("SUBSCRIBE was refused: \(failure.code)")
            } else {
                over(.refused(failure))
            }
        case .ended(let status, let reason):
            subscriber = nil
            if hasObjects || status == .trackEnded || status == .subscriptionEnded || status == .goingAway {
                over(.ended(status, reason: reason))
            } else {
                wait("the publisher ended the subscription")
            }
        case .abandoned:
            subscriber = nil
            if connection.isClosed || hasObjects {
                over(.abandoned(closed: connection.isClosed))
            } else {
                // The connection may be closing: that shows in a moment.
                wait("the subscription broke off")
            }
        }
    }

    private func sentAway(_ uri: String) {
        if !isOver { onEvent(.sentAway(uri: uri)) }
    }

    private func wait(_ why: String) {
        guard !isOver else { return }
        onEvent(.waiting(why))
        guard !isOver else { return }
        if !triedWatching {
            triedWatching = true
            watchNamespace()
        }
        // The track may also come unasked: where it is offered by PUBLISH to whoever watches the namespace.
        var offered = parameters
        offered.fill = nil
        connection.expectPublish(
            track, parameters: offered, patienceMilliseconds: patience,
            taken: { [weak self] in self?.taken($0) }, onEvent: { [weak self] in self?.received($0) })
        if let retry { connection.loop.cancel(retry) }
        retry = connection.loop.schedule(afterMilliseconds: Self.retryInterval) { [weak self] in
            self?.retry = nil
            self?.start()
        }
    }

    private func taken(_ offered: TrackSubscriber) {
        if let retry { connection.loop.cancel(retry) }
        retry = nil
        subscriber?.cancel()
        subscriber = offered
    }

    private func watchNamespace() {
        do throws(SessionCommandFailure) {
            watch = try connection.watchNamespaces(track.namespace, alsoTracks: true) { [weak self] event in
                if case .appeared = event { self?.start() }
            }
        } catch {
            // Asking again is enough.
        }
    }

    private func over(_ event: Event) {
        guard !isOver else { return }
        cancel()
        onEvent(event)
    }
}

extension MessageParameters {
    /// Whatever was said to come next is all of a track that begins only now.
    fileprivate mutating func beginWithTrack() {
        if let fill {
            if case .relative = fill.filter { self.fill?.filter = .from(.zero) }
            return
        }
        switch filter {
        case nil, .nextObject, .nextGroup, .unfiltered: filter = .from(.zero)
        default: break
        }
    }
}

extension RequestErrorCode {
    /// Whether the same request may succeed a moment later.
    var mayPass: Bool {
        switch self {
        case .doesNotExist, .timeout, .noObjects, .excessiveLoad, .goingAway, .internalError, .uninterested,
            .unknown:
            true
        default: false
        }
    }
}
