extension MSFCatalog {
    /// Describes a fragmented MP4, one catalog track per movie track.
    ///
    /// Names are `video`, `audio`, `data`, with a number behind the second of a kind. `frameRate`: of the first
    /// video track, where the first fragment told it. `generatedAt`: milliseconds since 1970.
    public init(movie: Movie, frameRate: Double? = nil, isLive: Bool = true, generatedAt: UInt64? = nil) {
        let names = Self.trackNames(movie)
        var tracks: [MSFTrack] = []
        for (index, source) in movie.tracks.enumerated() {
            var track = MSFTrack(name: names[index], packaging: "cmaf")
            track.isLive = isLive
            track.role = source.kind == .video ? "video" : (source.kind == .audio ? "audio" : "data")
            track.renderGroup = 1
            track.codec = source.codec
            track.timescale = Int(source.timescale)
            track.width = source.width
            track.height = source.height
            track.samplerate = source.sampleRate
            track.channelConfig = source.channelCount.map { String($0) }
            track.bitrate = source.maximumBitrate ?? source.averageBitrate
            track.avgBitrate = source.averageBitrate
            if index == movie.firstVideoIndex { track.framerate = frameRate }
            track.initialization = movie.initialization(for: [source])
            tracks.append(track)
        }
        self.init(tracks: tracks, generatedAt: generatedAt)
    }

    /// The names of a movie's tracks, in order.
    public static func trackNames(_ movie: Movie) -> [String] {
        var counts: [String: Int] = [:]
        return movie.tracks.map { track in
            let base = track.kind == .video ? "video" : (track.kind == .audio ? "audio" : "data")
            let number = (counts[base] ?? 0) + 1
            counts[base] = number
            return number == 1 ? base : "\(base)\(number)"
        }
    }
}
