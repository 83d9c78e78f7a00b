import Containers
import MOQTModel
import RelayCore

/// One track and many readers, driven by hand: what a relay does per object, without sessions or sockets.
final class FanOut {
    let shard = LogShard()
    let log: TrackLog
    private let encoding = FixedEncoding()
    private var writer = SlabWriter()
    private var readers: [FanOutReader] = []
    private var woken: [DeliveryScheduler] = []
    private var payloads: [Payload] = []
    private let scratch: [UInt8]
    private let streamHeader = Payload([1, 2, 3, 4])
    private(set) var deliveredByteCount: UInt64 = 0
    private(set) var deliveredStreamCount = 0
    private var handle = IngestHandle.none
    private var group: UInt64 = 0
    private var object: UInt64 = 0
    let objectsPerGroup: UInt64

    init(readerCount: Int, objectsPerGroup: UInt64, objectByteCount: Int) {
        self.objectsPerGroup = objectsPerGroup
        scratch = Array(repeating: 7, count: objectByteCount)
        var limits = TrackLogLimits()
        limits.minimumAgeNanoseconds = 1_000_000_000
        log = TrackLog(encoding: encoding, shard: shard, limits: limits)
        payloads.reserveCapacity(32)
        woken.reserveCapacity(readerCount)
        for index in 0..<readerCount {
            let reader = FanOutReader { [unowned self] in woken.append($0) }
            reader.scheduler.addSubscription(
                DeliverySubscription(
                    id: 0, range: LogRange(start: .zero), shape: FixedEncoding.shape, context: UInt64(index)),
                to: log)
            readers.append(reader)
        }
    }

    /// The publisher sends one object; the group ends with its last.
    func ingest() {
        shard.now = shard.now.advanced(byMilliseconds: 33)
        if object == 0 {
            handle = log.subgroupBegan(
                source: 1, LogSubgroupHeader(group: group, subgroup: .explicit(0), firstObject: true))
        }
        let header = ObjectHeader(objectID: object, payloadByteCount: UInt64(scratch.count))
        let raw = encoding.objectHeader(
            previousObjectID: object > 0 ? object - 1 : nil, header, hasProperties: false,
            shape: FixedEncoding.shape)
        // On the wire a header lies before its payload.
        let bytes = raw.withUnsafeBytes { writer.copy($0) }
        log.objectBegan(handle, header, raw: RawObjectHeader(bytes: bytes, shape: FixedEncoding.shape))
        log.payloadArrived(handle, scratch.withUnsafeBytes { writer.copy($0) })
        object += 1
        if object == objectsPerGroup {
            log.subgroupEnded(handle, .finished)
            object = 0
            group += 1
        }
    }

    /// Wakes the readers and lets each send everything, in packets of `packet` bytes.
    func deliver(packet: Int = .max) {
        woken.removeAll(keepingCapacity: true)
        shard.wakeReaders()
        for scheduler in woken { drain(scheduler, packet) }
    }

    private func drain(_ scheduler: DeliveryScheduler, _ packet: Int) {
        while true {
            switch scheduler.next(into: &payloads, now: shard.now) {
            case .nothing: return
            case .open(let token, _):
                deliveredStreamCount += 1
                scheduler.streamOpened(token, header: streamHeader)
            case .bytes(let token, let fin):
                var count = 0
                for payload in payloads { count += payload.count }
                let taken = min(count, packet)
                deliveredByteCount += UInt64(taken)
                scheduler.accepted(token, byteCount: taken, fin: fin && taken == count)
            case .reset, .datagram, .subscriptionEnded: break
            }
        }
    }
}
