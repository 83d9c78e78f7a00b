import Containers
import MOQTModel

/// Parses a FETCH stream as its bytes arrive (draft-18 section 11.4.4).
///
/// Used like `SubgroupParser`. What it throws has the scope of the session.
public struct FetchParser {
    private enum Item {
        case object(FetchObjectHeader, flags: UInt64?)
        case gap(FetchGap, Location)
    }

    private let rules: DraftRules
    private let order: GroupOrder
    private let typeIsTaken: Bool
    private var framing = ObjectFraming()
    private var prior = FetchPrior()
    /// The serialization flags of the last object or marker; nil where the draft has none.
    public private(set) var lastFlags: UInt64?

    /// `order` is the one in which the fetch was asked for: some drafts count groups along it. With
    /// `typeIsTaken` the stream's type has been read already.
    public init(_ rules: DraftRules, order: GroupOrder = .ascending, typeIsTaken: Bool = false) {
        self.rules = rules
        self.order = order
        self.typeIsTaken = typeIsTaken
    }

    public mutating func feed(_ payload: Payload) { framing.gatherer.feed(payload) }

    /// The next event; nil when more bytes are needed.
    public mutating func next() throws(WireError) -> FetchEvent? {
        switch framing.phase {
        case .streamHeader:
            let typeIsTaken = typeIsTaken
            let found = try framing.gatherer.header(rules.varint) {
                (reader) throws(WireError) -> (RequestID, Range<Int>) in
                if !typeIsTaken, try reader.varint() != DataStreamKind.fetchType {
                    throw .protocolViolation("not a FETCH stream")
                }
                return (RequestID(try reader.varint()), 0..<0)
            }
            guard let found else { return nil }
            framing.streamBegan()
            return .header(found.0)
        case .objectHeader:
            return try item()
        case .payload:
            return framing.payload().map { .payload($0) }
        case .objectEnd:
            framing.objectEnded()
            return .objectEnded
        }
    }

    /// Call at FIN, with every event taken: throws when the stream ends inside a header or an object.
    public func finished() throws(WireError) {
        guard framing.isBetweenObjects else {
            throw .fetchCutShort
        }
    }

    private mutating func item() throws(WireError) -> FetchEvent? {
        let rules = rules
        let prior = prior
        let order = order
        let found = try framing.gatherer.header(rules.varint) {
            (reader) throws(WireError) -> (Item, Range<Int>) in
            rules.fetchObjects == .allFields
                ? try Self.plainObject(&reader, rules)
                : try Self.flaggedItem(&reader, rules, prior, order)
        }
        guard let (item, properties) = found else { return nil }
        switch item {
        case .gap(let gap, let location):
            self.prior.location = location
            lastFlags = gap.flags
            return .gap(gap, through: location)
        case .object(var header, let flags):
            lastFlags = flags
            if !properties.isEmpty {
                header.properties = PropertyBlock(bytes: properties, shape: rules.bodyShape)
            }
            self.prior = FetchPrior(
                location: header.location, subgroup: header.subgroup, priority: header.priority)
            framing.objectBegan(payloadByteCount: header.payloadByteCount)
            return .objectBegan(header)
        }
    }

    /// Every field, always. An object that was a datagram has its own id as subgroup.
    private static func plainObject(
        _ reader: inout WireReader, _ rules: DraftRules
    ) throws(WireError) -> (Item, Range<Int>) {
        let group = try reader.varint()
        let subgroup = try reader.varint()
        let object = try reader.varint()
        let priority = try reader.u8()
        let properties = try reader.propertyBlock()
        let (status, payloadByteCount) = try end(&reader, rules, properties, hasStatus: true)
        let header = FetchObjectHeader(
            location: Location(group: group, object: object), subgroup: subgroup, priority: priority,
            status: status, payloadByteCount: payloadByteCount)
        return (.object(header, flags: nil), properties)
    }

    private static func flaggedItem(
        _ reader: inout WireReader, _ rules: DraftRules, _ prior: FetchPrior, _ order: GroupOrder
    ) throws(WireError) -> (Item, Range<Int>) {
        let hasByteFlags = rules.fetchObjects == .byteFlagsWithStatus
        let flags = hasByteFlags ? UInt64(try reader.u8()) : try reader.varint()
        if !hasByteFlags {
            // The markers' locations are read as absolute in every draft, as every implementation does: the
            // text keeps "Group ID and Object ID" where the figure says "Delta". No payload length follows.
            if let gap = FetchGap(flags: flags), gap != .timedOut || rules.fetchHasTimedOutRanges {
                return (.gap(gap, try reader.location()), 0..<0)
            }
        }
        guard flags < (hasByteFlags ? 0x40 : 0x80) else {
            throw .protocolViolation("unknown serialization flags")
        }
        let group = flags & FetchFlags.group != 0 ? try reader.varint() : nil
        let isDatagram = flags & FetchFlags.datagram != 0
        let mode = flags & FetchFlags.subgroupMode
        var subgroup: UInt64?
        if !isDatagram {
            subgroup =
                mode == FetchFlags.subgroupIsExplicit ? try reader.varint() : try self.subgroup(mode, prior)
        }
        let object = flags & FetchFlags.object != 0 ? try reader.varint() : nil
        let location =
            rules.fetchObjects == .flagsDelta
            ? try deltaLocation(group, object, prior, order) : try absoluteLocation(group, object, prior)
        let priority = flags & FetchFlags.priority != 0 ? try reader.u8() : prior.priority
        guard let priority else { throw .protocolViolation("no prior priority") }
        let properties = flags & FetchFlags.properties != 0 ? try reader.propertyBlock() : 0..<0
        let (status, payloadByteCount) = try end(&reader, rules, properties, hasStatus: hasByteFlags)
        let header = FetchObjectHeader(
            location: location, subgroup: subgroup, priority: priority, status: status,
            payloadByteCount: payloadByteCount)
        return (.object(header, flags: flags), properties)
    }

    private static func end(
        _ reader: inout WireReader, _ rules: DraftRules, _ properties: Range<Int>, hasStatus: Bool
    ) throws(WireError) -> (ObjectStatus, UInt64) {
        let payloadByteCount = try reader.varint()
        guard hasStatus, payloadByteCount == 0 else { return (.normal, payloadByteCount) }
        return (try reader.objectStatus(rules, hasProperties: !properties.isEmpty), 0)
    }

    private static func subgroup(_ mode: UInt64, _ prior: FetchPrior) throws(WireError) -> UInt64 {
        guard mode != 0 else { return 0 }
        guard let subgroup = prior.subgroup else { throw .protocolViolation("no prior subgroup") }
        guard mode == FetchFlags.subgroupIsNext else { return subgroup }
        let (next, overflow) = subgroup.addingReportingOverflow(1)
        guard !overflow else { throw .protocolViolation("subgroup id beyond 64 bits") }
        return next
    }

    private static func absoluteLocation(
        _ group: UInt64?, _ object: UInt64?, _ prior: FetchPrior
    ) throws(WireError) -> Location {
        if let group, let object { return Location(group: group, object: object) }
        guard let last = prior.location else { throw .protocolViolation("no prior object") }
        if let object { return Location(group: group ?? last.group, object: object) }
        return Location(group: group ?? last.group, object: try next(last.object, 1))
    }

    /// Groups count one more than their difference, objects within a group do not.
    private static func deltaLocation(
        _ group: UInt64?, _ object: UInt64?, _ prior: FetchPrior, _ order: GroupOrder
    ) throws(WireError) -> Location {
        guard let last = prior.location else {
            guard let group, let object else { throw .protocolViolation("no prior object") }
            return Location(group: group, object: object)
        }
        guard let group else {
            return Location(group: last.group, object: try next(last.object, object ?? 1))
        }
        let (step, overflow) = group.addingReportingOverflow(1)
        let (id, overflowToo) =
            order == .ascending
            ? last.group.addingReportingOverflow(step) : last.group.subtractingReportingOverflow(step)
        guard !overflow, !overflowToo else { throw .protocolViolation("group id beyond 64 bits") }
        if let object { return Location(group: id, object: object) }
        return Location(group: id, object: try next(last.object, 1))
    }

    private static func next(_ object: UInt64, _ step: UInt64) throws(WireError) -> UInt64 {
        let (id, overflow) = object.addingReportingOverflow(step)
        guard !overflow else { throw .protocolViolation("object id beyond 64 bits") }
        return id
    }
}
