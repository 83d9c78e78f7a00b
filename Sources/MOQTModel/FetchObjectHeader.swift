/// The start of an object on a FETCH stream, draft-neutral (draft-18 section 11.4.4).
public struct FetchObjectHeader: Equatable, Sendable {
    public var location: Location
    /// nil = the object was sent as a datagram (said from draft 16 on).
    public var subgroup: UInt64?
    public var priority: UInt8
    /// Other than normal in drafts 14 and 15 only.
    public var status: ObjectStatus
    /// Bytes of payload that follow.
    public var payloadByteCount: UInt64
    /// nil = none; never empty.
    public var properties: PropertyBlock?

    public init(
        location: Location, subgroup: UInt64?, priority: UInt8, status: ObjectStatus = .normal,
        payloadByteCount: UInt64, properties: PropertyBlock? = nil
    ) {
        self.location = location
        self.subgroup = subgroup
        self.priority = priority
        self.status = status
        self.payloadByteCount = payloadByteCount
        self.properties = properties
    }
}
