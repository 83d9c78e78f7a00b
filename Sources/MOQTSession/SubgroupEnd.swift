import MOQTModel

/// How a subgroup stream ended.
public enum SubgroupEnd: Hashable, Sendable {
    /// By FIN, after a whole object.
    case finished
    /// By reset; `unknown(0)` also stands for a code outside the application's range.
    case reset(StreamResetCode)
}
