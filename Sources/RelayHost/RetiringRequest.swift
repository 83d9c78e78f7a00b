import Containers
import MOQTModel

/// A request whose publisher is done, while its last streams may still be on their way.
struct RetiringRequest {
    let id: RequestID
    /// No new stream is waited for from then on.
    var until: Instant
    /// ... nor the end of an open one.
    let limit: Instant
}
