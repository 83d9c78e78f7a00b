import RelayCore

/// What loop shards tell each other. Per track and shard, never per subscriber.
enum ShardMessage: Sendable {
    /// To the control plane: something happened on a session.
    case input(RelayInput)
    /// From the control plane: do this.
    case action(RelayAction)
    /// To a track's home shard: what a publisher's session on another shard received.
    case ingest(TrackID, source: SessionKey, [LogEvent])
    /// From a track's home shard to a replica. The first one, possibly empty, makes the replica ready.
    case replicate(TrackID, [LogEvent])
}
