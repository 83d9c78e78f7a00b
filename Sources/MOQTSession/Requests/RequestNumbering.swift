import MOQTModel
import MOQTWire

/// Request ids of both directions: whose turn, which were used, how many more the credit allows (draft-18
/// section 10.1; draft-16 sections 9.1 and 9.5 for the credit).
struct RequestNumbering {
    private let ourParity: UInt64
    private let window: UInt64

    private(set) var nextOwn: UInt64
    /// Our ids must stay below this, where the draft counts.
    private(set) var peerLimit: UInt64 = 0

    /// All of the peer's ids below this were seen (or are too old to be told apart).
    private(set) var nextOfPeer: UInt64
    private var seenAhead: Set<UInt64> = []
    /// The peer's ids must stay below this, where the draft counts.
    private(set) var ownLimit: UInt64
    private var finishedOfPeer: UInt64 = 0

    /// Ids that arrive out of order and are remembered one by one.
    private static let maximumSeenAhead = 65_536

    init(role: Setup.Role, credit: UInt64) {
        ourParity = role == .client ? 0 : 1
        window = min(max(credit, 1), 1 << 32)
        nextOwn = ourParity
        nextOfPeer = 1 - ourParity
        ownLimit = 2 * window + (1 - ourParity)
    }

    func isOurs(_ id: RequestID) -> Bool { id.value & 1 == ourParity }

    // MARK: Our requests

    mutating func takeOwn() -> RequestID {
        defer { nextOwn += 2 }
        return RequestID(nextOwn)
    }

    /// Whether the peer's credit covers this id.
    func isCovered(_ id: RequestID, rules: DraftRules) -> Bool {
        !rules.hasRequestCredit || id.value < peerLimit
    }

    mutating func initialPeerLimit(_ limit: UInt64) { peerLimit = limit }

    /// MAX_REQUEST_ID. Throws with the scope of the session when the limit does not grow.
    mutating func peerLimitRaised(to limit: UInt64) throws(SessionFailure) {
        guard limit > peerLimit else {
            throw SessionFailure(.protocolViolation, "MAX_REQUEST_ID does not grow")
        }
        peerLimit = limit
    }

    // MARK: The peer's requests

    /// Throws with the scope of the session: INVALID_REQUEST_ID, or TOO_MANY_REQUESTS beyond the credit.
    mutating func received(_ id: RequestID, rules: DraftRules) throws(SessionFailure) {
        guard !isOurs(id) else { throw SessionFailure(.invalidRequestID, "request id of the wrong parity") }
        if rules.hasRequestCredit, id.value >= ownLimit {
            throw SessionFailure(.tooManyRequests, "request id beyond MAX_REQUEST_ID")
        }
        // Where some requests have streams of their own, they may overtake those on the control stream.
        if rules.requestIDsAreSequential, rules.subscribeNamespaceTravelsOn == .controlStream {
            guard id.value == nextOfPeer else {
                throw SessionFailure(.invalidRequestID, "request id out of sequence")
            }
            nextOfPeer = nextOfPeer &+ 2
            return
        }
        guard id.value >= nextOfPeer, !seenAhead.contains(id.value) else {
            throw SessionFailure(.invalidRequestID, "request id used twice")
        }
        seenAhead.insert(id.value)
        if seenAhead.count > Self.maximumSeenAhead { forgetOlderHalf() }
        while seenAhead.remove(nextOfPeer) != nil {
            let (next, overflow) = nextOfPeer.addingReportingOverflow(2)
            guard !overflow else { break }
            nextOfPeer = next
        }
    }

    /// What is older counts as seen. Half at a time: a peer that leaves gaps does not make each request cost a
    /// search.
    private mutating func forgetOlderHalf() {
        let ordered = seenAhead.sorted()
        let kept = ordered[(ordered.count / 2)...]
        seenAhead = Set(kept)
        if let oldest = kept.first { nextOfPeer = oldest }
    }

    /// The smallest id of the peer's above every id seen.
    var firstUnseenOfPeer: UInt64 {
        guard let highest = seenAhead.max() else { return nextOfPeer }
        let (next, overflow) = highest.addingReportingOverflow(2)
        return overflow ? highest : next
    }

    /// A request of the peer's is over; returns the limit to announce when it has grown enough to be worth a
    /// message.
    mutating func finished(rules: DraftRules) -> UInt64? {
        guard rules.hasRequestCredit else { return nil }
        finishedOfPeer += 1
        let limit = 2 * (finishedOfPeer + window) + (1 - ourParity)
        guard limit - ownLimit >= max(2, window / 2) else { return nil }
        ownLimit = limit
        return limit
    }
}
