import Containers
import MOQTModel

/// A SUBSCRIBE or TRACK_STATUS that has no answer yet.
struct WaitingRequest: Sendable {
    var request: Subscribe
    let isTrackStatus: Bool
    /// Requests are answered in this order.
    let order: UInt64
    /// Until when it may wait for a publisher to appear; nil = it may not.
    let rendezvous: Instant?
    /// It came before the track had a publisher.
    var precedesTrack: Bool
    /// It counts against `RelayLimits.heldRequests` and has a deadline.
    var isHeld = false
}
