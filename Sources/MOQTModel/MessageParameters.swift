/// Every parameter that a control message may carry, whatever the draft calls it and wherever it puts it.
/// nil means "absent", which each message's definition gives a meaning of its own. Hop by hop: a relay never
/// forwards these.
public struct MessageParameters: Hashable, Sendable {
    /// 0 is the most urgent; 128 when absent.
    public var subscriberPriority: UInt8?
    public var groupOrder: GroupOrder?
    public var forward: Bool?
    public var filter: LocationFilter?
    /// Milliseconds until the subscription ends; 0 = never or unknown.
    public var expires: UInt64?
    public var largestObject: Location?
    /// Milliseconds; the only delivery timeout of drafts 14 to 17.
    public var objectDeliveryTimeout: UInt64?
    /// Milliseconds (draft 18 on).
    public var subgroupDeliveryTimeout: UInt64?
    /// Milliseconds that a SUBSCRIBE may wait for a publisher (draft 17 on).
    public var rendezvousTimeout: UInt64?
    /// Milliseconds that a FETCH may wait for missing objects (draft 18 on).
    public var fillTimeout: UInt64?
    public var newGroupRequest: UInt64?
    /// REQUEST_UPDATE of a namespace subscription: the new prefix (draft 18 on).
    public var namespacePrefix: TrackNamespace?
    /// From draft 19 on; at most as many ranges as the receiver's MAX_FILTER_RANGES.
    public var rangeFilters: [RangeFilter] = []
    /// REQUEST_UPDATE: these filters go, all sets of them.
    public var removedRangeFilters: [RangeFilter.Kind] = []
    /// A received range filter breaks a rule: the request must be refused with INVALID_FILTER.
    public var hasInvalidFilter = false
    /// From draft 20 on.
    public var fill: FillParameters?
    /// false = the answer's track properties are to be left empty (draft 20 on); true when absent.
    public var includeProperties: Bool?
    public var authorizationTokens: [AuthorizationToken] = []
    /// Parameters that we do not know, where the draft allows them (14, 15), in the order received.
    public var unknown: [Property] = []

    public init() {}
}
