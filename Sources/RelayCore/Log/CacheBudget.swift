/// The memory that all logs of a shard may use together.
///
/// Within it each log has its own limit. When they want more than there is, those that hold most let go first:
/// every log may keep as much as the level that makes their sum fit, and small ones keep all that they have.
public struct CacheBudget: Sendable {
    public let byteCount: Int

    public init(byteCount: Int) { self.byteCount = max(byteCount, 0) }

    /// Bytes that no log may exceed now; nil while there is room for all. An eighth of the budget is then free.
    public func level(_ sizes: [Int]) -> Int? {
        guard sizes.reduce(0, +) > byteCount else { return nil }
        var rest = byteCount - byteCount / 8
        var count = sizes.count
        for size in sizes.sorted() {
            let share = rest / count
            if size > share { return share }
            rest -= size
            count -= 1
        }
        return nil
    }
}
