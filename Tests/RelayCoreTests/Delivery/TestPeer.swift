import Containers
import MOQTModel

@testable import RelayCore

/// A peer's connection reduced to what the scheduler sees of it: it takes steps and keeps what it was given.
final class TestPeer {
    let scheduler: DeliveryScheduler
    var streams: [DeliveredStream] = []
    var datagrams: [ObjectDatagram] = []
    var ended: [(id: UInt64, status: PublishDoneStatus, streamCount: UInt64)] = []
    /// (group, subgroup) of each piece of stream data in the order in which it left.
    var order: [Piece] = []
    /// Streams that the peer still allows.
    var credit = Int.max
    var shape = TestEncoding.native
    private var indexByToken: [DeliveryStreamToken: Int] = [:]
    private var payloads: [Payload] = []

    struct Piece: Equatable {
        var subscription: UInt64
        var group: UInt64
        var subgroup: UInt64
    }

    init(limits: DeliveryLimits = DeliveryLimits()) { scheduler = DeliveryScheduler(limits: limits) }

    /// Takes steps until there is none, or `byteLimit` bytes have left; at most `packet` bytes per step.
    @discardableResult
    func pump(now: Instant = .zero, byteLimit: Int = .max, packet: Int = .max) -> Int {
        var sent = 0
        while sent < byteLimit {
            switch scheduler.next(into: &payloads, now: now) {
            case .nothing: return sent
            case .open(let token, let opening):
                if credit <= 0 {
                    scheduler.noStreamCredit(token)
                    continue
                }
                credit -= 1
                indexByToken[token] = streams.count
                streams.append(DeliveredStream(opening: opening, shape: shape))
                scheduler.streamOpened(token, header: Payload(DeliveredStream.header(of: opening)))
            case .bytes(let token, let fin):
                sent += take(token, fin: fin, atMost: min(packet, byteLimit - sent))
            case .reset(let token, let code):
                if let index = indexByToken[token] { streams[index].end = .reset(code) }
            case .datagram(_, let datagram): datagrams.append(datagram)
            case .subscriptionEnded(let id, let status, let count): ended.append((id, status, count))
            }
        }
        return sent
    }

    private func take(_ token: DeliveryStreamToken, fin: Bool, atMost limit: Int) -> Int {
        guard let index = indexByToken[token] else { return 0 }
        let bytes = payloads.flatMap(\.bytes)
        let count = min(bytes.count, limit)
        let takesFin = fin && count == bytes.count
        streams[index].bytes += bytes.prefix(count)
        if takesFin { streams[index].end = .fin }
        let opening = streams[index].opening
        order.append(
            Piece(subscription: opening.subscription, group: opening.group, subgroup: opening.subgroup))
        scheduler.accepted(token, byteCount: count, fin: takesFin)
        return count
    }

    func token(of stream: Int) -> DeliveryStreamToken? { indexByToken.first { $0.value == stream }?.key }

    /// Whole objects by group, of all streams together; nil when a stream's bytes contradict themselves.
    func wholeObjects() -> [UInt64: [UInt64]]? {
        var result: [UInt64: [UInt64]] = [:]
        for stream in streams {
            guard let ids = stream.wholeObjectIDs else { return nil }
            result[stream.opening.group, default: []] += ids
        }
        return result.mapValues { $0.sorted() }
    }
}
