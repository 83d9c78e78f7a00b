import MOQTModel

/// How one peer wants a track delivered.
public struct DeliverySubscription: Hashable, Sendable {
    /// The request id: unique within the peer's session.
    public var id: UInt64
    public var range: LogRange
    /// Lower first.
    public var subscriberPriority: UInt8
    public var groupOrder: GroupOrder
    public var shape: WireShape
    public var forward: Bool
    /// The track alias, given back in `SubgroupOpening` and datagrams.
    public var context: UInt64
    /// An object older than this is not sent any more and its stream is reset (nanoseconds since its header
    /// arrived); nil = none.
    public var objectTimeoutNanoseconds: UInt64? {
        get { objectTimeout == .max ? nil : objectTimeout }
        set { objectTimeout = newValue ?? .max }
    }
    /// A finished subgroup that is not handed out this long after its end is reset; nil = none.
    public var subgroupTimeoutNanoseconds: UInt64? {
        get { subgroupTimeout == .max ? nil : subgroupTimeout }
        set { subgroupTimeout = newValue ?? .max }
    }
    // There are many of these: an optional would take a word more.
    private var objectTimeout: UInt64 = .max
    private var subgroupTimeout: UInt64 = .max
    /// Objects that do not pass are left out.
    public var filters: [RangeFilter] = []
    /// What the subscription ends with when everything in `range` has been delivered.
    public var rangeEndStatus = PublishDoneStatus.subscriptionEnded

    public init(
        id: UInt64, range: LogRange, subscriberPriority: UInt8 = 128, groupOrder: GroupOrder = .ascending,
        shape: WireShape, forward: Bool = true, context: UInt64, objectTimeoutNanoseconds: UInt64? = nil,
        subgroupTimeoutNanoseconds: UInt64? = nil
    ) {
        self.id = id
        self.range = range
        self.subscriberPriority = subscriberPriority
        self.groupOrder = groupOrder
        self.shape = shape
        self.forward = forward
        self.context = context
        self.objectTimeoutNanoseconds = objectTimeoutNanoseconds
        self.subgroupTimeoutNanoseconds = subgroupTimeoutNanoseconds
    }
}
