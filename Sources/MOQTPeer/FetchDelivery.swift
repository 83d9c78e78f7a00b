import Containers
import MOQTModel
import MOQTWire
import RelayCore

/// The FETCHes of one peer that are being answered, each on a stream of its own.
///
/// Pulled at packet time like subscriptions: of those that have something, the most urgent by subscriber priority and
/// publisher priority is next, and equals take turns. Between a FETCH and a subscription the same numbers
/// decide, and equals alternate (draft-18 section 7.2 leaves that order to us and wants both to get on).
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

    /// FETCHes that one session may have open; further ones are to be refused.
    static let maximumCount = 64
    /// Nanoseconds that the next object may stay incomplete before the FETCH is given up.
    static let patience: UInt64 = 10_000_000_000

    var isEmpty: Bool { cursors.isEmpty }
    var count: Int { cursors.count }

    func contains(_ request: RequestID) -> Bool { index(of: request) != nil }
    mutating func add(_ cursor: FetchCursor) { cursors.append(cursor) }
    mutating func removeAll() {
        let all = cursors
        cursors.removeAll()
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

    /// Gives up FETCHes that have waited too long; true when one of them wants to be looked at again.
    mutating func checkDeadlines(now: Instant) -> Bool {
        var wantsToSend = false
        for index in cursors.indices {
            guard let since = cursors[index].waitingSince else { continue }
            wantsToSend = true
            if since.advanced(byNanoseconds: Self.patience) <= now {
                cursors[index].fail(.unknownObjectStatus)
            }
        }
        return wantsToSend
    }

    private func index(of request: RequestID) -> Int? { cursors.firstIndex { $0.request == request } }
}
