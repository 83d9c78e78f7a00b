/// Serialization flags of an object on a FETCH stream (draft-18 section 11.4.4).
enum FetchFlags {
    static let subgroupMode: UInt64 = 0x03
    static let subgroupIsPrior: UInt64 = 0x01
    static let subgroupIsNext: UInt64 = 0x02
    static let subgroupIsExplicit: UInt64 = 0x03
    static let object: UInt64 = 0x04
    static let group: UInt64 = 0x08
    static let priority: UInt64 = 0x10
    static let properties: UInt64 = 0x20
    static let datagram: UInt64 = 0x40
    static let nonExistentRange: UInt64 = 0x8C
    static let unknownRange: UInt64 = 0x10C
}
