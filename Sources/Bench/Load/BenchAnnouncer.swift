import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import QUICTransport

/// A connection that announces its share of the run's namespaces, evenly over a time, and keeps them.
final class BenchAnnouncer: BenchConnection {
    private let namespaces: BenchNamespaces
    private let place: Int
    private var nextIndex: Int
    private var begun = Instant.distantFuture
    private var nanoseconds: UInt64 = 1

    init(host: BenchHost, place: Int, namespaces: BenchNamespaces) {
        self.namespaces = namespaces
        self.place = place
        nextIndex = place
        super.init(host: host)
    }

    /// Announces all of them within `seconds` from now.
    func begin(seconds: Double) {
        begun = host.loop.now
        nanoseconds = UInt64(max(0.001, seconds) * 1_000_000_000)
        step()
    }

    private func step() {
        guard !hasFailed, let peer, nextIndex < namespaces.count else { return }
        let elapsed = host.loop.now.nanoseconds - begun.nanoseconds
        while nextIndex < namespaces.count {
            let due = UInt64(Double(nanoseconds) * Double(nextIndex) / Double(namespaces.count))
            guard due <= elapsed else { break }
            do throws(SessionCommandFailure) {
                _ = try peer.session.publishNamespace(namespaces.name(nextIndex))
            } catch {
                return failed("a namespace cannot be announced any more")
            }
            namespaces.announced(nextIndex, at: host.clock)
            nextIndex += namespaces.announcerCount
        }
        peer.pump()
        host.loop.schedule(afterMilliseconds: 2) { [weak self] in self?.step() }
    }

    override func received(_ event: SessionEvent) {
        switch event {
        case .requestAccepted: namespaces.accepted()
        case .requestRefused(_, let failure): failed("a namespace was refused: \(failure.reason)")
        case .subscribeReceived(let request):
            peer?.session.refuse(request.requestID, RequestFailure(.doesNotExist, "no such track"))
        case .publishNamespaceReceived(let request): peer?.session.acceptRequest(request.requestID)
        default: break
        }
    }
}
