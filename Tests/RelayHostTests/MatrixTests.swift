import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// Every publisher draft to every subscriber draft over every pair of transports through one relay: what both
/// drafts can say must survive (the bridging rules are in MOQTWire's documentation, "Bridging").
@Suite(.serialized) struct MatrixTests {
    /// One connection per draft and transport.
    private struct End {
        var connection: ClientConnection
        var carrier: ClientConfiguration.Carrier
        var draft: Draft { connection.draft ?? .oldest }
        var label: String { "\(draft.alpn)-\(carrier)" }
    }

    private final class Received {
        var objects: [Location: ReceivedObject] = [:]
        var isAccepted = false
        var isEnded = false
        var order: [Location] = []
        var properties = TrackProperties()
        var failure: String?
    }

    private static let priority: UInt8 = 77
    private static let properties = [
        Property(type: 0x3C00, value: .integer(300_000)),
        Property(type: 0x3C01, value: .bytes([1, 2, 3, 250])),
        Property(type: 0x3C04, value: .integer(5)),
    ]

    private static func payload(_ location: Location) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: location.group * 16 + location.object), count: 40)
    }

    private static func connectAll(_ harness: RelayHarness) throws -> [End] {
        var ends: [End] = []
        for draft in Draft.all {
            for carrier in PairingTests.carriers {
                ends.append(End(connection: try harness.connect(carrier, draft), carrier: carrier))
            }
        }
        return ends
    }

    private static func name(_ end: End, _ track: String) -> FullTrackName {
        FullTrackName(namespace: TrackNamespace("matrix", end.label), name: Array(track.utf8))
    }

    /// Two groups of two subgroups, six objects with properties each; then the end.
    private static func writeStreams(_ track: TrackPublisher) {
        track.carriesProperties = true
        for group in 0..<2 as Range<UInt64> {
            track.beginGroup(group, subgroupCount: 2)
            for object in 0..<6 as Range<UInt64> {
                track.write(payload(Location(group: group, object: object)), properties: properties)
            }
        }
        track.end()
    }

    @Test(
        "objects, properties, priorities, ends and datagrams survive every pairing of drafts and transports")
    func matrix() throws {
        let harness = try RelayHarness { $0.workers = 2 }
        let publishers = try Self.connectAll(harness)
        let subscribers = try Self.connectAll(harness)
        var tracks: [(streams: TrackPublisher, datagrams: TrackPublisher)] = []
        var announcements: [Announcement] = []
        for end in publishers {
            var properties = TrackProperties()
            properties.defaultPublisherPriority = Self.priority
            tracks.append(
                (
                    end.connection.addTrack(Self.name(end, "streams"), properties: properties),
                    end.connection.addTrack(Self.name(end, "datagrams"), properties: properties)
                ))
            announcements.append(
                try harness.announce(TrackNamespace("matrix", end.label), on: end.connection))
        }

        var results: [(label: String, streams: Received, datagrams: Received)] = []
        for publisher in publishers {
            for subscriber in subscribers {
                let streams = try Self.subscribe(subscriber, Self.name(publisher, "streams"))
                let datagrams = try Self.subscribe(subscriber, Self.name(publisher, "datagrams"))
                results.append(("\(publisher.label) to \(subscriber.label)", streams, datagrams))
            }
        }
        try #require(
            harness.run(milliseconds: 20_000) {
                results.allSatisfy { $0.streams.isAccepted && $0.datagrams.isAccepted }
            })
        for (streams, datagrams) in tracks {
            Self.writeStreams(streams)
            datagrams.beginGroup(9)
            for object in 0..<3 as Range<UInt64> {
                datagrams.writeDatagram(
                    Self.payload(Location(group: 9, object: object)), properties: Self.properties)
            }
        }
        _ = harness.run(milliseconds: 20_000) {
            results.allSatisfy { $0.streams.isEnded && $0.datagrams.objects.count == 3 }
        }
        for result in results {
            Self.check(result.streams, result.label)
            #expect(result.datagrams.objects.count == 3, "\(result.label)")
            for (location, object) in result.datagrams.objects {
                #expect(object.bytes == Self.payload(location), "\(result.label)")
                #expect(object.properties == Self.properties, "\(result.label)")
                #expect(object.priority == Self.priority, "\(result.label)")
                #expect(object.subgroup == nil, "\(result.label)")
            }
        }
        #expect(results.count == 4 * Draft.all.count * Draft.all.count)
        for announcement in announcements { announcement.withdraw() }
    }

    private static func subscribe(_ end: End, _ track: FullTrackName) throws -> Received {
        let received = Received()
        _ = try end.connection.subscribe(track) { event in
            switch event {
            case .accepted(_, let properties):
                received.isAccepted = true
                received.properties = properties
            case .object(let object) where object.status == .normal:
                received.objects[object.location] = object
                received.order.append(object.location)
            case .object: break
            case .ended(let status, _): received.isEnded = status == .trackEnded
            case .gap(let from, let to): received.failure = "gap from \(from) to \(to)"
            case .refused(let failure): received.failure = "\(failure)"
            case .abandoned: received.failure = "abandoned"
            }
        }
        return received
    }

    private static func check(_ received: Received, _ label: String) {
        #expect(received.failure == nil, "\(label)")
        #expect(received.isEnded, "\(label): the track's end")
        #expect(received.objects.count == 12, "\(label)")
        #expect(received.order == received.order.sorted(), "\(label)")
        for (location, object) in received.objects {
            #expect(object.bytes == payload(location), "\(label)")
            #expect(object.properties == properties, "\(label)")
            #expect(object.priority == priority, "\(label)")
            #expect(object.subgroup == location.object % 2, "\(label)")
        }
    }
}
