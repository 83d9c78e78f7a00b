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
    static let timedOutRange: UInt64 = 0x20C
}

extension FetchGap {
    /// The gap that an end-of-range marker with these flags ends; nil when they are an object's.
    public init?(flags: UInt64) {
        switch flags {
        case FetchFlags.nonExistentRange: self = .nonExistent
        case FetchFlags.unknownRange: self = .unknown
        case FetchFlags.timedOutRange: self = .timedOut
        default: return nil
        }
    }

    var flags: UInt64 {
        switch self {
        case .nonExistent: FetchFlags.nonExistentRange
        case .unknown: FetchFlags.unknownRange
        case .timedOut: FetchFlags.timedOutRange
        }
    }
}
