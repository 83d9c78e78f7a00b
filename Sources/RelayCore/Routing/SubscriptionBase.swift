import MOQTModel

/// Which object a new subscription takes for the track's largest: "from now on" begins behind it
/// (draft-18 section 5.1.2).
public enum SubscriptionBase: Hashable, Sendable {
    /// The largest in the log: the track was here when the request came.
    case log
    /// The request came first, and the track was asked for its sake: its publisher's answer named this largest,
    /// nil when there was none. What has reached the log since then belongs to the subscription.
    case publisher(Location?)
}
