import Foundation
import Media
import Testing

/// Files of real ffmpeg output beside the tests.
enum Fixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "mp4"))
        return Array(try Data(contentsOf: url))
    }

    /// Everything that the reader makes of `bytes`, given in portions of `portion` bytes.
    static func read(_ bytes: [UInt8], portion: Int) throws -> (movie: Movie, fragments: [MovieFragment]) {
        var reader = FragmentedMP4Reader()
        var movie: Movie?
        var fragments: [MovieFragment] = []
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + portion, bytes.count)
            reader.append(bytes[offset..<end])
            offset = end
            while let event = try reader.next() {
                switch event {
                case .movie(let value): movie = value
                case .fragment(let fragment): fragments.append(fragment)
                }
            }
        }
        try reader.finish()
        return (try #require(movie), fragments)
    }
}
