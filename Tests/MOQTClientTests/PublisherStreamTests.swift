import MOQTModel
import QUICTransport
import RelayCore
import Testing

@testable import MOQTClient

/// What a `TrackPublisher` says of its streams.
@Suite struct PublisherStreamTests {
    // Rules: 19-2.2-3
    @Test(
        "the stream that begins a subgroup says that its first object is the subgroup's first (FIRST_OBJECT)")
    func firstObject() throws {
        let client = Client(loop: try EventLoop())
        let track = TrackPublisher(
            name: FullTrackName(namespace: TrackNamespace("a"), name: [1]), properties: TrackProperties(),
            client: client)
        let feed = LogFeed()
        track.log.attach(feed)
        for group in 0..<2 as Range<UInt64> {
            track.beginGroup(group, subgroupCount: 2)
            for object in 0..<4 as Range<UInt8> { track.write([object]) }
        }
        track.end()
        let headers = feed.takeEvents().compactMap {
            if case .subgroupBegan(_, let header) = $0 { header } else { nil }
        }
        #expect(headers.count == 4)
        #expect(headers.count { $0.firstObject } == 4)
    }

    @Test(
        "a group that ends with a datagram is ended by an object of its own, not by the stream's last (section 2.4.2)"
    )
    func datagramsBehindStreams() throws {
        let client = Client(loop: try EventLoop())
        let track = TrackPublisher(
            name: FullTrackName(namespace: TrackNamespace("a"), name: [1]), properties: TrackProperties(),
            client: client)
        let feed = LogFeed()
        track.log.attach(feed)
        track.log.detectsFaults = true
        for endsWithDatagram in [true, false] {
            track.beginGroup(endsWithDatagram ? 0 : 1)
            track.write([0])
            track.writeDatagram([1])
            if !endsWithDatagram { track.write([2]) }
        }
        track.end()
        #expect(track.log.fault == nil)
        let marks = feed.takeEvents().compactMap {
            if case .objectBegan(_, let header, _) = $0, header.status == .endOfGroup {
                header.objectID
            } else {
                nil
            }
        }
        #expect(marks == [2])
    }
}
