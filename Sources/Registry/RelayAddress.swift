/// Where a relay can be reached by other relays.
public struct RelayAddress: Hashable, Sendable {
    /// A `moqt://` or `https://` URL: the relay's identity in the cluster.
    public var url: String
    /// Relays of one region prefer each other; empty = none said.
    public var region: String

    public init(url: String, region: String = "") {
        self.url = url
        self.region = region
    }
}
