/// The order in which groups of equal priority are sent.
public enum GroupOrder: UInt8, Sendable {
    case ascending = 1
    case descending = 2
}
