/// Puts the fragments of several MoQT tracks back into one playable fragmented MP4: first the initialization
/// segment, then fragments in the order in which they are given.
///
/// Tracks from different publishers may carry the same track number; they are renumbered.
public struct FragmentedMP4Writer: Sendable {
    private var movies: [Movie] = []
    private var ids: [UInt32] = []
    private var sequence: UInt32 = 0

    public init() {}

    public var trackCount: Int { movies.count }
    /// Units per second of a track's decode times.
    public func timescale(of track: Int) -> UInt32 { movies[track].tracks[0].timescale }
    public func movieTrack(_ track: Int) -> MovieTrack { movies[track].tracks[0] }

    /// Adds a track by its own initialization segment, which must describe exactly one; returns its index.
    /// All tracks are added before `initialization` is asked for.
    public mutating func addTrack(initialization bytes: [UInt8]) throws(MediaError) -> Int {
        guard bytes.count <= FragmentedMP4Reader.maximumHeaderByteCount else {
            throw MediaError("an initialization segment of \(bytes.count) bytes is too large")
        }
        guard movies.count < Movie.maximumTrackCount else {
            throw MediaError("the movie has too many tracks")
        }
        let movie = try Movie(initialization: bytes)
        guard movie.tracks.count == 1 else {
            throw MediaError(
                "an initialization segment describes \(movie.tracks.count) tracks instead of one")
        }
        let wanted = movie.tracks[0].id
        ids.append(ids.contains(wanted) ? (ids.max() ?? 0) &+ 1 : wanted)
        movies.append(movie)
        return movies.count - 1
    }

    /// `ftyp` + `moov` for all tracks.
    public func initialization() throws(MediaError) -> [UInt8] {
        guard let first = movies.first else { return [] }
        var traks: [UInt8] = []
        var extends: [UInt8] = []
        for (movie, id) in zip(movies, ids) {
            traks += try Self.renumberedTrak(movie.tracks[0].trak, id: id)
            var box = movie.tracks[0].trackExtends
            Self.store(id, in: &box, at: 12)
            extends += box
        }
        return first.fileType + Box.make("moov", first.movieHeader + traks + Box.make("mvex", extends))
    }

    /// One object of track `track`, with the numbers that it needs in this file, and its decode time in the
    /// track's timescale. Throws when the object holds no `moof`, or one of another shape.
    public mutating func fragment(
        _ object: [UInt8], track: Int
    ) throws(MediaError) -> (bytes: [UInt8], decodeTime: UInt64) {
        var bytes = object
        var decodeTime: UInt64?
        var found = false
        for box in try Box.list(in: object, 0..<object.count) where box.type == "moof" {
            found = true
            sequence &+= 1
            for child in try box.children() {
                if child.type == "mfhd", child.count >= 8 {
                    Self.store(sequence, in: &bytes, at: child.contentStart + 4)
                } else if child.type == "traf" {
                    let boxes = try child.children()
                    let header = try boxes.required("tfhd", in: "traf")
                    guard header.count >= 8 else { throw MediaError("box 'tfhd' is too short") }
                    Self.store(ids[track], in: &bytes, at: header.contentStart + 4)
                    if let time = boxes.first("tfdt"), decodeTime == nil {
                        decodeTime = try time.number(at: 4, width: try time.version() == 1 ? 8 : 4)
                    }
                }
            }
        }
        guard found else { throw MediaError("an object of the track is not a movie fragment") }
        return (bytes, decodeTime ?? 0)
    }

    private static func renumberedTrak(_ trak: [UInt8], id: UInt32) throws(MediaError) -> [UInt8] {
        var bytes = trak
        for box in try Box.list(in: trak, 8..<trak.count) where box.type == "tkhd" {
            let offset = try box.version() == 1 ? 20 : 12
            _ = try box.uint32(at: offset)
            store(id, in: &bytes, at: box.contentStart + offset)
        }
        return bytes
    }

    private static func store(_ value: UInt32, in bytes: inout [UInt8], at offset: Int) {
        guard offset >= 0, offset + 4 <= bytes.count else { return }
        bytes.replaceSubrange(offset..<offset + 4, with: Box.bigEndian(value))
    }
}
