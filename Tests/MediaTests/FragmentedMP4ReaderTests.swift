import Media
import Testing

@Suite struct FragmentedMP4ReaderTests {
    @Test(arguments: [("muxed", 30, 48), ("every-frame", 30, 48), ("absolute-offsets", 20, 33)])
    func findsEverySampleOfEveryTrack(name: String, frames: Int, packets: Int) throws {
        let (movie, fragments) = try Fixture.read(Fixture.bytes(name), portion: 1000)
        #expect(movie.tracks.map(\.kind) == [.video, .audio])
        #expect(fragments.filter { $0.trackIndex == 0 }.reduce(0) { $0 + $1.sampleCount } == frames)
        let audio = fragments.filter { $0.trackIndex == 1 }.reduce(0) { $0 + $1.sampleCount }
        #expect(audio == packets)
        for index in 0..<2 {
            let track = fragments.filter { $0.trackIndex == index }
            for (previous, next) in zip(track, track.dropFirst()) {
                // ffmpeg guesses the duration of a fragment's last sample.
                #expect(next.decodeTime >= previous.decodeTime + previous.duration)
            }
        }
    }

    @Test func portionsDoNotMatter() throws {
        let bytes = try Fixture.bytes("muxed")
        let whole = try Fixture.read(bytes, portion: bytes.count)
        for portion in [1, 7, 4096] {
            let parts = try Fixture.read(bytes, portion: portion)
            #expect(parts.movie == whole.movie)
            #expect(parts.fragments == whole.fragments)
        }
    }

    @Test func saysWhatTheTracksAre() throws {
        let (movie, _) = try Fixture.read(Fixture.bytes("muxed"), portion: 4096)
        let video = movie.tracks[0]
        #expect(video.codec.hasPrefix("avc1.42"))
        #expect((video.width, video.height) == (160, 90))
        let audio = movie.tracks[1]
        #expect(audio.codec == "mp4a.40.2")
        #expect(audio.sampleRate == 16000)
        #expect(audio.channelCount == 1)
    }

    @Test(arguments: ["muxed", "every-frame"])
    func keyframesAreFoundFromTheSampleFlags(name: String) throws {
        let (_, fragments) = try Fixture.read(Fixture.bytes(name), portion: 4096)
        let starts = fragments.filter { $0.trackIndex == 0 && $0.startsWithSync }.map(\.decodeTime)
        #expect(starts.count == 3)
        #expect(fragments.filter { $0.trackIndex == 1 }.allSatisfy { $0.startsWithSync })
    }

    @Test func aGroupIsAKeyframeIntervalAndTracksChangeTogether() throws {
        let (movie, fragments) = try Fixture.read(Fixture.bytes("every-frame"), portion: 4096)
        var grouping = MediaGrouping(movie: movie)
        var places: [[MediaGrouping.Position]] = [[], []]
        for fragment in fragments {
            let place = grouping.place(fragment)
            places[fragment.trackIndex].append(try #require(place))
        }
        let video = places[0]
        #expect(video.filter(\.startsGroup).count == 3)
        #expect(Set(video.map(\.group)) == [0, 1, 2])
        #expect(Set(places[1].map(\.group)) == [0, 1, 2])
        for track in places {
            for (previous, next) in zip(track, track.dropFirst()) {
                #expect(next.startsGroup == (next.group != previous.group))
                #expect(next.object == (next.startsGroup ? 0 : previous.object + 1))
            }
        }
    }

    @Test func videoInFrontOfTheFirstKeyframeIsNotPublished() throws {
        let (movie, fragments) = try Fixture.read(Fixture.bytes("every-frame"), portion: 4096)
        var grouping = MediaGrouping(movie: movie)
        let delta = try #require(fragments.first { $0.trackIndex == 0 && !$0.startsWithSync })
        let early = grouping.place(delta)
        #expect(early == nil)
        let key = try #require(fragments.first { $0.trackIndex == 0 && $0.startsWithSync })
        let place = grouping.place(key)
        #expect(place?.group == 0)
    }

    @Test func anOrdinaryMP4IsRefusedWithTheCommandThatHelps() throws {
        var bytes = try Fixture.bytes("muxed")
        // Without `mvex` the movie has no fragments: rename the box.
        let mark = Array("mvex".utf8)
        let index = try #require(bytes.indices.first { Array(bytes[$0...].prefix(4)) == mark })
        bytes.replaceSubrange(index..<index + 4, with: Array("free".utf8))
        let error = #expect(throws: MediaError.self) { try Fixture.read(bytes, portion: 4096) }
        #expect(error?.message.contains("-movflags") == true)
    }

    @Test(arguments: [
        ([0, 0, 0, 7], "impossible"), ([0, 0, 0, 0], "no size"), ([0x7F, 0xFF, 0xFF, 0xFF], "at most"),
    ])
    func impossibleBoxSizesAreRefusedAtOnce(size: [UInt8], word: String) throws {
        var reader = FragmentedMP4Reader()
        reader.append(size + Array("moov".utf8))
        let error = #expect(throws: MediaError.self) { try reader.next() }
        #expect(error?.message.contains(word) == true)
    }

    @Test func somethingElseIsNotTakenForAnMP4() {
        var reader = FragmentedMP4Reader()
        reader.append(Array("# Cascade, a relay for live media".utf8))
        let error = #expect(throws: MediaError.self) { try reader.next() }
        #expect(error?.message == "the input is not an MP4")
    }

    @Test func noTruncationAndNoFlippedByteTraps() throws {
        let bytes = Array(try Fixture.bytes("muxed").prefix(3000))
        for count in stride(from: 0, to: bytes.count, by: 17) {
            var reader = FragmentedMP4Reader()
            reader.append(bytes[..<count])
            while (try? reader.next()) != nil {}
        }
        for index in 0..<1600 {
            for mask: UInt8 in [0xFF, 0x80, 0x01] {
                var damaged = bytes
                damaged[index] ^= mask
                var reader = FragmentedMP4Reader()
                reader.append(damaged)
                while let event = try? reader.next() {
                    if case .movie(let movie) = event { _ = MSFCatalog(movie: movie).json() }
                }
            }
        }
    }
}
