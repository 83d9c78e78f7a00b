extension DraftRules.FetchObjectLayout {
    /// Objects may have a status other than normal, and there are no end-of-range markers; otherwise the reverse.
    public var hasStatus: Bool {
        switch self {
        case .allFields, .byteFlagsWithStatus: true
        case .flagsAbsolute, .flagsDelta: false
        }
    }
}

extension DraftRules {
    /// Subscriptions bring the past by FILL_PARAMETERS; a FETCH joins none.
    public var hasFills: Bool { !parameters.fillParameters.isEmpty }
}
