import Containers
import MOQTModel
import Testing

@testable import RelayCore

@Suite("Rules of delivery, one by one")
struct DeliveryRuleTests {
    private func datagram(_ object: UInt64) -> ObjectDatagram {
        ObjectDatagram(
            alias: TrackAlias(1), location: Location(group: 0, object: object), payload: Payload([1]))
    }

    // Rules: 19-5.1-5
    @Test("two subscriptions of one peer to one track bring each object twice")
    func twice() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer, id: 0)
        track.subscribe(peer, id: 1)
        track.subgroup(0, ids: [0, 1])
        track.log.datagramArrived(source: 1, datagram(7))
        track.wake()
        peer.pump()
        #expect(peer.streams.map(\.opening.subscription).sorted() == [0, 1])
        #expect(peer.streams.map(\.wholeObjectIDs) == [[0, 1], [0, 1]])
        #expect(peer.datagrams.map(\.alias.value).sorted() == [100, 101])
    }

    // Rules: 19-8-4
    @Test("a datagram past the object timeout is dropped, for the subscription that has the timeout")
    func datagramTimeout() {
        let track = TestTrack()
        let (hurried, patient) = (TestPeer(), TestPeer())
        track.subscribe(hurried) { $0.objectTimeoutNanoseconds = 1_000_000_000 }
        track.subscribe(patient)
        track.log.datagramArrived(source: 1, datagram(0))
        track.wake()
        let later = Instant(nanoseconds: 2_000_000_000)
        hurried.pump(now: later)
        patient.pump(now: later)
        #expect(hurried.datagrams.isEmpty)
        #expect(patient.datagrams.count == 1)
    }

    // Rules: 19-10.11-3
    @Test("a subscription that saw only datagrams ends with a stream count of 0")
    func streamCountOfDatagrams() {
        let track = TestTrack()
        let peer = TestPeer()
        track.subscribe(peer)
        track.log.datagramArrived(source: 1, datagram(0))
        track.log.trackEnded(.trackEnded)
        track.wake()
        peer.pump()
        #expect(peer.datagrams.count == 1)
        #expect(peer.ended.map(\.streamCount) == [0])
    }
}
