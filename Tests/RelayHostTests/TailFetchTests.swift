import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import RelayCore
import RelayHost
import Testing

/// FETCHes for a track that nobody subscribes to at the relay: those that count back from its end, and those that may
/// not wait.
@Suite("FETCH of the last groups of a track (draft-20 section 5.1.2)", .serialized)
struct TailFetchTests {
    private static let counting = Draft.all.filter { $0.rules.fetchRangeTravelsIn == .locationFilter }
    private static let timed = Draft.all.filter { $0.rules.parameters.fillTimeout.contains(.fetch) }
    private static let name = UpstreamFetchTests.name

    private func fetch(
        _ viewer: ClientConnection, lastGroups count: UInt64, order: GroupOrder? = nil,
        fillTimeout: UInt64? = nil
    ) throws -> FetchedObjects {
        let fetched = FetchedObjects()
        var parameters = MessageParameters()
        parameters.groupOrder = order
        parameters.fillTimeout = fillTimeout
        _ = try viewer.fetch(Self.name, lastGroups: count, parameters: parameters) { fetched.take($0) }
        return fetched
    }

    @Test("the publisher is asked where the track ends, whatever its draft", arguments: counting, Draft.all)
    func counted(draft: Draft, publisherDraft: Draft) throws {
        let scene = try UpstreamFetchTests.Scene(draft, publisherDraft: publisherDraft)
        let cases: [(UInt64, GroupOrder?, [Location])] = [
            (2, nil, UpstreamFetchTests.all(3...4)), (1, nil, UpstreamFetchTests.all(4...4)),
            (90, nil, UpstreamFetchTests.all(0...4)), (.max, nil, UpstreamFetchTests.all(0...4)),
            (2, .descending, UpstreamFetchTests.all(4...4) + UpstreamFetchTests.all(3...3)),
        ]
        for (count, order, locations) in cases {
            let fetched = try fetch(scene.viewer, lastGroups: count, order: order)
            #expect(scene.harness.run(milliseconds: 5_000) { fetched.isOver })
            #expect(fetched.locations == locations, "\(count): \(String(describing: fetched.failure))")
            #expect(fetched.isComplete && fetched.gaps.isEmpty)
            #expect(fetched.end == UpstreamFetchTests.at(4, 2))
        }
        // From behind the largest object on: nothing, and nobody has to be asked.
        let none = try fetch(scene.viewer, lastGroups: 0)
        #expect(scene.harness.run(milliseconds: 5_000) { none.isOver })
        #expect(none.failure?.code == .invalidRange)
    }

    @Test("an empty track is INVALID_RANGE, an unknown one DOES_NOT_EXIST", arguments: counting, Draft.all)
    func empty(draft: Draft, publisherDraft: Draft) throws {
        let harness = try RelayHarness()
        let source = try harness.connect(.quic, publisherDraft)
        let publisher = source.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: source)
        let viewer = try harness.connect(.quic, draft)
        let fetched = try fetch(viewer, lastGroups: 2)
        #expect(harness.run(milliseconds: 5_000) { fetched.isOver })
        #expect(fetched.failure?.code == .invalidRange)
        let other = FetchedObjects()
        let name = FullTrackName(namespace: TrackNamespace("elsewhere"), name: [1])
        _ = try viewer.fetch(name, lastGroups: 2) { other.take($0) }
        #expect(harness.run(milliseconds: 5_000) { other.isOver })
        #expect(other.failure?.code == .doesNotExist)
        withExtendedLifetime((publisher, announcement)) {}
    }

    @Test(
        "a publisher that does not answer costs the FETCH its time",
        arguments: [Draft.draft14, .draft19, .draft21])
    func silent(publisherDraft: Draft) throws {
        let server = try RelayedPublisher(publisherDraft)
        let viewer = try server.harness.connect(.quic, .draft21)
        let fetched = try fetch(viewer, lastGroups: 2, fillTimeout: 300)
        #expect(server.run { fetched.isOver })
        #expect(fetched.failure?.code == .timeout)
        let isCounted = publisherDraft.rules.fetchRangeTravelsIn == .locationFilter
        #expect(server.fetchesAsked == (isCounted ? 1 : 0))
        #expect(server.statusesAsked == (isCounted ? 0 : 1))
    }

    @Test(
        "equal ones share what is asked, also while the end is not known",
        arguments: [Draft.draft16, .draft20])
    func shared(publisherDraft: Draft) throws {
        let server = try RelayedPublisher(publisherDraft)
        let viewer = try server.harness.connect(.quic, .draft21)
        let all = try (0..<3).map { _ in try fetch(viewer, lastGroups: 2) }
        #expect(server.run { server.answersTail(largest: UpstreamFetchTests.at(0, 1)) })
        #expect(server.run { server.fetchesAsked == 1 })
        server.answer()
        #expect(server.run { all.allSatisfy(\.isComplete) })
        #expect(server.fetchesAsked == 1)
        #expect(
            all.allSatisfy { $0.locations == [UpstreamFetchTests.at(0, 0), UpstreamFetchTests.at(0, 1)] })
    }

    // Rules: 19-10.2.5-1, 19-10.2.5-2
    @Test("FILL_TIMEOUT 0: all of a range is unknown at once, and nobody is asked", arguments: timed)
    func impatient(draft: Draft) throws {
        let server = try RelayedPublisher(draft)
        var parameters = MessageParameters()
        parameters.fillTimeout = 0
        let fetched = FetchedObjects()
        _ = try server.viewer.fetch(
            Self.name, from: UpstreamFetchTests.at(2, 1), endGroup: 6, parameters: parameters
        ) { fetched.take($0) }
        #expect(server.run(milliseconds: 1_000) { fetched.isOver })
        #expect(fetched.isComplete && fetched.locations.isEmpty)
        #expect(fetched.gaps.map(\.group) == [6])
        #expect(fetched.end == UpstreamFetchTests.at(6, .max))
        if draft.rules.fetchRangeTravelsIn == .locationFilter {
            // Where it ends is not known either.
            let tail = try fetch(server.viewer, lastGroups: 2, fillTimeout: 0)
            #expect(server.run(milliseconds: 1_000) { tail.isOver })
            #expect(tail.failure?.code == .timeout)
        }
        _ = server.run(milliseconds: 100) { false }
        #expect(server.fetchesAsked == 0)
    }
}
