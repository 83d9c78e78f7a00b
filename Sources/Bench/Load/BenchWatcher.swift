import MOQTModel
import MOQTPeer
import MOQTSession

/// A connection that wants to be told of the namespaces below its prefix.
final class BenchWatcher: BenchConnection {
    private let namespaces: BenchNamespaces
    private let place: Int
    private var request: RequestID?

    init(host: BenchHost, place: Int, namespaces: BenchNamespaces) {
        self.namespaces = namespaces
        self.place = place
        super.init(host: host)
    }

    override func established() {
        guard let session = peer?.session else { return }
        do throws(SessionCommandFailure) {
            request = try session.subscribeNamespace(
                namespaces.prefix(ofWatcher: place), interest: .namespaces)
        } catch {
            failed("the namespaces cannot be subscribed to")
        }
    }

    override func received(_ event: SessionEvent) {
        switch event {
        case .requestAccepted(let id, _): if id == request { ready() }
        case .requestRefused(let id, let failure):
            if id == request { failed("the namespaces were refused: \(failure.reason)") }
        case .namespaceAppeared(_, let namespace): namespaces.appeared(namespace, at: host.clock)
        case .publishNamespaceReceived(let request): peer?.session.acceptRequest(request.requestID)
        default: break
        }
    }
}
