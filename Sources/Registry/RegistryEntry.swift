import MOQTModel

/// A namespace published at a relay.
public struct RegistryEntry: Hashable, Sendable {
    public var namespace: TrackNamespace
    public var relay: RelayAddress

    public init(namespace: TrackNamespace, relay: RelayAddress) {
        self.namespace = namespace
        self.relay = relay
    }
}
