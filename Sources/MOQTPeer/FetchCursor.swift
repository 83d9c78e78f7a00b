import Containers
import MOQTModel
import MOQTWire
import RelayCore

/// One FETCH that is being answered: its place in the log, and the few bytes that are next on its stream.
struct FetchCursor {
    let request: RequestID
    let log: TrackLog
    var subscriberPriority: UInt8
    /// Of the object that is next.
    private(set) var publisherPriority: UInt8
    var stream: StreamID?
    /// Objects that do not pass are left out (draft-19 section 5.1.3).
    var filters: [RangeFilter] = []
    var isBlocked = false
    /// Everything has left, its end included.
    var isFinished = false
    /// When it was served last: the least recent of equals is next.
    var turn: UInt64 = 0
    /// What is left will not come: the stream is to be reset once `pieces` is empty.
    private(set) var failure: StreamResetCode?
    /// Since when the next object is not whole.
    private(set) var waitingSince: Instant?

    private var walk: LogFetch
    private var encoder: FetchEncoder
    private let rules: DraftRules
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

    init(
        request: RequestID, log: TrackLog, plan: FetchPlan, order: GroupOrder, subscriberPriority: UInt8,
        rules: DraftRules, header: Payload
    ) {
        self.request = request
        self.log = log
        self.subscriberPriority = subscriberPriority
        self.rules = rules
        publisherPriority = log.defaultPublisherPriority
        walk = LogFetch(start: plan.start, end: plan.end, order: order)
        encoder = FetchEncoder(rules, order: order)
        pieces = [header]
    }

    /// Lower first.
    var urgency: UInt64 { UInt64(subscriberPriority) << 8 | UInt64(publisherPriority) }
    var hasBytes: Bool { firstPiece < pieces.count }
    /// Bytes, or the end of the stream, or its failure.
    var isReady: Bool { !isBlocked && !isFinished && (hasBytes || isComplete || failure != nil) }

    /// Looks for the next objects when everything has left. `scratch` is reused.
    mutating func refill(
        _ scratch: inout [Payload], _ writer: inout WireWriter, _ slab: inout SlabWriter, now: Instant
    ) {
        guard !hasBytes || !hasBegun, !isComplete, failure == nil else { return }
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
                switch walk.next(in: log, payloads: &scratch) {
                case .object(let object):
                    waitingSince = nil
                    guard try encode(object, &writer) else { continue }
                    if isFirst { publisherPriority = object.priority ?? log.defaultPublisherPriority }
                    isFirst = false
                case .unknown(let location):
                    guard !rules.fetchObjects.hasStatus else {
                        failure = .unknownObjectStatus
                        return
                    }
                    let limit = rules.varint.maximum
                    let end = Location(group: location.group, object: min(location.object, limit))
                    try encoder.gap(.unknown, through: end, into: &writer)
                case .waiting:
                    waitingSince = waitingSince ?? now
                    return
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

    private func passes(_ object: KeptObject) -> Bool {
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
