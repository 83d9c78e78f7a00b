import Containers
import MOQTModel

/// What a subgroup stream says next.
public enum SubgroupEvent: Equatable, Sendable {
    case header(SubgroupHeader)
    case objectBegan(ObjectHeader)
    /// The next bytes of the object's payload, shared with what was fed.
    case payload(Payload)
    case objectEnded
}
