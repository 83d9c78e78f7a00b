/// The start of an object on a subgroup stream, draft-neutral.
public struct ObjectHeader: Equatable, Sendable {
    public var objectID: UInt64
    public var status: ObjectStatus
    /// Bytes of payload that follow; 0 unless `status` is normal.
    public var payloadByteCount: UInt64
    /// nil when the subgroup carries no property blocks; may be empty.
    public var properties: PropertyBlock?

    public init(
        objectID: UInt64, status: ObjectStatus = .normal, payloadByteCount: UInt64,
        properties: PropertyBlock? = nil
    ) {
        self.objectID = objectID
        self.status = status
        self.payloadByteCount = payloadByteCount
        self.properties = properties
    }
}
