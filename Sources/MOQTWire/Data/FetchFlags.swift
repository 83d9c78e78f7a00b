import MOQTModel

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

/// What an object on a FETCH stream may refer back to. After an end-of-range marker the location is the marker's
/// and the rest the last object's (draft-17 section 10.4.4; draft 16 does not say and is read alike).
struct FetchPrior {
    var location: Location?
    /// nil before the first object, and after one that was sent as a datagram.
    var subgroup: UInt64?
    var priority: UInt8?
}
