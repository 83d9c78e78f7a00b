/// The type of a subgroup stream, taken apart (draft-18 section 11.4.2).
struct SubgroupType {
    var rawValue: UInt64

    static let base: UInt64 = 0x10
    static let hasProperties: UInt64 = 0x01
    static let idMode: UInt64 = 0x06
    static let idIsFirstObject: UInt64 = 0x02
    static let idIsExplicit: UInt64 = 0x04
    static let endOfGroup: UInt64 = 0x08
    static let defaultPriority: UInt64 = 0x20
    static let firstObject: UInt64 = 0x40

    /// nil when the draft does not define `type`.
    init?(_ type: UInt64, _ rules: DraftRules) {
        guard type & Self.base != 0, type & ~rules.subgroupTypeBits == 0, type & Self.idMode != Self.idMode
        else {
            return nil
        }
        rawValue = type
    }

    func has(_ bit: UInt64) -> Bool { rawValue & bit != 0 }
}
