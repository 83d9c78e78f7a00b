import Containers
import MOQTModel
import MOQTSession

extension SessionEvent {
    /// A short form for comparing sequences: the case, the request, and what matters of the rest.
    var brief: String {
        switch self {
        case .subgroupBegan(_, let request, let header): "began \(request.value) group \(header.group)"
        case .objectBegan(_, let header): "object \(header.objectID)"
        case .objectPayload(_, let bytes): "payload \(bytes.count)"
        case .objectEnded: "object ended"
        case .subgroupEnded(_, let end): "ended \(end)"
        case .datagram(let request, let datagram): "datagram \(request.value) \(datagram.location.group)"
        case .fetchStreamBegan(_, let request): "fetch began \(request.value)"
        case .fetchObjectBegan(_, let header):
            "fetched \(header.location.group).\(header.location.object)"
        case .fetchGap(_, let gap, let location): "gap \(gap) \(location.group).\(location.object)"
        case .fetchStreamEnded(_, let request, let end): "fetch ended \(request.value) \(end)"
        case .fetchAccepted(let id, let message): "fetch accepted \(id.value) to \(message.endGroup)"
        case .established: "established"
        case .goAwayReceived(_, let request): "goaway \(request.map { String($0.value) } ?? "session")"
        case .failed(let failure): "failed \(failure.code)"
        case .subscribeReceived(let message): "subscribe \(message.requestID.value) \(message.track)"
        case .trackStatusReceived(let message): "track status \(message.requestID.value)"
        case .fetchReceived(let message): "fetch \(message.requestID.value)"
        case .publishReceived(let message): "publish \(message.requestID.value) \(message.track)"
        case .publishNamespaceReceived(let message):
            "publish namespace \(message.requestID.value) \(message.namespace)"
        case .subscribeNamespaceReceived(let message):
            "subscribe namespace \(message.requestID.value) \(message.prefix) \(message.interest)"
        case .updateReceived(let existing, let message):
            "update \(message.requestID.value) of \(existing.value)"
        case .publishStateNotified(let id, _): "notified \(id.value)"
        case .requestCancelled(let id): "cancelled \(id.value)"
        case .subscribeAccepted(let id, let message): "subscribed \(id.value) alias \(message.alias.value)"
        case .publishAccepted(let id, _): "publish accepted \(id.value)"
        case .requestAccepted(let id, _): "accepted \(id.value)"
        case .requestRefused(let id, let failure): "refused \(id.value) \(failure.code)"
        case .publishDoneReceived(let id, let message): "done \(id.value) \(message.status)"
        case .publishNamespaceCancelled(let id, _): "namespace cancelled \(id.value)"
        case .namespaceAppeared(let id, let namespace): "appeared \(id.value) \(namespace)"
        case .namespaceVanished(let id, let namespace): "vanished \(id.value) \(namespace)"
        case .publishSkipped(let id, let track): "skipped \(id.value) \(track)"
        }
    }
}

extension SimulatedPeer {
    /// The events since the last call, in short.
    func takeEvents() -> [String] {
        defer { events = [] }
        return events.map(\.brief)
    }
}
