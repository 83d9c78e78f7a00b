import Foundation
import Media
import Testing

@Suite struct FragmentedMP4WriterTests {
    /// What a subscriber writes that got every object of every track.
    static func rewritten(_ bytes: [UInt8]) throws -> [UInt8] {
        let (movie, fragments) = try Fixture.read(bytes, portion: 4096)
        let catalog = try MSFCatalog(json: MSFCatalog(movie: movie).json())
        var writer = FragmentedMP4Writer()
        for track in catalog.tracks {
            _ = try writer.addTrack(initialization: try #require(track.initialization))
        }
        var output = try writer.initialization()
        for fragment in fragments {
            output += try writer.fragment(fragment.bytes, track: fragment.trackIndex).bytes
        }
        return output
    }

    @Test(arguments: ["muxed", "every-frame", "absolute-offsets"])
    func everySampleSurvivesTheWayThroughObjects(name: String) throws {
        let bytes = try Fixture.bytes(name)
        let before = try Fixture.read(bytes, portion: 4096)
        let after = try Fixture.read(try Self.rewritten(bytes), portion: 999)
        #expect(after.movie.tracks.map(\.codec) == before.movie.tracks.map(\.codec))
        #expect(after.fragments.map(\.sampleCount) == before.fragments.map(\.sampleCount))
        #expect(after.fragments.map(\.decodeTime) == before.fragments.map(\.decodeTime))
    }

    @Test func tracksWithTheSameNumberAreRenumbered() throws {
        let (movie, fragments) = try Fixture.read(Fixture.bytes("every-frame"), portion: 4096)
        let initialization = movie.initialization(for: [movie.tracks[0]])
        var writer = FragmentedMP4Writer()
        #expect(try writer.addTrack(initialization: initialization) == 0)
        #expect(try writer.addTrack(initialization: initialization) == 1)
        var output = try writer.initialization()
        let video = fragments.filter { $0.trackIndex == 0 }
        for fragment in video.prefix(2) {
            output += try writer.fragment(fragment.bytes, track: 0).bytes
            output += try writer.fragment(fragment.bytes, track: 1).bytes
        }
        let result = try Fixture.read(output, portion: 4096)
        #expect(result.movie.tracks.map(\.id) == [1, 2])
        #expect(result.fragments.map(\.trackIndex) == [0, 1, 0, 1])
    }

    @Test func anObjectThatIsNoFragmentIsRefused() throws {
        let (movie, _) = try Fixture.read(Fixture.bytes("muxed"), portion: 4096)
        var writer = FragmentedMP4Writer()
        _ = try writer.addTrack(initialization: movie.initialization(for: [movie.tracks[0]]))
        #expect(throws: MediaError.self) { try writer.fragment([], track: 0) }
        #expect(throws: MediaError.self) { try writer.fragment(Array("not a box at all".utf8), track: 0) }
        #expect(throws: MediaError.self) {
            try writer.addTrack(initialization: movie.initialization(for: movie.tracks))
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ffprobe")))
    func ffprobeDecodesWhatWasWritten() throws {
        for name in ["muxed", "every-frame", "absolute-offsets"] {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).mp4")
            defer { try? FileManager.default.removeItem(at: file) }
            let original = try Fixture.bytes(name)
            try Data(original).write(to: file)
            let expected = try probe(file)
            try Data(Self.rewritten(original)).write(to: file)
            #expect(try probe(file) == expected)
            #expect(expected.contains("h264"))
        }
    }

    /// Codec, decoded frames and hashes of every packet, in order of decode time per stream.
    private func probe(_ file: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ffprobe")
        process.arguments = [
            "-v", "error", "-count_frames", "-show_data_hash", "md5", "-select_streams", "v:0",
            "-show_entries", "stream=codec_name,nb_read_frames:packet=dts,data_hash", "-of", "csv", file.path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
