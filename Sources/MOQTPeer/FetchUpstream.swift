/// What of a FETCH may come from upstream.
public enum FetchUpstream: Sendable {
    /// Nothing: what the log does not hold is unknown.
    case none
    /// What the log does not hold.
    case gaps
    /// All of it: the track is not known here, and FETCH_OK says what upstream's says.
    case everything
}
