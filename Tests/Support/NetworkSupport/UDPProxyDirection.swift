/// One direction of a `UDPProxy`: decides each datagram's fate and keeps those that wait.
struct UDPProxyDirection {
    struct Waiting {
        var due: Int64
        var order: UInt64
        var bytes: [UInt8]
        var client: SocketAddress
    }

    /// More than this waiting means that the test floods the proxy: the rest is dropped.
    static let maximumWaiting = 65_536

    var conditions: NetworkConditions
    private(set) var counters = UDPProxyCounters()
    private var random: SplitMix64
    /// A binary heap, earliest first, equal times in order of arrival.
    private var waiting: [Waiting] = []
    private var arrivals: UInt64 = 0
    /// When the bottleneck has sent what it has taken so far.
    private var bottleneckFree: Int64 = 0

    init(conditions: NetworkConditions, seed: UInt64) {
        self.conditions = conditions
        random = SplitMix64(seed: seed)
    }

    var nextDue: Int64? { waiting.first?.due }

    mutating func datagramReceived(_ bytes: [UInt8], client: SocketAddress, now: Int64) {
        counters.received += 1
        counters.receivedByteCount += bytes.count
        if random.chance(percent: conditions.lossPercent) {
            counters.lost += 1
            return
        }
        if let limit = conditions.maximumDatagramByteCount, bytes.count > limit {
            counters.dropped += 1
            return
        }
        enqueue(bytes, client: client, now: now)
        if random.chance(percent: conditions.duplicatePercent) {
            counters.duplicated += 1
            enqueue(bytes, client: client, now: now)
        }
    }

    /// The next datagram whose time has come.
    mutating func popDue(now: Int64) -> Waiting? {
        guard let first = waiting.first, first.due <= now else { return nil }
        counters.forwarded += 1
        let last = waiting.removeLast()
        if !waiting.isEmpty { siftDown(last) }
        return first
    }

    private mutating func enqueue(_ bytes: [UInt8], client: SocketAddress, now: Int64) {
        var leaves = now
        if let rate = conditions.bytesPerSecond {
            let start = max(now, bottleneckFree)
            let backlog = Double(start - now) * Double(rate) / 1e9
            guard Int(backlog) + bytes.count <= conditions.queueByteCount else {
                counters.dropped += 1
                return
            }
            bottleneckFree = start + Int64(Double(bytes.count) * 1e9 / Double(max(rate, 1)))
            leaves = bottleneckFree
        }
        var milliseconds = conditions.delayMilliseconds
        if conditions.jitterMilliseconds > 0 {
            leaves += Int64(random.next() % (UInt64(conditions.jitterMilliseconds) * 1_000_000))
        }
        if random.chance(percent: conditions.reorderPercent) {
            counters.reordered += 1
            milliseconds += conditions.reorderMilliseconds
        }
        guard waiting.count < Self.maximumWaiting else {
            counters.dropped += 1
            return
        }
        arrivals += 1
        siftUp(
            Waiting(
                due: leaves + Int64(milliseconds) * 1_000_000, order: arrivals, bytes: bytes, client: client))
    }

    private func isEarlier(_ one: Waiting, than other: Waiting) -> Bool {
        one.due != other.due ? one.due < other.due : one.order < other.order
    }

    private mutating func siftUp(_ item: Waiting) {
        waiting.append(item)
        var index = waiting.count - 1
        while index > 0, isEarlier(item, than: waiting[(index - 1) / 2]) {
            waiting[index] = waiting[(index - 1) / 2]
            index = (index - 1) / 2
        }
        waiting[index] = item
    }

    private mutating func siftDown(_ item: Waiting) {
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < waiting.count else { break }
            if child + 1 < waiting.count, isEarlier(waiting[child + 1], than: waiting[child]) { child += 1 }
            guard isEarlier(waiting[child], than: item) else { break }
            waiting[index] = waiting[child]
            index = child
        }
        waiting[index] = item
    }
}
