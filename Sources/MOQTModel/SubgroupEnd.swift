/// How a source's subgroup stream ended.
public enum SubgroupEnd: Hashable, Sendable {
    /// FIN: the source has sent every object of the subgroup.
    case finished
    /// RESET_STREAM, or the source went away: there may be objects that the log does not have.
    case reset(StreamResetCode)

    /// What to pass on.
    public var understood: SubgroupEnd {
        if case .reset(let code) = self { .reset(code.understood) } else { self }
    }
}
