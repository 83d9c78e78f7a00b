import MOQTModel
import RelayCore

/// What loop shards tell each other. Per track and shard, never per subscriber.
enum ShardMessage: Sendable {
    /// To the control plane: something happened on a session.
    case input(RelayInput)
    /// From the control plane: do this.
    case action(RelayAction)
    /// To a track's home shard: what a publisher's session on another shard received.
    case ingest(TrackID, source: SessionKey, [LogEvent])
    /// To a track's home shard, ahead of the source's objects: the largest location that a publisher named in an
    /// answer or a PUBLISH; nil: it has published nothing yet. `afterPause`: objects up to it were not forwarded.
    case largestReported(TrackID, Location?, afterPause: Bool)
    /// From a track's home shard to a session's: the answer to its TRACK_STATUS.
    case trackStatus(SessionKey, RequestID, largest: Location?, TrackProperties)
    /// From a publisher's shard to a reader's: what a FETCH of the relay's brings. `from` is told of what was taken.
    case fetched(FetchReader, from: SessionKey, UpstreamFetchID, [FetchPipe.Event])
    /// The reverse: so many bytes of it have been taken.
    case fetchTaken(SessionKey, UpstreamFetchID, FetchReader, byteCount: Int)
    /// From a track's home shard to a replica. The first one, possibly empty, makes the replica ready.
    case replicate(TrackID, [LogEvent])
}
