/// Why a FETCH response has no objects from the last one up to a location.
public enum FetchGap: Hashable, Sendable {
    case nonExistent
    case unknown
}
