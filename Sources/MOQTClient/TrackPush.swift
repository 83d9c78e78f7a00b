import MOQTModel

/// A PUBLISH of ours that has no answer yet.
struct TrackPush {
    let alias: TrackAlias
    /// The largest object that it named: the subscription begins behind it.
    let largest: Location?
    let answer: (RequestFailure?) -> Void
}
