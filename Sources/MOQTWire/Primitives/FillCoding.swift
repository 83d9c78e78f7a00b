import MOQTModel

/// FILL_PARAMETERS (draft-20 section 10.2.15): a block of message parameters in their own forms, without a count, whose types begin at
/// 0 again. Any other parameter in it ends the session.
extension WireReader {
    /// Reads to the end of the value.
    mutating func fillParameters(_ rules: DraftRules) throws(WireError) -> FillParameters {
        var types = PairTypes(areDeltas: true)
        var fill = FillParameters()
        var previous: UInt64?
        while !isAtEnd {
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
