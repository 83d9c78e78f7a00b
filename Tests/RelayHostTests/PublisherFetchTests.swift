import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// A client's publisher is asked for its past by the peer itself.
@Suite("FETCH and TRACK_STATUS answered by a publisher (draft-18 sections 10.12 and 10.14)", .serialized)
struct PublisherFetchTests {
    static let name = FullTrackName(namespace: TrackNamespace("test", "own"), name: Array("t".utf8))
    static let unknown = FullTrackName(namespace: TrackNamespace("test", "own"), name: Array("u".utf8))

    /// Three groups of two objects, the last one open.
    private func scene(_ draft: Draft) throws -> (AskingServer, TrackPublisher) {
        let server = try AskingServer(draft)
        let publisher = try server.connect().addTrack(Self.name)
        for group in 0..<3 as Range<UInt64> {
            publisher.beginGroup(group)
            for object in 0..<2 { publisher.write([UInt8](repeating: 1, count: 10 * object + 5)) }
        }
        return (server, publisher)
    }

    private func fetch(
        _ server: AskingServer, _ range: Fetch.Range, _ adjust: (inout MessageParameters) -> Void = { _ in }
    ) throws -> [String] {
        let before = server.fetchLog.count
        var parameters = MessageParameters()
        adjust(&parameters)
        _ = try server.command { try $0.fetch(range, parameters: parameters) }
        let isOver = server.run {
            let log = server.fetchLog.dropFirst(before)
            return log.contains { $0.hasPrefix("refused") }
                || log.contains("finished") && log.contains { $0.hasPrefix("ok") } || log.contains("reset")
        }
        #expect(isOver)
        return Array(server.fetchLog.dropFirst(before))
    }

    private static func range(_ start: Location, _ endGroup: UInt64, _ endObject: UInt64? = nil)
        -> Fetch.Range
    {
        .standalone(track: name, start: start, endGroup: endGroup, endObject: endObject)
    }

    @Test("a range of what was published comes, ascending and descending", arguments: Draft.all)
    func standalone(draft: Draft) throws {
        let (server, _) = try scene(draft)
        let up = try fetch(server, Self.range(Location(group: 0, object: 1), 1))
        #expect(Set(up) == ["ok 1.*", "0.1 (15 bytes)", "1.0 (5 bytes)", "1.1 (15 bytes)", "finished"])
        let down = try fetch(server, Self.range(.zero, 1)) { $0.groupOrder = .descending }
        #expect(
            down.filter { $0.hasSuffix("bytes)") } == [
                "1.0 (5 bytes)", "1.1 (15 bytes)", "0.0 (5 bytes)", "0.1 (15 bytes)",
            ])
    }

    @Test(
        "FETCH_OK names the largest object, and the end of the track once it has come", arguments: Draft.all)
    func ends(draft: Draft) throws {
        let (server, publisher) = try scene(draft)
        #expect(try fetch(server, Self.range(Location(group: 2, object: 1), 90)).contains("ok 2.1"))
        publisher.end()
        let over = try fetch(server, Self.range(Location(group: 2, object: 1), 90))
        #expect(over.contains { $0.hasPrefix("ok 2.") && $0.hasSuffix(" end") }, "\(over)")
    }

    @Test("what is not there is refused", arguments: Draft.all)
    func refusals(draft: Draft) throws {
        let (server, _) = try scene(draft)
        #expect(try fetch(server, Self.range(Location(group: 3, object: 0), 9)) == ["refused invalidRange"])
        let nowhere = Fetch.Range.standalone(
            track: Self.unknown, start: .zero, endGroup: 1, endObject: nil)
        #expect(try fetch(server, nowhere) == ["refused doesNotExist"])
    }

    @Test(
        "a FETCH joins a subscription to the track",
        arguments: Draft.all.filter { $0.rules.fetchRangeTravelsIn == .fields })
    func joining(draft: Draft) throws {
        let (server, publisher) = try scene(draft)
        let subscription = try server.command { session in
            var parameters = MessageParameters()
            parameters.filter = .nextObject
            return try session.subscribe(Self.name, parameters: parameters)
        }
        #expect(server.run { publisher.forwardingCount == 1 })
        publisher.write([9])
        let joined = try fetch(server, .relativeJoining(subscription, groupCount: 0))
        // Up to where the subscription began.
        #expect(Set(joined.filter { $0.hasPrefix("2.") }) == ["2.0 (5 bytes)", "2.1 (15 bytes)"])
        #expect(joined.contains("ok 2.1"))
        try server.command { $0.unsubscribe(subscription) }
        _ = server.run(milliseconds: 50) { false }
        let late = try fetch(server, .absoluteJoining(subscription, startGroup: 0))
        #expect(late == ["refused invalidJoiningRequestID"])
    }

    @Test(
        "a cancelled FETCH is served no further, and the next one is", arguments: [Draft.draft14, .draft18])
    func cancelled(draft: Draft) throws {
        let (server, publisher) = try scene(draft)
        publisher.beginGroup(3)
        for _ in 0..<40 { publisher.write([UInt8](repeating: 3, count: 200_000)) }
        let id = try server.command {
            try $0.fetch(Self.range(Location(group: 3, object: 0), 3), parameters: MessageParameters())
        }
        #expect(server.run { server.fetchLog.contains { $0.hasPrefix("3.0") } })
        try server.command { $0.cancelFetch(id) }
        #expect(try fetch(server, Self.range(.zero, 0)).contains("ok 0.*"))
        #expect(!server.fetchLog.contains { $0.hasPrefix("3.39") })
    }

    @Test("TRACK_STATUS names the largest object", arguments: Draft.all)
    func trackStatus(draft: Draft) throws {
        let (server, _) = try scene(draft)
        _ = try server.command { try $0.trackStatus(Self.name, parameters: MessageParameters()) }
        var largest: Location?
        #expect(
            server.run {
                for case .requestAccepted(_, let ok) in server.events {
                    largest = ok.parameters.largestObject
                }
                return largest != nil
            })
        #expect(largest == Location(group: 2, object: 1))
    }
}
