/// Why a FETCH response has no objects from the last one up to a location.
public enum FetchGap: Hashable, Sendable {
    case nonExistent
    case unknown
    /// The sender gave up waiting for the objects (draft 20 on; "unknown" before).
    case timedOut
}
