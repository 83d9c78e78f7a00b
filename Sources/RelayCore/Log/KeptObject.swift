import MOQTModel

/// An object as a log keeps it, for FETCH and other readers outside a subscription.
public struct KeptObject: Sendable {
    public var location: Location
    /// nil = it came as a datagram.
    public var subgroup: UInt64?
    /// nil = the track's default publisher priority.
    public var priority: UInt8?
    public var header: ObjectHeader

    public init(location: Location, subgroup: UInt64?, priority: UInt8?, header: ObjectHeader) {
        self.location = location
        self.subgroup = subgroup
        self.priority = priority
        self.header = header
    }
}
