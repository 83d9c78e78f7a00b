import MOQTModel

extension WireReader {
    /// A location filter. Without a type it fills what is left to read.
    mutating func filter(_ form: DraftRules.FilterForm) throws(WireError) -> LocationFilter {
        if form == .fieldCount { return try countedFilter() }
        switch try varint() {
        case FilterType.nextGroup: return .nextGroup
        case FilterType.largestObject: return .nextObject
        case FilterType.absoluteStart: return .from(try location())
        case FilterType.absoluteRange:
            let start = try location()
            let field = try varint()
            if form == .typedWithEndDelta {
                return .range(start: start, endGroup: try endGroup(start, field), endObject: nil)
            }
            // A MUST of every draft, without a consequence named: nothing behind us can deliver such a range.
            guard field >= start.group else { throw .protocolViolation("filter ends before it starts") }
            return .range(start: start, endGroup: field, endObject: nil)
        default: throw .protocolViolation("unknown filter type")
        }
    }

    private func endGroup(_ start: Location, _ delta: UInt64) throws(WireError) -> UInt64 {
        let (group, overflow) = start.group.addingReportingOverflow(delta)
        guard !overflow else { throw .protocolViolation("filter ends beyond 64 bits") }
        return group
    }

    /// The number of fields says what they are (draft-20 section 5.1.2). The text says nothing of a fifth:
    /// what the reader leaves over ends the session, as in any value that is too long.
    private mutating func countedFilter() throws(WireError) -> LocationFilter {
        if isAtEnd { return .unfiltered }
        let first = try varint()
        if isAtEnd { return first == 0 ? .nextGroup : .relative(groupCount: first) }
        let start = Location(group: first, object: try varint())
        if isAtEnd { return start == .zero ? .nextObject : .from(start) }
        let endGroup = try endGroup(start, try varint())
        if isAtEnd {
            if start == .zero, endGroup == .max { return .from(.zero) }
            return .range(start: start, endGroup: endGroup, endObject: nil)
        }
        let endObject = try varint()
        // Not said for subscriptions; a FETCH whose end is smaller than its start ends the session too.
        guard endGroup > start.group || endObject >= start.object else {
            throw .protocolViolation("filter ends before it starts")
        }
        return .range(start: start, endGroup: endGroup, endObject: endObject)
    }
}

extension WireWriter {
    /// A filter type and its fields. An end inside a group is rounded up to the whole group: whoever needs
    /// the exact end filters again. `unfiltered` becomes AbsoluteStart {0, 0}, which means the same, because a
    /// subscription never delivers what is already past (draft-14 section 9.7).
    mutating func filter(
        _ filter: LocationFilter, _ form: DraftRules.FilterForm
    ) throws(WireError) {
        if form == .fieldCount { return try countedFilter(filter) }
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
            try varint(form == .typedWithEndDelta ? endGroup - start.group : endGroup)
        case .relative(let groupCount):
            // 1 and 0 groups back are what the old types say; further back lies the past.
            guard groupCount == 0 else { throw .notExpressible("relative filter") }
            try varint(FilterType.nextGroup)
        }
    }

    private mutating func countedFilter(_ filter: LocationFilter) throws(WireError) {
        switch filter {
        case .unfiltered: break
        // Two fields of 0 mean something else: {0, 0} to the last group there can be.
        case .from(.zero):
            try location(.zero)
            try varint(.max)
        case .nextGroup: try varint(0)
        case .relative(let groupCount): try varint(groupCount)
        case .nextObject: try location(.zero)
        case .from(let start): try location(start)
        case .range(let start, let endGroup, let endObject):
            guard endGroup > start.group || (endGroup == start.group && endObject ?? .max >= start.object)
            else { throw .notExpressible("filter ends before it starts") }
            try location(start)
            try varint(endGroup - start.group)
            if let endObject { try varint(endObject) }
        }
    }
}
