import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import TransportInterface

/// Announces a namespace and answers the relay's SUBSCRIBE from one log.
final class CostPublisher: PeerDelegate {
    let peer: Peer
    let log: TrackLog
    private(set) var isReady = false
    private(set) var isSubscribed = false
    private let workload: Workload
    private let bytes: [UInt8]
    private var slab = SlabWriter()
    private var handle = IngestHandle.none
    private var nextObject: UInt64 = 0

    init(_ peer: Peer, shard: LogShard, workload: Workload) {
        self.peer = peer
        self.workload = workload
        bytes = (0..<workload.objectByteCount).map { UInt8(truncatingIfNeeded: $0) }
        var limits = TrackLogLimits()
        limits.minimumAgeNanoseconds = 2_000_000_000
        log = TrackLog(encoding: WireObjectEncoder(), shard: shard, limits: limits)
        peer.delegate = self
    }

    func publish() {
        let location = Location(
            group: nextObject / workload.objectsPerGroup, object: nextObject % workload.objectsPerGroup)
        let isLast = location.object + 1 == workload.objectsPerGroup
        nextObject += 1
        let payload = slab.copy(bytes)
        if workload.usesDatagrams {
            log.datagramArrived(
                source: 1,
                ObjectDatagram(
                    alias: TrackAlias(0), location: location, endOfGroup: isLast, payload: payload))
            return
        }
        if location.object == 0 {
            handle = log.subgroupBegan(
                source: 1,
                LogSubgroupHeader(
                    group: location.group, subgroup: .explicit(0), endOfGroup: true, firstObject: true))
        }
        log.objectBegan(
            handle, ObjectHeader(objectID: location.object, payloadByteCount: UInt64(payload.count)))
        log.payloadArrived(handle, payload)
        log.objectEnded(handle)
        if isLast { log.subgroupEnded(handle, .finished) }
    }

    // MARK: PeerDelegate

    func peer(_ peer: Peer, received event: SessionEvent) {
        switch event {
        case .established: _ = try? peer.session.publishNamespace(CostRun.track.namespace)
        case .requestAccepted: isReady = true
        case .subscribeReceived(let request): answer(request)
        default: break
        }
    }

    private func answer(_ request: Subscribe) {
        guard let rules = peer.session.rules else { return }
        let alias = peer.session.allocateAlias()
        var answer = MessageParameters()
        answer.largestObject = log.largest
        peer.session.acceptSubscribe(request.requestID, alias: alias, parameters: answer)
        peer.deliver(
            DeliverySubscription(
                id: request.requestID.value,
                range: log.range(for: request.parameters.filter ?? .unfiltered), shape: rules.bodyShape,
                context: alias.value),
            from: log)
        isSubscribed = true
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {}
    func peerDeadlineChanged(_ peer: Peer) {}
    func peer(_ peer: Peer, closed reason: TransportCloseReason) { CostRun.end("the publisher: \(reason)") }
}
