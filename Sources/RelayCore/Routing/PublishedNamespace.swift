import MOQTModel

/// A PUBLISH_NAMESPACE that stands.
struct PublishedNamespace: Sendable {
    let namespace: TrackNamespace
    /// Grows with every announcement in the process: the newest publisher has the largest.
    let order: UInt64
}
