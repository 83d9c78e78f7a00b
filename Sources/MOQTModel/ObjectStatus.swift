/// What an object without payload means (draft-18 section 11.2.1.1).
public enum ObjectStatus: UInt8, Sendable {
    case normal = 0x0
    /// Drafts 14 and 15 only.
    case doesNotExist = 0x1
    case endOfGroup = 0x3
    case endOfTrack = 0x4
}
