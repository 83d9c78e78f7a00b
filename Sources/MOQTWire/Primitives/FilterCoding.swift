import MOQTModel

extension WireReader {
    /// A filter type and its fields.
    mutating func filter(_ end: DraftRules.FilterEnd) throws(WireError) -> LocationFilter {
        switch try varint() {
        case FilterType.nextGroup: return .nextGroup
        case FilterType.largestObject: return .nextObject
        case FilterType.absoluteStart: return .from(try location())
        case FilterType.absoluteRange:
            let start = try location()
            let field = try varint()
            switch end {
            case .absoluteGroup:
                // A MUST of every draft, without a consequence named: nothing behind us can deliver such a range.
                guard field >= start.group else { throw .protocolViolation("filter ends before it starts") }
                return .range(start: start, endGroup: field, endObject: nil)
            case .groupDelta:
                let (group, overflow) = start.group.addingReportingOverflow(field)
                guard !overflow else { throw .protocolViolation("filter ends beyond 64 bits") }
                return .range(start: start, endGroup: group, endObject: nil)
            }
        default: throw .protocolViolation("unknown filter type")
        }
    }
}

extension WireWriter {
    /// A filter type and its fields. An end inside a group is rounded up to the whole group: whoever needs
    /// the exact end filters again. `unfiltered` becomes AbsoluteStart {0, 0}, which means the same, because a
    /// subscription never delivers what is already past (draft-14 section 9.7).
    mutating func filter(
        _ filter: LocationFilter, _ end: DraftRules.FilterEnd
    ) throws(WireError) {
        switch filter {
        case .nextGroup: try varint(FilterType.nextGroup)
        case .nextObject: try varint(FilterType.largestObject)
        case .unfiltered:
            try varint(FilterType.absoluteStart)
            try location(.zero)
        case .from(let start):
            try varint(FilterType.absoluteStart)
            try location(start)
        case .range(let start, let endGroup, _):
            guard endGroup >= start.group else { throw .notExpressible("filter ends before it starts") }
            try varint(FilterType.absoluteRange)
            try location(start)
            try varint(end == .groupDelta ? endGroup - start.group : endGroup)
        case .relative(let groupCount):
            // 1 and 0 groups back are what the old types say; further back lies the past.
            guard groupCount == 0 else { throw .notExpressible("relative filter") }
            try varint(FilterType.nextGroup)
        }
    }
}
