import MOQTModel

/// The authorization tokens that the peer has stored with us by alias (draft-18 section 10.2.1).
///
/// Bounded by the size that our SETUP named; every token counts 16 bytes and its value.
struct TokenCache {
    private struct Entry {
        var type: UInt64
        var value: [UInt8]
    }

    private var entries: [UInt64: Entry] = [:]
    private var byteCount: UInt64 = 0
    private let limit: UInt64

    init(limit: UInt64) { self.limit = limit }

    /// Carries out registrations and deletions and returns the tokens that the message really shows, all by
    /// value.
    ///
    /// Throws with the scope of the session. In SETUP a registration that does not fit counts as a plain
    /// value, and aliases cannot be used or deleted.
    mutating func resolve(
        _ tokens: [AuthorizationToken], isSetup: Bool
    ) throws(SessionFailure) -> [AuthorizationToken] {
        guard !tokens.isEmpty else { return [] }
        var shown: [AuthorizationToken] = []
        for token in tokens {
            switch token {
            case .useValue: shown.append(token)
            case .register(let alias, let type, let value):
                guard entries[alias] == nil else {
                    throw SessionFailure(.duplicateAuthTokenAlias, "token alias registered twice")
                }
                let size = 16 + UInt64(value.count)
                if size <= limit - byteCount {
                    byteCount += size
                    entries[alias] = Entry(type: type, value: value)
                } else if !isSetup {
                    throw SessionFailure(.authTokenCacheOverflow, "token cache is full")
                }
                shown.append(.useValue(type: type, value: value))
            case .useAlias(let alias):
                guard !isSetup else { throw Self.aliasInSetup }
                guard let entry = entries[alias] else { throw Self.unknownAlias }
                shown.append(.useValue(type: entry.type, value: entry.value))
            case .delete(let alias):
                guard !isSetup else { throw Self.aliasInSetup }
                guard let entry = entries.removeValue(forKey: alias) else { throw Self.unknownAlias }
                byteCount -= 16 + UInt64(entry.value.count)
            }
        }
        return shown
    }

    private static let aliasInSetup = SessionFailure(.protocolViolation, "token alias used in SETUP")
    private static let unknownAlias = SessionFailure(
        .unknownAuthTokenAlias, "token alias was never registered")
}
