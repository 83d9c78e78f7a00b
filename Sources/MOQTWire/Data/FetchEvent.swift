import Containers
import MOQTModel

/// What a FETCH stream says next.
public enum FetchEvent: Equatable, Sendable {
    case header(RequestID)
    case objectBegan(FetchObjectHeader)
    /// The next bytes of the object's payload, shared with what was fed.
    case payload(Payload)
    case objectEnded
    /// Nothing after the last object up to this location, inclusive (draft 16 on).
    case gap(FetchGap, through: Location)
}
