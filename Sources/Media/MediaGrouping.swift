/// Numbers fragments: a group begins at a keyframe of the first video track, and every other track's groups
/// change with it, so that equally numbered groups cover the same time (MSF "time-alignment").
///
/// Without video, groups last about a second.
public struct MediaGrouping: Sendable {
    public struct Position: Equatable, Sendable {
        public var group: UInt64
        public var object: UInt64
        /// This fragment is the first of its group.
        public var startsGroup: Bool
    }

    private struct Track {
        var group: UInt64?
        var nextObject: UInt64 = 0
        var groupStart: UInt64 = 0
    }

    private let movie: Movie
    private let leader: Int
    private let leaderIsVideo: Bool
    private let firstGroup: UInt64
    private var tracks: [Track]
    private var leaderGroup: UInt64?

    /// Milliseconds that a group lasts when there is no video.
    public static let audioGroupDuration: UInt64 = 1000

    public init(movie: Movie, firstGroup: UInt64 = 0) {
        self.movie = movie
        leader = movie.firstVideoIndex ?? 0
        leaderIsVideo = movie.firstVideoIndex != nil
        self.firstGroup = firstGroup
        tracks = Array(repeating: Track(), count: movie.tracks.count)
    }

    /// Where the fragment belongs; nil for video in front of the first keyframe, which nobody can decode.
    public mutating func place(_ fragment: MovieFragment) -> Position? {
        guard tracks.indices.contains(fragment.trackIndex) else { return nil }
        if fragment.trackIndex == leader {
            if startsLeaderGroup(fragment) {
                leaderGroup = leaderGroup.map { $0 &+ 1 } ?? firstGroup
                tracks[leader].groupStart = fragment.decodeTime
            } else if leaderGroup == nil {
                return nil
            }
        }
        let group = leaderGroup ?? firstGroup
        var track = tracks[fragment.trackIndex]
        let startsGroup = track.group != group
        if startsGroup {
            track.group = group
            track.nextObject = 0
        }
        let position = Position(group: group, object: track.nextObject, startsGroup: startsGroup)
        track.nextObject &+= 1
        tracks[fragment.trackIndex] = track
        return position
    }

    private func startsLeaderGroup(_ fragment: MovieFragment) -> Bool {
        guard fragment.startsWithSync else { return false }
        if leaderIsVideo || leaderGroup == nil { return true }
        let elapsed = fragment.decodeTime &- tracks[leader].groupStart
        let units = UInt64(movie.tracks[leader].timescale) * Self.audioGroupDuration / 1000
        return elapsed >= units
    }
}
