import Containers
import MOQTModel

/// What a session remembers of a request apart from what every request has.
struct RequestDetails {
    /// Messages that wait for the stream to open.
    var outbox: [Payload] = []

    /// Our FETCH: the order in which it was asked for, its data stream, and whether that has ended.
    var fetchOrder = GroupOrder.ascending
    /// Where it begins, when that is known.
    var fetchStart: Location?
    var fetchStream: StreamID?
    var fetchStreamEnded = false

    /// PUBLISH: the largest object that it named.
    var namedLargest: Location?

    /// The peer's range filters that stand.
    var rangeFilters: [RangeFilter] = []
    var interest = SubscribeNamespace.Interest.both

    /// An update: the request that it changes. The second half of a split namespace subscription: the first.
    var parent: RequestID?
    /// The second half of a split namespace subscription.
    var companion: RequestID?
    /// Updates of this request that have no answer yet, in the order in which they must be answered.
    var ourUpdates: [RequestID] = []
    var peerUpdates: [RequestID] = []
    /// Updates of ours that wait until the peer has answered others.
    var heldUpdates: [RequestUpdate] = []
    /// The peer's update: our answer, until those before it have been given. At most one; a list, because a message
    /// is large and hardly ever there.
    var heldAnswers: [ControlMessage] = []

    /// As it is for a request that has none of this.
    var isEmpty: Bool {
        outbox.isEmpty && fetchOrder == .ascending && fetchStart == nil && fetchStream == nil
            && !fetchStreamEnded && rangeFilters.isEmpty && interest == .both && parent == nil
            && companion == nil && ourUpdates.isEmpty && peerUpdates.isEmpty
            && namedLargest == nil && heldUpdates.isEmpty && heldAnswers.isEmpty
    }
}
