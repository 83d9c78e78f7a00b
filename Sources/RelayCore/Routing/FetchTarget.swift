import MOQTModel

/// The track of a FETCH that goes upstream: one that is known, or one that nobody has asked for yet.
public enum FetchTarget: Hashable, Sendable {
    case track(TrackID)
    case name(FullTrackName)
    /// The last groups of one that nobody has asked for yet, wherever they are; 1 is the newest alone.
    case tail(FullTrackName, groupCount: UInt64)
}
