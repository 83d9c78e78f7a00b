/// What an initialization segment (`ftyp` + `moov`) says: the tracks and how to decode them.
public struct Movie: Equatable, Sendable {
    public var tracks: [MovieTrack]
    /// The `ftyp` box as it came; empty when there was none.
    var fileType: [UInt8]
    /// The `mvhd` box as it came.
    var movieHeader: [UInt8]

    /// More tracks than this are refused.
    public static let maximumTrackCount = 64

    /// Reads a whole initialization segment: `ftyp` (optional) and `moov`.
    public init(initialization bytes: [UInt8]) throws(MediaError) {
        let boxes = try Box.list(in: bytes, 0..<bytes.count)
        try self.init(fileType: boxes.first("ftyp")?.bytes ?? [], moov: boxes.required("moov", in: "file"))
    }

    init(fileType: [UInt8], moov: Box) throws(MediaError) {
        let boxes = try moov.children()
        guard let extends = boxes.first("mvex") else {
            throw MediaError(
                "this MP4 is not fragmented; make it so with: ffmpeg -i IN -c copy -f mp4 -movflags +cmaf+frag_keyframe+empty_moov+default_base_moof OUT"
            )
        }
        self.fileType = fileType
        movieHeader = try boxes.required("mvhd", in: "moov").bytes
        let defaults = try extends.children().filter { $0.type == "trex" }
        tracks = []
        for trak in boxes where trak.type == "trak" {
            tracks.append(try MovieTrack(trak: trak, trackExtends: defaults))
            if tracks.count > Self.maximumTrackCount { throw MediaError("the movie has too many tracks") }
        }
        if tracks.isEmpty { throw MediaError("the movie has no track") }
        if Set(tracks.map(\.id)).count < tracks.count { throw MediaError("two tracks have the same number") }
    }

    /// An initialization segment that describes just `tracks` (a subset of this movie's).
    public func initialization(for tracks: [MovieTrack]) -> [UInt8] {
        let extends = Box.make("mvex", tracks.flatMap(\.trackExtends))
        return fileType + Box.make("moov", movieHeader + tracks.flatMap(\.trak) + extends)
    }

    /// Index of the first video track: the one whose keyframes begin groups.
    public var firstVideoIndex: Int? { tracks.firstIndex { $0.kind == .video } }
}
