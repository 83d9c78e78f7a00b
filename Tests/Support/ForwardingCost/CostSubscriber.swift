import MOQTModel
import MOQTPeer
import MOQTSession
import TransportInterface

/// Subscribes to the track and counts what comes.
final class CostSubscriber: PeerDelegate {
    let peer: Peer
    private(set) var isAccepted = false
    private(set) var objectCount = 0

    init(_ peer: Peer) {
        self.peer = peer
        peer.delegate = self
    }

    // MARK: PeerDelegate

    func peer(_ peer: Peer, received event: SessionEvent) {
        switch event {
        case .established:
            var parameters = MessageParameters()
            parameters.filter = .nextObject
            _ = try? peer.session.subscribe(CostRun.track, parameters: parameters)
        case .subscribeAccepted: isAccepted = true
        case .objectEnded, .datagram: objectCount += 1
        default: break
        }
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {}
    func peerDeadlineChanged(_ peer: Peer) {}
    func peer(_ peer: Peer, closed reason: TransportCloseReason) { CostRun.end("a subscriber: \(reason)") }
}
