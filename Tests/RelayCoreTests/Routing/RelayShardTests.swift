import MOQTModel
import Testing

@testable import RelayCore

@Suite("A track has one home, and one replica per other shard with subscribers")
struct RelayShardTests {
    let track = FullTrackName("live/t")

    private func replicas(_ house: RelayHarness) -> [String] {
        house.actions.compactMap {
            switch $0 {
            case .openReplica(let shard, _, let home, _): "open \(shard) of \(home)"
            case .feedReplica(let home, _, let to): "feed \(home) to \(to)"
            case .stopReplica(let home, _, let to): "stop \(home) to \(to)"
            case .closeReplica(let shard, _): "close \(shard)"
            default: nil
            }
        }
    }

    @Test("fed once per shard, whatever the number of subscribers; closed with the last of them")
    func oneReplicaPerShard() {
        let house = RelayHarness()
        let publisher = house.open(shard: 2)
        house.publish(publisher, track)
        let (local, a, b) = (house.open(shard: 2), house.open(shard: 1), house.open(shard: 1))
        house.subscribe(local, track)
        #expect(replicas(house) == [])
        let first = house.subscribe(a, track)
        #expect(replicas(house) == ["open 1 of 2", "feed 2 to 1"])
        house.subscribe(b, track)
        #expect(replicas(house) == [])
        house.send(.subscriptionCancelled(a, .requested(first)))
        #expect(replicas(house) == [])
        house.send(.sessionClosed(b))
        #expect(replicas(house) == ["stop 2 to 1", "close 1"])
    }

    @Test("the home stays when a publisher on another shard takes over")
    func homeStays() {
        let house = RelayHarness()
        let (one, two, a) = (house.open(shard: 2), house.open(shard: 1), house.open(shard: 1))
        house.publish(one, track)
        house.subscribe(a, track)
        house.publish(two, track)
        let homes = house.actions.compactMap { action -> UInt16? in
            if case .acceptPublish(_, _, _, let home, _) = action { home } else { nil }
        }
        #expect(homes == [2])
        house.send(.sessionClosed(one))
        #expect(replicas(house) == [] && house.ended.isEmpty)
    }

    @Test("the home is told that the track is over, though all its subscribers are elsewhere")
    func homeHearsTheEnd() {
        let house = RelayHarness()
        let (publisher, a) = (house.open(shard: 2), house.open(shard: 1))
        let request = house.publish(publisher, track)
        house.subscribe(a, track)
        house.send(.publishEnded(publisher, request, PublishDone(status: .trackEnded, streamCount: 1)))
        let told = house.actions.compactMap { action -> UInt16? in
            if case .endTrack(let home, _, .trackEnded) = action { home } else { nil }
        }
        #expect(told == [2])
        #expect(house.ended.map(\.session) == [a])
    }

    @Test("every action names the shard that carries it out")
    func addressing() {
        let session = SessionKey(shard: 3, serial: 1)
        #expect(RelayAction.acceptRequest(session, RequestID(0)).shard == 3)
        #expect(RelayAction.feedReplica(home: 1, track: TrackID(1), to: 2).shard == 1)
        #expect(
            RelayAction.openReplica(shard: 2, track: TrackID(1), home: 1, properties: TrackProperties()).shard
                == 2)
        #expect(
            RelayAction.answerTrackStatus(
                session, RequestID(0), track: TrackID(1), home: 1, properties: TrackProperties()
            ).shard == 1)
    }
}
