import MOQTModel

/// Where a control message stands: numbers mean different messages in different places.
public enum StreamContext: Hashable, Sendable {
    /// The control stream, either direction.
    case control
    /// The first message of a stream that the peer opened for a request.
    case requestFirst
    /// A later message on a request's stream, in either direction; the kind of request when it is known.
    case requestReply(RequestKind?)
    /// A message on the answering half of a SUBSCRIBE_NAMESPACE or SUBSCRIBE_TRACKS.
    case namespaceReply
}
