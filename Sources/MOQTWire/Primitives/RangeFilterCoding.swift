import MOQTModel

/// Range filters (draft-20 section 5.1.4) as the value of a parameter. What is wrong with one is the request's fault and
/// not the session's, so the reader gives nil for it; only bytes that end too early throw.
extension WireReader {
    /// The filter that fills what is left to read, which is not empty.
    mutating func rangeFilter(_ kind: RangeFilter.Kind) throws(WireError) -> RangeFilter? {
        var filter = RangeFilter(kind, setID: try u8(), ranges: [])
        var isValid = true
        if kind.namesProperty {
            let type = try varint()
            // Only even types are integers.
            isValid = type & 1 == 0
            filter.propertyType = type
        }
        var previous: UInt64 = 0
        while !isAtEnd {
            let (start, overflow) = previous.addingReportingOverflow(try varint())
            let isOpen = isAtEnd
            let (end, overflowToo) = isOpen ? (.max, false) : start.addingReportingOverflow(try varint())
            if overflow || overflowToo {
                isValid = false
                continue
            }
            filter.ranges.append(start...end)
            previous = end
        }
        if kind == .publisherPriority, let last = filter.ranges.last {
            // An open end is none.
            let highest = last.upperBound == .max ? last.lowerBound : last.upperBound
            if highest > UInt64(UInt8.max) { isValid = false }
        }
        return isValid && !filter.ranges.isEmpty ? filter : nil
    }
}

extension WireWriter {
    mutating func rangeFilter(_ filter: RangeFilter) throws(WireError) {
        u8(filter.setID)
        if filter.kind.namesProperty {
            guard let type = filter.propertyType, type & 1 == 0 else {
                throw .notExpressible("range filter without an even property type")
            }
            try varint(type)
        }
        var previous: UInt64 = 0
        for (index, range) in filter.ranges.enumerated() {
            guard range.lowerBound >= previous else { throw .notExpressible("ranges out of order") }
            try varint(range.lowerBound - previous)
            let isLast = index == filter.ranges.count - 1
            if range.upperBound == .max, isLast { return }
            try varint(range.upperBound - range.lowerBound)
            previous = range.upperBound
        }
    }
}
