import Containers
import MOQTModel
import MOQTWire
import RelayCore

/// One FETCH, or one fill of a subscription, that is being answered: its place in the log, and the few bytes that are
/// next on its stream.
struct FetchCursor {
    /// Named by the stream's header; for a fill the SUBSCRIBE's or the REQUEST_UPDATE's.
    let request: RequestID
    /// nil for a FETCH.
    let fill: Fill?
    let log: TrackLog
    var subscriberPriority: UInt8
    /// Of the object that is next.
    var publisherPriority: UInt8
    var stream: StreamID?
    /// Objects that do not pass are left out (draft-19 section 5.1.3).
    var filters: [RangeFilter] = []
    var isBlocked = false
    /// Everything has left, its end included.
    var isFinished = false
    /// When it was served last: the least recent of equals is next.
    var turn: UInt64 = 0
    /// The group of the object that is next.
    private(set) var group: UInt64
    /// What is left will not come: the stream is to be reset once `pieces` is empty.
    private(set) var failure: StreamResetCode?
    /// Since when the next object is not whole.
    private(set) var waitingSince: Instant?
    /// How long was waited before.
    private var waitedNanoseconds: UInt64 = 0
    /// FILL_TIMEOUT: the milliseconds that may be spent on waiting in all.
    private let fillTimeout: UInt64?
    /// Upstream has not brought it in time.
    private(set) var hasGivenUp = false

    var walk: LogFetch
    var encoder: FetchEncoder
    let rules: DraftRules
    /// What is served, as far as the log knows it.
    let asked: FetchRange

    // What comes from upstream.

    /// What the log lacks is asked of upstream.
    let asksUpstream: Bool
    /// FETCH_OK says what upstream's says.
    let answersAsUpstream: Bool
    /// FETCH_OK has been sent.
    var isAccepted: Bool
    /// Upstream has to be asked for this next.
    var lacking: FetchRange?
    /// Upstream could not be asked, or knew nothing of it.
    var unknown: FetchRange?
    /// Feeds the stream until it is drained.
    var pipe: FetchPipe?
    /// Payload bytes that the object from upstream still lacks.
    var objectRemaining: UInt64 = 0
    /// A filter of the peer's leaves that object out.
    var isLeftOut = false

    /// The next bytes: headers, and payloads shared with the log. Refilled only when all have left.
    private var pieces: [Payload]
    private var firstPiece = 0
    private var firstOffset = 0
    /// The first object has been looked for: it says how urgent the stream's header is.
    private var hasBegun = false
    /// Nothing follows `pieces`.
    private var isComplete = false

    /// Bytes and pieces that one refill gathers from small objects; a larger object comes whole.
    private static let refillByteCount = 16 * 1024
    private static let refillPieceCount = 24

    /// What a fill has from its subscription.
    struct Fill {
        var subscription: RequestID
        /// Its groups come in the order of the subscription's.
        var hasOrderOfSubscription: Bool
        /// It has named no priority of its own.
        var hasPriorityOfSubscription: Bool
    }

    /// `fillTimeout`: milliseconds; nil where nothing was said. A fill has no answer that would have to wait.
    init(
        request: RequestID, fill: Fill? = nil, log: TrackLog, plan: FetchPlan, order: GroupOrder,
        subscriberPriority: UInt8, fillTimeout: UInt64? = nil, rules: DraftRules, header: Payload,
        upstream: FetchUpstream = .none
    ) {
        asked = FetchRange(start: plan.start, end: plan.end)
        asksUpstream = upstream != .none
        answersAsUpstream = upstream == .everything
        isAccepted = fill != nil || upstream == .none || (upstream == .gaps && !plan.beginsUnknown(order))
        if upstream == .everything { lacking = asked }
        self.request = request
        self.fill = fill
        self.log = log
        self.fillTimeout = fillTimeout
        group = order == .ascending ? plan.start.group : plan.end.group
        self.subscriberPriority = subscriberPriority
        self.rules = rules
        publisherPriority = log.defaultPublisherPriority
        // Without a log of its own nothing is left to walk through.
        walk =
            upstream == .everything
            ? LogFetch(start: Location(group: 0, object: 1), end: .zero, order: order)
            : LogFetch(start: plan.start, end: plan.end, order: order)
        encoder = FetchEncoder(rules, order: order)
        pieces = [header]
    }

    var order: GroupOrder { walk.order }
    /// Lower first.
    var urgency: UInt64 { UInt64(subscriberPriority) << 8 | UInt64(publisherPriority) }
    var hasBytes: Bool { firstPiece < pieces.count }
    /// Bytes, or the end of the stream, or its failure.
    var isReady: Bool {
        !isBlocked && !isFinished && isAccepted && (hasBytes || isComplete || failure != nil)
    }

    /// Looks for the next objects when everything has left. `scratch` is reused.
    mutating func refill(
        _ scratch: inout [Payload], _ writer: inout WireWriter, _ slab: inout SlabWriter, now: Instant
    ) {
        guard !hasBytes || !hasBegun, !isComplete, failure == nil, lacking == nil else { return }
        if hasBegun {
            pieces.removeAll(keepingCapacity: true)
            firstPiece = 0
            firstOffset = 0
        }
        var isFirst = true
        hasBegun = true
        var byteCount = 0
        while byteCount < Self.refillByteCount, pieces.count < Self.refillPieceCount {
            writer.removeAll()
            do throws(WireError) {
                if let pipe {
                    switch try nextFromPipe(pipe, &writer, &slab) {
                    case .went, .over: endWaiting(now)
                    case .waits:
                        waitingSince = waitingSince ?? now
                        return
                    }
                    if failure != nil { return }
                    byteCount = pieces.reduce(0) { $0 + $1.count }
                    continue
                }
                if let range = unknown {
                    unknown = nil
                    guard try encodeUnknown(range, &writer) else { return }
                    append(slab.copy(writer.bytes))
                    continue
                }
                switch walk.next(in: log, payloads: &scratch) {
                case .object(let object):
                    endWaiting(now)
                    guard try encode(object, &writer) else { continue }
                    if isFirst {
                        publisherPriority = object.priority ?? log.defaultPublisherPriority
                        group = object.location.group
                    }
                    isFirst = false
                case .unknown:
                    if asksUpstream, !hasGivenUp {
                        lacking = walk.unknownRange
                        return
                    }
                    guard try encodeUnknown(walk.unknownRange, &writer) else { return }
                case .waiting(let location):
                    guard hasLostPatience(now) else {
                        waitingSince = waitingSince ?? now
                        return
                    }
                    guard mayLeaveOut else {
                        failure = .unknownObjectStatus
                        return
                    }
                    walk.leaveOut(location)
                    try encoder.gap(.timedOut, through: sayable(location), into: &writer)
                case .finished:
                    isComplete = true
                    return
                }
            } catch {
                // The draft cannot say it, so the rest is lost to this peer.
                failure = .internalError
                return
            }
            pieces.append(slab.copy(writer.bytes))
            pieces.append(contentsOf: scratch)
            byteCount = pieces.reduce(0) { $0 + $1.count }
        }
    }

    mutating func append(_ piece: Payload) { pieces.append(piece) }

    /// False when the draft has no word for it: the FETCH breaks off.
    private mutating func encodeUnknown(
        _ range: FetchRange, _ writer: inout WireWriter
    ) throws(WireError) -> Bool {
        guard !rules.fetchObjects.hasStatus else {
            failure = .unknownObjectStatus
            return false
        }
        // Where nobody may be asked, or has not answered in time, it is time that lacks.
        let gap = hasGivenUp || fillTimeout == 0 ? FetchGap.timedOut : .unknown
        let location = walk.order == .ascending ? range.end : range.start
        try encoder.gap(gap, through: sayable(location), into: &writer)
        return true
    }

    private func sayable(_ location: Location) -> Location {
        Location(group: location.group, object: min(location.object, rules.varint.maximum))
    }

    // MARK: Patience

    /// Nobody said how long to wait, so what does not come breaks a FETCH off where the draft has no word for it.
    private var mayLeaveOut: Bool {
        !rules.fetchObjects.hasStatus && (rules.fetchHasTimedOutRanges || fillTimeout != nil)
    }

    /// The whole budget is used up (draft-20 section 10.2.5): what else is not there is left out at once.
    private func hasLostPatience(_ now: Instant) -> Bool {
        let (asked, overflow) = (fillTimeout ?? .max).multipliedReportingOverflow(by: 1_000_000)
        let budget = min(overflow ? .max : asked, FetchDelivery.patience)
        let current = waitingSince.map { now.nanoseconds &- $0.nanoseconds } ?? 0
        return waitedNanoseconds &+ current >= budget
    }

    private mutating func endWaiting(_ now: Instant) {
        guard let since = waitingSince else { return }
        waitingSince = nil
        waitedNanoseconds &+= now.nanoseconds &- since.nanoseconds
    }

    /// Leaves what upstream has not brought in time, and gives it back to be abandoned.
    mutating func checkPatience(now: Instant) -> FetchPipe? {
        guard let pipe, waitingSince != nil, hasLostPatience(now) else { return nil }
        endWaiting(now)
        self.pipe = nil
        hasGivenUp = true
        if objectRemaining > 0 || !mayLeaveOut {
            fail(.unknownObjectStatus)
        } else {
            unknown = pipe.range
        }
        return pipe
    }

    // MARK: Bytes

    /// False when the draft says it by leaving it out.
    private mutating func encode(
        _ object: KeptObject, _ writer: inout WireWriter
    ) throws(WireError) -> Bool {
        guard object.header.status == .normal || rules.fetchObjects.hasStatus else { return false }
        guard filters.isEmpty || passes(object) else { return false }
        let properties = object.header.properties
        try encoder.objectHeader(
            FetchObjectHeader(
                location: object.location, subgroup: object.subgroup,
                priority: object.priority ?? log.defaultPublisherPriority, status: object.header.status,
                payloadByteCount: object.header.payloadByteCount,
                properties: properties?.bytes.isEmpty == false ? properties : nil),
            into: &writer)
        return true
    }

    func passes(_ object: KeptObject) -> Bool {
        filters.pass { filter in
            switch filter.kind {
            case .subgroup: object.subgroup
            case .objectID: object.location.object
            case .publisherPriority: UInt64(object.priority ?? log.defaultPublisherPriority)
            case .objectProperty:
                if let type = filter.propertyType, let properties = object.header.properties {
                    PropertyTranscoder.integer(type, in: properties)
                } else {
                    nil
                }
            case .trackProperty: nil
            }
        }
    }

    /// Appends the next bytes; true when the stream ends with them.
    func fill(_ payloads: inout [Payload], byteCount limit: Int, pieceCount: Int) -> Bool {
        var room = limit
        var index = firstPiece
        var offset = firstOffset
        while index < pieces.count, room > 0, payloads.count < pieceCount {
            let count = min(room, pieces[index].count - offset)
            payloads.append(pieces[index].slice(from: offset, count: count))
            room -= count
            if offset + count < pieces[index].count { return false }
            index += 1
            offset = 0
        }
        return index == pieces.count && isComplete
    }

    /// The transport took the first bytes of what `fill` gave.
    mutating func accepted(byteCount: Int) {
        var left = byteCount
        while firstPiece < pieces.count {
            let there = pieces[firstPiece].count - firstOffset
            if there > left {
                firstOffset += left
                return
            }
            left -= there
            firstPiece += 1
            firstOffset = 0
        }
    }

    mutating func fail(_ code: StreamResetCode) { failure = failure ?? code }
}
