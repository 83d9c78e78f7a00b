import MOQTModel
import RelayCore

/// Where the objects of one incoming subgroup stream go.
enum IngestStream {
    /// Into the log on this shard.
    case local(ShardTrack, IngestHandle)
    /// To the track's home on another shard.
    case remote(TrackID, home: UInt16)
    /// The request's track is not known yet (a PUBLISH whose objects overtake its answer): kept by request.
    case early(RequestID)
    /// Nobody wants it any more.
    case dropped
}
