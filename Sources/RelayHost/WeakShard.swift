/// A shard that may be gone by the time that somebody looks.
final class WeakShard {
    private(set) weak var shard: LoopShard?
    init(_ shard: LoopShard) { self.shard = shard }
}
