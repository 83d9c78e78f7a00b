import Containers

/// An object that fits one datagram (draft-18 section 11.3).
public struct ObjectDatagram: Equatable, Sendable {
    public var alias: TrackAlias
    public var location: Location
    /// nil = the track's default publisher priority.
    public var priority: UInt8?
    public var status: ObjectStatus
    public var endOfGroup: Bool
    /// nil = none; never empty.
    public var properties: PropertyBlock?
    public var payload: Payload

    public init(
        alias: TrackAlias, location: Location, priority: UInt8? = nil, status: ObjectStatus = .normal,
        endOfGroup: Bool = false, properties: PropertyBlock? = nil, payload: Payload = Payload()
    ) {
        self.alias = alias
        self.location = location
        self.priority = priority
        self.status = status
        self.endOfGroup = endOfGroup
        self.properties = properties
        self.payload = payload
    }
}
