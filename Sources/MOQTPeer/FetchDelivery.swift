import Containers
import MOQTModel
import MOQTWire
import RelayCore

/// The FETCHes and fills of one peer that are being answered, each on a stream of its own.
///
/// Pulled at packet time like subscriptions: of those that have something, the most urgent by subscriber priority and
/// publisher priority is next, and equals take turns. Between a FETCH and a subscription the same numbers
/// decide, and equals alternate (draft-18 section 7.2 leaves that order to us and wants both to get on); only between a
/// fill and its own subscription the draft says who is first (draft-20 section 7.2).
struct FetchDelivery {
    private var cursors: [FetchCursor] = []
    private var scratch: [Payload] = []
    private var writer: WireWriter?
    private var slab = SlabWriter(slabCapacity: 16 * 1024)
    private var turn: UInt64 = 0
    /// The last bytes of the connection were a FETCH's: an equally urgent subscription is next.
    var hadLastTurn = false
    /// The peer allows no further stream for now.
    var lacksStreamCredit = false

    /// Streams that were opened for fills, by subscription: PUBLISH_DONE counts them.
    private var openedFills: [RequestID: UInt64] = [:]

    /// FETCHes and fills that one session may have open; further FETCHes are to be refused, further fills fail.
    static let maximumCount = 64
    /// Nanoseconds that may be spent on waiting before the FETCH, or what it waits for, is given up.
    static let patience: UInt64 = 10_000_000_000

    var isEmpty: Bool { cursors.isEmpty }
    var count: Int { cursors.count }

    func contains(_ request: RequestID) -> Bool { index(of: request) != nil }
    mutating func add(_ cursor: FetchCursor) { cursors.append(cursor) }
    mutating func removeAll() {
        let all = cursors
        cursors.removeAll()
        openedFills.removeAll()
        for cursor in all { cursor.pipe?.abandon() }
    }

    mutating func remove(_ request: RequestID) -> FetchCursor? {
        guard let index = index(of: request) else { return nil }
        let cursor = cursors.remove(at: index)
        cursor.pipe?.abandon()
        return cursor
    }

    /// The FETCH for which upstream has to be asked next.
    var lacking: FetchCursor? { cursors.first { $0.lacking != nil } }

    /// One that waited for upstream and what becomes of it now.
    mutating func nextDecision() -> (FetchCursor, FetchDecision)? {
        for index in cursors.indices {
            guard let decision = cursors[index].decision() else { continue }
            if case .accept = decision { cursors[index].isAccepted = true }
            return (cursors[index], decision)
        }
        return nil
    }

    func request(on stream: StreamID) -> RequestID? { cursors.first { $0.stream == stream }?.request }

    mutating func change(_ request: RequestID, _ body: (inout FetchCursor) -> Void) {
        if let index = index(of: request) { body(&cursors[index]) }
    }

    mutating func setBlocked(_ stream: StreamID, _ isBlocked: Bool) {
        for index in cursors.indices where cursors[index].stream == stream {
            cursors[index].isBlocked = isBlocked
        }
    }

    /// The FETCH whose bytes, end or failure should leave next; nil when none has any.
    mutating func mostUrgent(_ rules: DraftRules, now: Instant) -> FetchCursor? {
        var writer = writer ?? WireWriter(varint: rules.varint, reserving: 256)
        self.writer = nil
        defer { self.writer = writer }
        var best: Int?
        for index in cursors.indices {
            if lacksStreamCredit, cursors[index].stream == nil { continue }
            cursors[index].refill(&scratch, &writer, &slab, now: now)
            guard cursors[index].isReady else { continue }
            if let best,
                (cursors[best].urgency, cursors[best].turn) <= (cursors[index].urgency, cursors[index].turn)
            {
                continue
            }
            best = index
        }
        return best.map { cursors[$0] }
    }

    /// The transport took bytes of a FETCH.
    mutating func accepted(_ request: RequestID, byteCount: Int, fin: Bool) {
        guard let index = index(of: request) else { return }
        turn &+= 1
        cursors[index].turn = turn
        cursors[index].accepted(byteCount: byteCount)
        cursors[index].isFinished = fin
    }

    /// One that has left to its end.
    var finished: RequestID? { cursors.first { $0.isFinished }?.request }

    /// Gives up what has been waited for too long; whether one of them wants to be looked at again, and what has to be
    /// abandoned.
    mutating func checkDeadlines(now: Instant) -> (wantsToSend: Bool, left: [FetchPipe]) {
        var result: (wantsToSend: Bool, left: [FetchPipe]) = (false, [])
        for index in cursors.indices where cursors[index].waitingSince != nil {
            result.wantsToSend = true
            if let pipe = cursors[index].checkPatience(now: now) { result.left.append(pipe) }
        }
        return result
    }

    // MARK: Fills

    func hasFill(of subscription: RequestID) -> Bool {
        cursors.contains { $0.fill?.subscription == subscription }
    }

    func fills(of subscription: RequestID) -> [RequestID] {
        cursors.compactMap { $0.fill?.subscription == subscription ? $0.request : nil }
    }

    /// The stream of a FETCH or a fill exists.
    mutating func opened(_ request: RequestID, _ stream: StreamID) {
        guard let index = index(of: request) else { return }
        cursors[index].stream = stream
        if let fill = cursors[index].fill { openedFills[fill.subscription, default: 0] += 1 }
    }

    /// The subscription is over: how many streams its fills had.
    mutating func takeFillCount(of subscription: RequestID) -> UInt64 {
        openedFills.removeValue(forKey: subscription) ?? 0
    }

    /// The subscription's priority changed: so does that of fills without one of their own.
    mutating func prioritizeFills(of subscription: RequestID, _ priority: UInt8) {
        for index in cursors.indices {
            guard let fill = cursors[index].fill, fill.subscription == subscription,
                fill.hasPriorityOfSubscription
            else { continue }
            cursors[index].subscriberPriority = priority
        }
    }

    private func index(of request: RequestID) -> Int? { cursors.firstIndex { $0.request == request } }
}
