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
    public mutating func objectHeader(
        _ header: FetchObjectHeader, into writer: inout WireWriter
    ) throws(WireError) {
        let hasStatus = rules.fetchObjects == .allFields || rules.fetchObjects == .byteFlagsWithStatus
        guard hasStatus || header.status == .normal else { throw .notExpressible("status in a FETCH") }
        let properties = header.status == .normal ? header.properties : nil
        if rules.fetchObjects == .allFields {
            try writer.varint(header.location.group)
            try writer.varint(header.subgroup ?? header.location.object)
            try writer.varint(header.location.object)
            writer.u8(header.priority)
            try PropertyTranscoder.writeBlock(properties, rules.bodyShape, into: &writer)
        } else {
            try flagged(header, properties, &writer)
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
        try writer.varint(gap == .nonExistent ? FetchFlags.nonExistentRange : FetchFlags.unknownRange)
        try writer.location(location)
        prior.location = location
    }

    private func flagged(
        _ header: FetchObjectHeader, _ properties: PropertyBlock?, _ writer: inout WireWriter
    ) throws(WireError) {
        let hasByteFlags = rules.fetchObjects == .byteFlagsWithStatus
        var flags: UInt64 = 0
        let group = try groupField(header.location)
        let object = try objectField(header.location, groupIsWritten: group != nil)
        if group != nil { flags |= FetchFlags.group }
        if object != nil { flags |= FetchFlags.object }
        let subgroup = header.subgroup ?? (hasByteFlags ? header.location.object : nil)
        if let subgroup {
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
        if let properties, !properties.bytes.isEmpty { flags |= FetchFlags.properties }
        if hasByteFlags { writer.u8(UInt8(truncatingIfNeeded: flags)) } else { try writer.varint(flags) }
        if let group { try writer.varint(group) }
        if let subgroup, flags & FetchFlags.subgroupMode == FetchFlags.subgroupIsExplicit {
            try writer.varint(subgroup)
        }
        if let object { try writer.varint(object) }
        if flags & FetchFlags.priority != 0 { writer.u8(header.priority) }
        if flags & FetchFlags.properties != 0 {
            try PropertyTranscoder.writeBlock(properties, rules.bodyShape, into: &writer)
        }
    }

    private func groupField(_ location: Location) throws(WireError) -> UInt64? {
        guard let last = prior.location else { return location.group }
        guard location.group != last.group else { return nil }
        guard rules.fetchObjects == .flagsDelta else { return location.group }
        let (step, overflow) =
            order == .ascending
            ? location.group.subtractingReportingOverflow(last.group)
            : last.group.subtractingReportingOverflow(location.group)
        guard !overflow else { throw .notExpressible("groups against the order of the fetch") }
        return step - 1
    }

    private func objectField(_ location: Location, groupIsWritten: Bool) throws(WireError) -> UInt64? {
        guard let last = prior.location else { return location.object }
        // "Prior plus one" would be allowed across groups too; peers that read it otherwise are not worth
        // the byte.
        if !groupIsWritten, last.object < .max, location.object == last.object + 1 { return nil }
        guard rules.fetchObjects == .flagsDelta, !groupIsWritten else { return location.object }
        guard location.object >= last.object else { throw .notExpressible("objects out of order") }
        return location.object - last.object
    }
}
