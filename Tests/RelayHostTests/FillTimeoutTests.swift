import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing

/// FILL_TIMEOUT of a FETCH (draft-19 section 10.2.5).
@Suite(.serialized) struct FillTimeoutTests {
    // Rules: 19-10.2.5-1, 19-10.2.5-2
    @Test(
        "0: what the relay has comes at once, the rest is unknown, and the publisher is not asked",
        arguments: [Draft.draft18, .draft19])
    func zero(draft: Draft) throws {
        let scene = try UpstreamFetchTests.Scene(draft)
        let received = try scene.subscribe()
        UpstreamFetchTests.Scene.write(scene.publisher, 5)
        UpstreamFetchTests.Scene.write(scene.publisher, 6)
        try #require(scene.harness.run(milliseconds: 5_000) { received.objectCount == 6 })
        var parameters = MessageParameters()
        parameters.fillTimeout = 0
        for _ in 0..<2 {
            let fetched = FetchedObjects()
            _ = try scene.viewer.fetch(
                UpstreamFetchTests.name, from: UpstreamFetchTests.at(2, 0), endGroup: 6,
                parameters: parameters
            ) { fetched.take($0) }
            #expect(scene.harness.run(milliseconds: 5_000) { fetched.isOver })
            // Still unknown the second time: nothing was fetched in between.
            #expect(fetched.locations == UpstreamFetchTests.all(5...6))
            #expect(!fetched.gaps.isEmpty && fetched.isComplete)
        }
        #expect(try scene.fetch(UpstreamFetchTests.at(2, 0), 6).locations == UpstreamFetchTests.all(2...6))
    }
}
