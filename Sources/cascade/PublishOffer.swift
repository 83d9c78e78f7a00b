import MOQTClient
import MOQTModel
import MOQTSession
import QUICTransport
import Tooling

/// What `cascade publish` asks of one relay: to announce its namespace, or to take its tracks.
final class PublishOffer {
    let connection: ClientConnection
    var onAccepted: () -> Void = {}
    /// With what was refused, in words.
    var onRefused: (RequestFailure, String) -> Void = { _, _ in }
    var onTimeout: (String) -> Void = { _ in }
    private(set) var isAccepted = false
    var isLeaving = false

    private let options: PublishOptions
    private var announcement: Announcement?

    /// Milliseconds for the relay to answer PUBLISH_NAMESPACE.
    private static let answerTimeout: UInt64 = 10_000

    init(_ connection: ClientConnection, _ options: PublishOptions) {
        self.connection = connection
        self.options = options
    }

    func make(_ tracks: [TrackPublisher]) {
        if options.pushes { return push(tracks) }
        let place = "namespace \(NamespaceText.text(options.namespace))"
        let what = "publishing in \(place)"
        do throws(SessionCommandFailure) {
            announcement = try connection.announce(options.namespace) { [weak self] failure in
                guard let self else { return }
                if let failure { onRefused(failure, what) } else { accepted() }
            }
            announcement?.onRevoked = { [weak self] failure in
                // With its connection it is not revoked but lost.
                guard let self, !connection.isClosed else { return }
                connection.loop.schedule(afterMilliseconds: 50) { [weak self] in
                    guard let self, !connection.isClosed else { return }
                    onRefused(failure, what)
                }
            }
        } catch {
            onRefused(RequestFailure(.internalError, FailureText.name(error)), what)
        }
        connection.loop.schedule(afterMilliseconds: Self.answerTimeout) { [weak self] in
            guard let self, !isAccepted, !connection.isClosed else { return }
            onTimeout(place)
        }
    }

    /// Tracks that came up later.
    func add(_ tracks: [TrackPublisher]) {
        if options.pushes, !connection.isClosed { push(tracks) }
    }

    /// Announces anew; a PUBLISH stands as it is.
    func renew() {
        guard !options.pushes, !connection.isClosed else { return }
        withdraw()
        make([])
    }

    func withdraw() { announcement?.withdraw() }

    private func push(_ tracks: [TrackPublisher]) {
        for track in tracks {
            let what = "PUBLISH of \(NamespaceText.text(track.name))"
            do throws(SessionCommandFailure) {
                try connection.push(track) { [weak self] failure in
                    guard let self else { return }
                    if let failure { onRefused(failure, what) } else { accepted() }
                }
            } catch {
                onRefused(RequestFailure(.internalError, FailureText.name(error)), what)
            }
        }
    }

    private func accepted() {
        isAccepted = true
        onAccepted()
    }
}
