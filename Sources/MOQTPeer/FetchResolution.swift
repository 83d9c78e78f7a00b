public import MOQTModel
import MOQTSession
import MOQTWire
public import RelayCore

/// From what a FETCH says to absolute locations.
extension Peer {
    /// The locations that a FETCH of the peer asks for; `joined` is the subscription that it joins, if it does and
    /// there is one.
    ///
    /// Throws with the scope of the request. nil when the FETCH broke the protocol: the session is closed then.
    public func range(
        of fetch: Fetch, joining joined: JoinableSubscription?, in log: TrackLog
    ) throws(RequestFailure) -> FetchRange? {
        switch fetch.range {
        case .standalone(_, let start, let endGroup, let endObject):
            return FetchRange(start: start, endGroup: endGroup, endObject: endObject)
        case .filtered(_, let filter):
            // Never beyond the largest object; without a filter from the very first.
            guard let largest = log.publishedLargest else {
                throw RequestFailure(.invalidRange, "nothing has been published")
            }
            let start = filter == .unfiltered ? .zero : log.range(for: filter).start
            return FetchRange(start: start, end: largest)
        case .relativeJoining(_, let back):
            // The drafts do not say what is before group 0: nothing.
            guard let largest = try largest(of: joined) else { return nil }
            let group = largest.group > back ? largest.group - back : 0
            return FetchRange(start: Location(group: group, object: 0), end: largest)
        case .absoluteJoining(_, let group):
            guard let largest = try largest(of: joined) else { return nil }
            return FetchRange(start: Location(group: group, object: 0), end: largest)
        }
    }

    /// The Joining Location; nil when the session had to be closed.
    private func largest(of joined: JoinableSubscription?) throws(RequestFailure) -> Location? {
        guard let rules = session.rules, let joined else {
            throw RequestFailure(.invalidJoiningRequestID, "no such subscription")
        }
        switch rules.joiningFetchNeeds {
        case .largestObjectFilter:
            guard joined.beganAfterLargest else {
                session.close(
                    .protocolViolation, reason: "FETCH joins a subscription with another filter")
                return nil
            }
        case .forwarding:
            guard joined.forward else {
                session.close(
                    .protocolViolation, reason: "FETCH joins a subscription that is not forwarded")
                return nil
            }
        case .forwardingOrRefused:
            guard joined.forward else {
                throw RequestFailure(.invalidRange, "the subscription is not forwarded")
            }
        }
        guard let largest = joined.largest else {
            throw RequestFailure(.invalidRange, "nothing had been published when the subscription began")
        }
        return largest
    }
}
