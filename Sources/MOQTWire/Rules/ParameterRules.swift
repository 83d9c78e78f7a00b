/// Which message parameters a draft knows, and in which messages. The numbers of the types never change.
///
/// Drafts with key-value parameters ignore a known parameter that stands in the wrong message, so there a set
/// only says whether the parameter is known at all. Typed drafts close the session for it.
public struct ParameterRules: BitwiseCopyable, Sendable {
    /// 0x02. The only delivery timeout until the subgroup's appears.
    public var objectDeliveryTimeout: MessageSet = .all
    /// 0x03.
    public var authorizationToken: MessageSet = .all
    /// 0x04 as MAX_CACHE_DURATION.
    public var maxCacheDuration: MessageSet = .all
    /// 0x04 as RENDEZVOUS_TIMEOUT.
    public var rendezvousTimeout: MessageSet = []
    /// 0x06.
    public var subgroupDeliveryTimeout: MessageSet = []
    /// 0x08.
    public var expires: MessageSet = []
    /// 0x09.
    public var largestObject: MessageSet = []
    /// 0x0A.
    public var fillTimeout: MessageSet = []
    /// 0x0E.
    public var publisherPriority: MessageSet = []
    /// 0x10.
    public var forward: MessageSet = []
    /// 0x20.
    public var subscriberPriority: MessageSet = []
    /// 0x21.
    public var filter: MessageSet = []
    /// 0x22.
    public var groupOrder: MessageSet = []
    /// 0x23.
    public var fillParameters: MessageSet = []
    /// 0x25 to 0x28.
    public var rangeFilters: MessageSet = []
    /// 0x29.
    public var trackPropertyFilter: MessageSet = []
    /// 0x30.
    public var dynamicGroups: MessageSet = []
    /// 0x32.
    public var newGroupRequest: MessageSet = []
    /// 0x34.
    public var namespacePrefix: MessageSet = []
    /// 0x35.
    public var includeProperties: MessageSet = []
}
