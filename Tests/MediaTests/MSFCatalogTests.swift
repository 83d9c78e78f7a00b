import Media
import Testing

@Suite struct MSFCatalogTests {
    @Test func aMovieDescribesItself() throws {
        let (movie, _) = try Fixture.read(Fixture.bytes("muxed"), portion: 4096)
        let catalog = try MSFCatalog(
            json: MSFCatalog(movie: movie, frameRate: 10, generatedAt: 1_746_104_606_044).json())
        #expect(catalog.tracks.map(\.name) == ["video", "audio"])
        #expect(catalog.tracks.map(\.packaging) == ["cmaf", "cmaf"])
        #expect(catalog.tracks[0].role == "video")
        #expect(catalog.tracks[0].width == 160)
        #expect(catalog.tracks[0].framerate == 10)
        #expect(catalog.tracks[1].samplerate == 16000)
        #expect(catalog.tracks[1].channelConfig == "1")
        #expect(catalog.generatedAt == 1_746_104_606_044)
        let movieOfOne = try Movie(initialization: try #require(catalog.tracks[0].initialization))
        #expect(movieOfOne.tracks == [movie.tracks[0]])
    }

    @Test func initializationMayStandInAListOfItsOwn() throws {
        let json = """
            {"version":"draft-01","tracks":[{"name":"v","packaging":"cmaf","isLive":true,"initRef":"a","x":{"y":1}}],
             "initDataList":[{"id":"a","type":"inline","data":"AAEC"}]}
            """
        let catalog = try MSFCatalog(json: Array(json.utf8))
        #expect(catalog.tracks[0].initialization == [0, 1, 2])
    }

    @Test func theFirstCMSFDraftWritesTheVersionAsANumber() throws {
        let catalog = try MSFCatalog(json: Array(#"{"version":1,"tracks":[]}"#.utf8))
        #expect(catalog.version == "1")
        #expect(catalog.tracks.isEmpty)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"tracks\":3}", "nonsense", "{\"version\":\"1\",\"deltaUpdate\":[{}]}",
    ])
    func anythingElseIsRefusedWithASentence(json: String) {
        #expect(throws: MediaError.self) { try MSFCatalog(json: Array(json.utf8)) }
    }
}
