import Containers
import MOQTModel
import MOQTWire

/// Fills of our subscriptions (draft-20 section 5.1.3). To the layer above, a fill is a FETCH under the id of the
/// SUBSCRIBE or REQUEST_UPDATE that asked for it, without an answer of its own: `fetchStreamBegan` and what follows.
/// None of it comes when the publisher has nothing to send, and the subscription lives on however it ends.
extension Session {
    /// The parameters as they will be sent. A fill always names its order: its stream cannot be read without, and may
    /// come before the SUBSCRIBE_OK that names the publisher's.
    func withReadableFill(_ parameters: MessageParameters) -> MessageParameters {
        var parameters = parameters
        guard wire.hasFills, let fill = parameters.fill else {
            parameters.fill = nil
            return parameters
        }
        parameters.fill?.groupOrder = fill.groupOrder ?? parameters.groupOrder ?? .ascending
        return parameters
    }

    /// A message with these parameters (of `withReadableFill`) has been sent.
    func expectFill(_ message: RequestID, of subscription: RequestID, _ parameters: MessageParameters) {
        guard let order = parameters.fill?.groupOrder, parameters.forward != false else { return }
        fills[message] = Fill(subscription: subscription, order: order)
    }

    /// A subscription is over, or the update that asked for the fill has failed.
    func dropFills(where isMeant: (RequestID, Fill) -> Bool) {
        if fills.isEmpty { return }
        for (message, fill) in fills where isMeant(message, fill) {
            if let stream = fill.stream { stopFetchStream(stream) }
            fills[message] = nil
        }
    }

    /// Whether a REQUEST_UPDATE of the peer's may ask for a fill: it comes from the subscriber of a track.
    func mayAskForFill(_ request: Request) -> Bool { request.isSubscription && !request.receivesObjects }
}
