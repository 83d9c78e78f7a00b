import Containers
import MOQTModel

/// Writes FETCH streams (draft-18 section 11.4.4). One per stream: it remembers what the next object may refer to.
public struct FetchEncoder {
    private let rules: DraftRules
    private let order: GroupOrder
    private var prior = FetchPrior()

    public init(_ rules: DraftRules, order: GroupOrder = .ascending) {
        self.rules = rules
        self.order = order
    }

    /// The stream's first bytes.
    public static func header(_ request: RequestID, _ rules: DraftRules) throws(WireError) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint)
        try writer.varint(DataStreamKind.fetchType)
        try writer.varint(request.value)
        return writer.bytes
    }

    /// Appends an object's header; the payload follows. Throws for a status or an order of objects that the
    /// draft has no form for.
    ///
    /// With `flags` the fields that they name are written instead of those of our own choice; throws when the
    /// object cannot be said with them.
    public mutating func objectHeader(
        _ header: FetchObjectHeader, flags: UInt64? = nil, into writer: inout WireWriter
    ) throws(WireError) {
        let hasStatus = rules.fetchObjects == .allFields || rules.fetchObjects == .byteFlagsWithStatus
        guard hasStatus || header.status == .normal else { throw .notExpressible("status in a FETCH") }
        guard header.status == .normal || header.payloadByteCount == 0 else {
            throw .notExpressible("status with a payload")
        }
        let properties = rules.mayHaveProperties(header.status) ? header.properties : nil
        if rules.fetchObjects == .allFields {
            try writer.varint(header.location.group)
            try writer.varint(header.subgroup ?? header.location.object)
            try writer.varint(header.location.object)
            writer.u8(header.priority)
            try PropertyTranscoder.writeBlock(properties, rules.bodyShape, into: &writer)
        } else {
            let hasProperties = properties.map { !$0.bytes.isEmpty } ?? false
            let flags = flags ?? ownFlags(header, hasProperties: hasProperties)
            try flagged(header, properties, flags, &writer)
        }
        try writer.varint(header.payloadByteCount)
        if hasStatus, header.payloadByteCount == 0 { try writer.varint(UInt64(header.status.rawValue)) }
        prior = FetchPrior(location: header.location, subgroup: header.subgroup, priority: header.priority)
    }

    /// Appends an end-of-range marker. Throws where the draft has none.
    public mutating func gap(
        _ gap: FetchGap, through location: Location, into writer: inout WireWriter
    ) throws(WireError) {
        switch rules.fetchObjects {
        case .allFields, .byteFlagsWithStatus: throw .notExpressible("end of range")
        case .flagsAbsolute, .flagsDelta: break
        }
        // Where nobody can be told of the time-out, what it left is not known.
        let gap = gap == .timedOut && !rules.fetchHasTimedOutRanges ? .unknown : gap
        try writer.varint(gap.flags)
        try writer.location(location)
        prior.location = location
    }

    private var hasByteFlags: Bool { rules.fetchObjects == .byteFlagsWithStatus }

    /// The fewest fields that say it.
    private func ownFlags(_ header: FetchObjectHeader, hasProperties: Bool) -> UInt64 {
        var flags: UInt64 = 0
        let writesGroup = header.location.group != prior.location?.group
        if writesGroup { flags |= FetchFlags.group }
        // "Prior plus one" would be allowed across groups too; peers that read it otherwise are not worth
        // the byte.
        if writesGroup || header.location.object != objectAfterPrior { flags |= FetchFlags.object }
        if let subgroup = writtenSubgroup(header) {
            if subgroup == 0 {
                flags |= 0
            } else if subgroup == prior.subgroup {
                flags |= FetchFlags.subgroupIsPrior
            } else if let last = prior.subgroup, subgroup &- 1 == last {
                flags |= FetchFlags.subgroupIsNext
            } else {
                flags |= FetchFlags.subgroupIsExplicit
            }
        } else {
            flags |= FetchFlags.datagram
        }
        if header.priority != prior.priority { flags |= FetchFlags.priority }
        if hasProperties { flags |= FetchFlags.properties }
        return flags
    }

    /// Where no flag marks a datagram, its own id stands for its subgroup.
    private func writtenSubgroup(_ header: FetchObjectHeader) -> UInt64? {
        header.subgroup ?? (hasByteFlags ? header.location.object : nil)
    }

    private func flagged(
        _ header: FetchObjectHeader, _ properties: PropertyBlock?, _ flags: UInt64, _ writer: inout WireWriter
    ) throws(WireError) {
        guard flags < (hasByteFlags ? 0x40 : 0x80) else { throw .notExpressible("serialization flags") }
        if hasByteFlags { writer.u8(UInt8(truncatingIfNeeded: flags)) } else { try writer.varint(flags) }
        let writesGroup = flags & FetchFlags.group != 0
        if writesGroup {
            try writer.varint(try groupField(header.location))
        } else {
            try claim(header.location.group == prior.location?.group)
        }
        if flags & FetchFlags.datagram == 0 { try subgroup(header, flags & FetchFlags.subgroupMode, &writer) }
        if flags & FetchFlags.object != 0 {
            try writer.varint(try objectField(header.location, groupIsWritten: writesGroup))
        } else {
            try claim(header.location.object == objectAfterPrior)
        }
        if flags & FetchFlags.priority != 0 {
            writer.u8(header.priority)
        } else {
            try claim(header.priority == prior.priority)
        }
        if flags & FetchFlags.properties != 0 {
            try PropertyTranscoder.writeBlock(properties, rules.bodyShape, into: &writer)
        } else {
            try claim(properties?.bytes.isEmpty ?? true)
        }
    }

    private func subgroup(
        _ header: FetchObjectHeader, _ mode: UInt64, _ writer: inout WireWriter
    ) throws(WireError) {
        guard let subgroup = writtenSubgroup(header) else { throw .notExpressible("serialization flags") }
        switch mode {
        case FetchFlags.subgroupIsExplicit: try writer.varint(subgroup)
        case FetchFlags.subgroupIsPrior: try claim(subgroup == prior.subgroup)
        case FetchFlags.subgroupIsNext: try claim(prior.subgroup.map { $0 &+ 1 } == subgroup)
        default: try claim(subgroup == 0)
        }
    }

    /// What a flag leaves out must follow from the object before.
    private func claim(_ holds: Bool) throws(WireError) {
        guard holds else { throw .notExpressible("serialization flags that do not fit the object") }
    }

    private var objectAfterPrior: UInt64? {
        guard let last = prior.location, last.object < .max else { return nil }
        return last.object + 1
    }

    private func groupField(_ location: Location) throws(WireError) -> UInt64 {
        guard let last = prior.location, rules.fetchObjects == .flagsDelta else { return location.group }
        let (step, overflow) =
            order == .ascending
            ? location.group.subtractingReportingOverflow(last.group)
            : last.group.subtractingReportingOverflow(location.group)
        guard !overflow, step > 0 else { throw .notExpressible("groups against the order of the fetch") }
        return step - 1
    }

    private func objectField(_ location: Location, groupIsWritten: Bool) throws(WireError) -> UInt64 {
        guard let last = prior.location, rules.fetchObjects == .flagsDelta, !groupIsWritten else {
            return location.object
        }
        guard location.object >= last.object else { throw .notExpressible("objects out of order") }
        return location.object - last.object
    }
}
