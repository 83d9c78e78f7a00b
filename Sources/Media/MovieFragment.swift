/// One track's part of a movie fragment: `moof` + `mdat`, complete in itself; one MoQT object.
public struct MovieFragment: Equatable, Sendable {
    /// Index into `Movie.tracks`.
    public var trackIndex: Int
    /// `moof` and `mdat` (and the boxes that came in front of them, such as `styp` and `prft`).
    public var bytes: [UInt8]
    /// The first sample can be decoded without an earlier one.
    public var startsWithSync: Bool
    /// Of the first sample, in the track's timescale.
    public var decodeTime: UInt64
    /// Sum of the samples' durations, in the track's timescale.
    public var duration: UInt64
    public var sampleCount: Int
}
