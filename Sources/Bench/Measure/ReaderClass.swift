/// What a reading connection is there for; figures are kept per class.
public enum ReaderClass: Int, CaseIterable, Sendable {
    case healthy, late, slow, stalled
}
