import Containers
import MOQTModel
import MOQTWire

/// MAX_REQUEST_UPDATES of the peer (draft-19 section 10.3.1.7).
extension Session {
    /// Whether the peer takes one more update of a request before it has answered the others.
    func mayUpdateNow(_ request: Request) -> Bool {
        guard wire.limitsRequestUpdates, let limit = peerSetup?.maxRequestUpdates, limit > 0 else {
            return true
        }
        return request.heldUpdates.isEmpty && UInt64(request.ourUpdates.count) < limit
    }

    /// An update of a request has been answered: the next that waits goes out.
    func sendHeldUpdate(of id: RequestID) {
        guard let request = requests[id], let message = request.heldUpdates.first else { return }
        requests.change(id) { $0.heldUpdates.removeFirst() }
        guard let bytes = encoded(.requestUpdate(message)) else { return }
        var update = Request(id: message.requestID, kind: .update, isOurs: true)
        update.parent = id
        sendAbout(id, bytes)
        requests.add(update)
        requests.change(id) { $0.ourUpdates.append(message.requestID) }
    }

    /// The request fails with an update; those that wait go with it.
    func dropHeldUpdates(of id: RequestID, _ failure: RequestFailure) {
        guard let held = requests[id]?.heldUpdates, !held.isEmpty else { return }
        requests.change(id) { $0.heldUpdates = [] }
        for message in held { events.append(.requestRefused(message.requestID, failure)) }
    }
}
