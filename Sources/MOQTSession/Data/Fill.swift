import Containers
import MOQTModel

/// A fill that we asked for with a SUBSCRIBE or REQUEST_UPDATE, until its stream is over.
struct Fill {
    let subscription: RequestID
    /// Needed to read its stream.
    let order: GroupOrder
    /// nil until it has come.
    var stream: StreamID?
}
