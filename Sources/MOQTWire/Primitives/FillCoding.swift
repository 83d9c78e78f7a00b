import MOQTModel

/// FILL_PARAMETERS (draft-20 section 10.2.15): message parameters behind their count, in their own forms, their
/// types beginning at 0 again. Any other parameter in it ends the session.
///
/// The count is not in the text that we have. Message parameters do not say how long they are, so the drafts bound
/// every block of them by a count, and the pull request that made these message parameters (#1868) has them
/// "encoded as such"; moq-dev, which was written from the published draft, sends `01 21 01 01` for one filter.
/// A fill without settings of its own is therefore written as one byte, the count 0. Read, a value without any
/// byte means the same: it cannot mean anything else, and it is what the text before that pull request says.
extension WireReader {
    /// Reads to the end of the value.
    mutating func fillParameters(_ rules: DraftRules) throws(WireError) -> FillParameters {
        var types = PairTypes(areDeltas: true)
        var fill = FillParameters()
        if isAtEnd { return fill }
        let count = try varint()
        // Each of the four at most once, so a count from a peer never makes us loop for long.
        guard count <= 4 else { throw .protocolViolation("more parameters than FILL_PARAMETERS may hold") }
        var previous: UInt64?
        for _ in 0..<count {
            let type = try types.decode(try varint())
            guard type != previous else { throw .protocolViolation("duplicate parameter") }
            previous = type
            switch type {
            case ParameterType.fillTimeout: fill.fillTimeout = try varint()
            case ParameterType.subscriberPriority: fill.subscriberPriority = try u8()
            case ParameterType.filter: fill.filter = try filterParameter(rules)
            case ParameterType.groupOrder: fill.groupOrder = try groupOrder()
            default: throw .protocolViolation("parameter not allowed in FILL_PARAMETERS")
            }
        }
        return fill
    }
}

extension WireWriter {
    mutating func fillParameters(_ fill: FillParameters, _ rules: DraftRules) throws(WireError) {
        var types = PairTypes(areDeltas: true)
        let isPresent = [
            fill.fillTimeout != nil, fill.subscriberPriority != nil, fill.filter != nil,
            fill.groupOrder != nil,
        ]
        try varint(UInt64(isPresent.count { $0 }))
        if let timeout = fill.fillTimeout {
            try varint(try types.encode(ParameterType.fillTimeout))
            try varint(timeout)
        }
        if let priority = fill.subscriberPriority {
            try varint(try types.encode(ParameterType.subscriberPriority))
            u8(priority)
        }
        if let filter = fill.filter {
            // Without fields: the whole track, where an absent filter means the subscription's.
            try varint(try types.encode(ParameterType.filter))
            var value = WireWriter(varint: rules.varint)
            try value.filter(filter, rules.filterForm)
            try lengthPrefixed(value.bytes)
        }
        if let order = fill.groupOrder {
            try varint(try types.encode(ParameterType.groupOrder))
            u8(order.rawValue)
        }
    }
}
