/// The numbers of message parameters and track properties. They never moved.
enum ParameterType {
    static let objectDeliveryTimeout: UInt64 = 0x02
    static let authorizationToken: UInt64 = 0x03
    /// As a track property and, in old drafts, as a parameter.
    static let maxCacheDuration: UInt64 = 0x04
    static let rendezvousTimeout: UInt64 = 0x04
    static let subgroupDeliveryTimeout: UInt64 = 0x06
    static let expires: UInt64 = 0x08
    static let largestObject: UInt64 = 0x09
    static let fillTimeout: UInt64 = 0x0A
    static let immutableProperties: UInt64 = 0x0B
    static let publisherPriority: UInt64 = 0x0E
    static let forward: UInt64 = 0x10
    static let subscriberPriority: UInt64 = 0x20
    static let filter: UInt64 = 0x21
    static let groupOrder: UInt64 = 0x22
    static let fillParameters: UInt64 = 0x23
    static let dynamicGroups: UInt64 = 0x30
    static let newGroupRequest: UInt64 = 0x32
    static let namespacePrefix: UInt64 = 0x34
    static let includeProperties: UInt64 = 0x35
}
