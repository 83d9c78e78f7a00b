import Containers
import MOQTModel
import MOQTWire

/// The control stream, which is one bidirectional stream or two unidirectional ones.
struct ControlChannel {
    /// What waits for the peer's request credit, in order.
    enum Held {
        case message(Payload)
        /// A request with a stream of its own.
        case stream(RequestID)
    }

    /// nil until it is open.
    var sendingStream: StreamID?
    var receivingStream: StreamID?
    /// Messages that wait for the stream to open.
    var outbox: [Payload] = []
    /// Each with the request that must be covered first.
    var held: [(request: RequestID, content: Held)] = []
    var frames: ControlFrameReader
    var receivedGoAway = false
    var sentGoAway = false
    /// The limit for which REQUESTS_BLOCKED was sent last.
    var blockedAt: UInt64?

    init(draft: Draft) { frames = ControlFrameReader(draft.rules) }
}
