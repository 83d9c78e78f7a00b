/// The value of an AUTHORIZATION_TOKEN parameter (draft-18 section 10.2.1).
public enum AuthorizationToken: Hashable, Sendable {
    case delete(alias: UInt64)
    case register(alias: UInt64, type: UInt64, value: [UInt8])
    case useAlias(UInt64)
    case useValue(type: UInt64, value: [UInt8])
}
