import MOQTModel

/// What a peer knows of a track.
public struct TrackStatus: Sendable, Equatable {
    /// nil: nothing has been published yet, as far as the peer knows.
    public var largest: Location?
    public var properties: TrackProperties
}
