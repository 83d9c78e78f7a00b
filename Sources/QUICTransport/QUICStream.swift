import CNgtcp2
import Containers

/// What the connection remembers of one stream: bytes that wait or are not yet acknowledged, and credit.
final class QUICStream {
    let id: StreamID
    /// Sent and not acknowledged, then not sent.
    @exclusivity(unchecked) private var queue = RingBuffer<Payload>()
    /// Payloads at the front of `queue` that have left completely.
    private var sentPayloads: Int {
        get { Int(sentPayloadCount) }
        set { sentPayloadCount = UInt32(newValue) }
    }
    /// Bytes of the next one that have left.
    private var sentBytes: Int {
        get { Int(sentByteCount) }
        set { sentByteCount = UInt32(newValue) }
    }
    // A payload has less than 4 GiB; there are many streams.
    @exclusivity(unchecked) private var sentPayloadCount: UInt32 = 0
    @exclusivity(unchecked) private var sentByteCount: UInt32 = 0

    /// The owner has said FIN, and it has left.
    @exclusivity(unchecked) private(set) var finWanted = false
    @exclusivity(unchecked) private(set) var finSent = false
    /// Bytes have been pulled for it: it carries objects, and its queue fills again as soon as it is empty.
    @exclusivity(unchecked) private var isPulled = false
    /// Waits in the connection's queue of pushed streams.
    @exclusivity(unchecked) var isQueued = false
    /// Without credit: the send source has been told, or pushed bytes wait.
    @exclusivity(unchecked) var isBlocked = false
    var toldSourceBlocked = false
    /// We sent RESET_STREAM, or the peer's STOP_SENDING made ngtcp2 do so.
    @exclusivity(unchecked) var isSendingOver = false
    var toldStopped = false
    /// The peer reset its half, or we sent STOP_SENDING: what is left unread will never be consumed.
    var isReceivingOver = false
    /// ngtcp2 has forgotten the stream.
    @exclusivity(unchecked) var isClosed = false

    @exclusivity(unchecked) var receivedByteCount: UInt64 = 0
    @exclusivity(unchecked) var consumedByteCount: UInt64 = 0

    private let backlog: OutgoingBacklog

    init(_ id: StreamID, _ backlog: OutgoingBacklog) {
        self.id = id
        self.backlog = backlog
    }

    /// Pushed bytes, or a FIN, that have not left.
    var hasUnsent: Bool { sentPayloads < queue.count || (finWanted && !finSent) }
    /// Whether pulled bytes would overtake pushed ones.
    var hasUnsentBytes: Bool { sentPayloads < queue.count }

    func push(_ bytes: Payload, fin: Bool) {
        guard !isSendingOver, !finWanted else { return }
        if !bytes.isEmpty {
            queue.append(bytes)
            backlog.add(bytes.count)
        }
        if fin { finWanted = true }
    }

    /// Describes the unsent pushed bytes; returns how many entries of `vectors` were filled, their bytes, and
    /// whether nothing is left behind them.
    func describeUnsent(
        _ vectors: UnsafeMutablePointer<ngtcp2_vec>, capacity: Int
    ) -> (count: Int, byteCount: Int, isAll: Bool) {
        var filled = 0
        var total = 0
        var index = sentPayloads
        var skip = sentBytes
        while index < queue.count, filled < capacity, total < 65_536 {
            let payload = queue[index]
            if let address = payload.unsafeBaseAddress {
                vectors[filled] = ngtcp2_vec(
                    base: UnsafeMutablePointer(
                        mutating: (address + skip).assumingMemoryBound(to: UInt8.self)),
                    len: payload.count - skip)
                total += payload.count - skip
                filled += 1
            }
            skip = 0
            index += 1
        }
        return (filled, total, index == queue.count)
    }

    /// `count` of the unsent pushed bytes have left.
    func didSend(_ count: Int, fin: Bool) {
        var rest = count
        while rest > 0, sentPayloads < queue.count {
            let left = queue[sentPayloads].count - sentBytes
            if rest >= left {
                rest -= left
                sentPayloads += 1
                sentBytes = 0
                backlog.remove(left, payloadCount: 1)
            } else {
                sentBytes += rest
                backlog.remove(rest, payloadCount: 0)
                rest = 0
            }
        }
        if fin { finSent = true }
    }

    /// Pulled bytes have left: keeps them until they are acknowledged.
    func retain(_ payload: Payload) {
        isPulled = true
        if sentPayloads > 0, sentPayloads == queue.count,
            let merged = queue[sentPayloads - 1].merged(with: payload)
        {
            queue[sentPayloads - 1] = merged
        } else {
            queue.append(payload)
            sentPayloads += 1
        }
    }

    func didSendFin() {
        finWanted = true
        finSent = true
    }

    /// The oldest `count` bytes are acknowledged.
    func acknowledge(_ count: UInt64) {
        var rest = Int(clamping: count)
        while rest > 0, let front = queue.first {
            if sentPayloads > 0, front.count <= rest {
                rest -= front.count
                queue.popFirst()
                sentPayloads -= 1
            } else {
                let part = min(rest, front.count)
                queue[0] = front.slice(from: part)
                if sentPayloads == 0 { sentBytes = max(0, sentBytes - part) }
                rest = 0
            }
        }
        // Requests are answered once, and there may be thousands of them.
        if !isPulled, queue.isEmpty { queue.release() }
    }

    /// Forgets everything that waits or was kept. Only when ngtcp2 will not look at it again.
    func release() {
        leaveBacklog()
        queue.release()
        sentPayloads = 0
        sentBytes = 0
    }

    /// Forgets pushed bytes that have not left; the sent ones stay, since a packet in flight refers to them.
    func abandonUnsent() {
        leaveBacklog()
        finWanted = true
        finSent = true
        if sentBytes > 0, sentPayloads < queue.count {
            queue[sentPayloads] = queue[sentPayloads].slice(from: 0, count: sentBytes)
            sentPayloads += 1
            sentBytes = 0
        }
        while queue.count > sentPayloads { queue.popLast() }
    }

    private func leaveBacklog() {
        guard sentPayloads < queue.count else { return }
        var count = -sentBytes
        for index in sentPayloads..<queue.count { count += queue[index].count }
        backlog.remove(count, payloadCount: queue.count - sentPayloads)
    }
}
