/// Reads a fragmented MP4 as it is being written: bytes in any portions, the movie and its fragments out.
///
/// Understands what `ffmpeg -movflags +frag_keyframe+empty_moov+default_base_moof` (and `+cmaf`,
/// `+frag_every_frame`, `+separate_moof`) writes. Memory is bounded by the limits on box sizes.
public struct FragmentedMP4Reader: Sendable {
    public enum Event: Equatable, Sendable {
        /// The initialization segment: once, before any fragment.
        case movie(Movie)
        /// One track's next fragment.
        case fragment(MovieFragment)
    }

    /// Bytes; a larger `moov` or `moof` is refused.
    public static let maximumHeaderByteCount = 4 * 1024 * 1024
    /// Bytes; a larger `mdat` is refused.
    public static let maximumDataByteCount = 64 * 1024 * 1024

    public private(set) var movie: Movie?
    private var buffer: [UInt8] = []
    private var position = 0
    /// Where `buffer[0]` stands in the file.
    private var bufferFilePosition: UInt64 = 0
    private var fileType: [UInt8] = []
    /// Boxes in front of the next `moof` that belong to it.
    private var prefix: [UInt8] = []
    private var moof: (bytes: [UInt8], filePosition: UInt64)?
    private var ready: [Event] = []

    public init() {}

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if position > 0, position * 2 > buffer.count {
            buffer.removeFirst(position)
            bufferFilePosition &+= UInt64(position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next event; nil when more bytes are needed. Throws for input that is no fragmented MP4; nothing
    /// follows an error.
    public mutating func next() throws(MediaError) -> Event? {
        while ready.isEmpty {
            guard let header = try BoxHeader.parse(buffer, at: position) else { return nil }
            try check(header)
            guard buffer.count - position >= header.byteCount else { return nil }
            let start = position
            position += header.byteCount
            try boxReceived(header, start: start)
        }
        return ready.removeFirst()
    }

    /// Says whether the input may end here. Throws when it ends inside a box or before any movie.
    public func finish() throws(MediaError) {
        if movie == nil { throw MediaError("the input holds no 'moov': it is not a fragmented MP4") }
        if position < buffer.count || moof != nil { throw MediaError("the input ends inside a fragment") }
    }

    /// What a movie may begin with.
    private static let leading: Set<FourCC> = [
        "ftyp", "styp", "moov", "free", "skip", "wide", "pdin", "sidx", "uuid", "moof", "mdat", "prft",
        "emsg",
    ]

    private func check(_ header: BoxHeader) throws(MediaError) {
        if movie == nil, !Self.leading.contains(header.type) { throw MediaError("the input is not an MP4") }
        let limit = header.type == "mdat" ? Self.maximumDataByteCount : Self.maximumHeaderByteCount
        if header.byteCount > limit {
            throw MediaError(
                "box '\(header.type)' has \(header.byteCount) bytes; at most \(limit) are accepted")
        }
        if movie == nil, header.type == "mdat" || header.type == "moof" {
            throw MediaError("media data comes before 'moov': this MP4 is not fragmented")
        }
    }

    private mutating func boxReceived(_ header: BoxHeader, start: Int) throws(MediaError) {
        let bytes = Array(buffer[start..<start + header.byteCount])
        switch header.type {
        case "ftyp":
            fileType = bytes
        case "moov":
            guard movie == nil else { throw MediaError("the input holds a second 'moov'") }
            let moov = Box(
                type: header.type, buffer: bytes, range: 0..<bytes.count, contentStart: header.headerByteCount
            )
            let parsed = try Movie(fileType: fileType, moov: moov)
            movie = parsed
            ready.append(.movie(parsed))
        case "styp", "prft", "emsg":
            if prefix.count + bytes.count <= Self.maximumHeaderByteCount { prefix += bytes }
        case "moof":
            moof = (bytes, bufferFilePosition &+ UInt64(start))
        case "mdat":
            guard let movie, let pending = moof else { return }
            moof = nil
            let front = prefix
            prefix = []
            let fragments = try FragmentSplitter(movie: movie).split(
                front + pending.bytes + bytes, moofStart: front.count, filePosition: pending.filePosition)
            ready += fragments.map { .fragment($0) }
        default:
            // Indexes (`sidx`, `mfra`) speak of positions in the file that the receiver's will not have.
            break
        }
    }
}
