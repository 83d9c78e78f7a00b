import Containers
import MOQTModel

@testable import RelayCore

/// A log with its shard and encoding, and short ways to fill it.
final class TestTrack {
    let shard = LogShard()
    let encoding = TestEncoding()
    let log: TrackLog

    init(_ change: (inout TrackLogLimits) -> Void = { _ in }) {
        var limits = TrackLogLimits()
        change(&limits)
        log = TrackLog(encoding: encoding, shard: shard, limits: limits)
    }

    var seconds: UInt64 {
        get { shard.now.nanoseconds / 1_000_000_000 }
        set { shard.now = Instant(nanoseconds: newValue * 1_000_000_000) }
    }

    func open(
        _ group: UInt64, _ subgroup: UInt64 = 0, source: SourceID = 1, priority: UInt8? = nil,
        hasProperties: Bool = false, endOfGroup: Bool = false
    ) -> IngestHandle {
        log.subgroupBegan(
            source: source,
            LogSubgroupHeader(
                group: group, subgroup: .explicit(subgroup), priority: priority, hasProperties: hasProperties,
                endOfGroup: endOfGroup, firstObject: true))
    }

    func object(_ handle: IngestHandle, _ id: UInt64, _ payload: [UInt8]) {
        log.objectBegan(handle, ObjectHeader(objectID: id, payloadByteCount: UInt64(payload.count)))
        log.payloadArrived(handle, Payload(payload))
        log.objectEnded(handle)
    }

    /// A whole subgroup of objects `ids`, each with a payload that tells who it is.
    @discardableResult
    func subgroup(
        _ group: UInt64, _ subgroup: UInt64 = 0, ids: [UInt64], priority: UInt8? = nil, size: Int = 10,
        endOfGroup: Bool = false, finish: Bool = true
    ) -> IngestHandle {
        let handle = open(group, subgroup, priority: priority, endOfGroup: endOfGroup)
        for id in ids { object(handle, id, Self.payload(group, id, size)) }
        if finish { log.subgroupEnded(handle, .finished) }
        return handle
    }

    static func payload(_ group: UInt64, _ id: UInt64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: UInt64($0) &+ group &* 31 &+ id &* 7) }
    }

    func wake() { shard.wakeReaders() }

    @discardableResult
    func subscribe(
        _ peer: TestPeer, id: UInt64 = 0, from start: Location = .zero, endGroup: UInt64? = nil,
        endObject: UInt64? = nil, priority: UInt8 = 128, order: GroupOrder = .ascending, forward: Bool = true,
        _ change: (inout DeliverySubscription) -> Void = { _ in }
    ) -> Bool {
        var subscription = DeliverySubscription(
            id: id, range: LogRange(start: start, endGroup: endGroup, endObject: endObject),
            subscriberPriority: priority, groupOrder: order, shape: peer.shape, forward: forward,
            context: id + 100)
        change(&subscription)
        return peer.scheduler.addSubscription(subscription, to: log)
    }
}
