import MOQTModel

/// Where the hostile bytes arrive.
enum Place: Hashable, Sendable {
    case control
    /// The session's own control stream, where each side has one.
    case ownControl
    /// A new bidirectional stream of the peer's.
    case bidirectional
    /// The peer's half of the stream of the request that `Before` made, ours or its own.
    case requestStream
    /// A new unidirectional stream of the peer's.
    case unidirectional
    case datagram
}

/// How the peer breaks off a stream, with its code; nil is a code that is none of the application's.
enum Signal: Hashable, Sendable {
    /// RESET_STREAM for the peer's half.
    case reset(UInt64?)
    /// STOP_SENDING for ours.
    case stop(UInt64?)
}

/// What has happened before the hostile bytes.
enum Before: Hashable, Sendable {
    /// The transport stands; nobody has said SETUP.
    case nothing
    case setup
    /// We have sent this request; it is not answered.
    case asked(RequestKind)
    /// We have sent this request and the peer has said yes. A SUBSCRIBE got the alias 7.
    case granted(RequestKind)
    /// The peer has sent this request; we have not answered.
    case requested(RequestKind)
}

/// What must come of it.
enum Outcome: Hashable, Sendable {
    /// The session is closed with this code.
    case closed(UInt64)
    /// REQUEST_ERROR with this code; the session lives.
    case refused(UInt64)
    /// STOP_SENDING (and RESET_STREAM on a bidirectional stream) with this code; the session lives.
    case stopped(UInt64)
    /// Nothing happens to the session; what is tolerated is said in the rule.
    case tolerated

    static let violation = Outcome.closed(0x3)
}
