/// Filter types of drafts 14 to 19 (draft-18 section 5.1.2).
enum FilterType {
    static let nextGroup: UInt64 = 1
    static let largestObject: UInt64 = 2
    static let absoluteStart: UInt64 = 3
    static let absoluteRange: UInt64 = 4
}
