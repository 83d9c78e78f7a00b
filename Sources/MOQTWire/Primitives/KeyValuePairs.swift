import MOQTModel

extension WireReader {
    /// The value of a key-value pair: even types carry an integer, odd ones at most 65535 bytes
    /// (draft-18 section 1.4.2).
    mutating func pairValue(type: UInt64) throws(WireError) -> Property.Value {
        if type & 1 == 0 { return .integer(try varint()) }
        return .bytes(try bytes(limit: WireLimit.keyValue, "value over 65535 bytes"))
    }
}

extension WireWriter {
    /// Throws when the value's kind does not fit the type's parity.
    mutating func pair(_ property: Property, types: inout PairTypes) throws(WireError) {
        try varint(try types.encode(property.type))
        switch property.value {
        case .integer(let value) where property.type & 1 == 0:
            try varint(value)
        case .bytes(let value) where property.type & 1 == 1 && value.count <= WireLimit.keyValue:
            try lengthPrefixed(value)
        default:
            throw .notExpressible("value does not fit its type")
        }
    }

    /// Pairs without a count, sorted when the draft's types are deltas.
    mutating func pairs(_ properties: [Property], areDeltas: Bool) throws(WireError) {
        var types = PairTypes(areDeltas: areDeltas)
        for property in areDeltas ? properties.stablySorted() : properties {
            try pair(property, types: &types)
        }
    }
}

extension [Property] {
    /// By type; equal types keep their order.
    func stablySorted() -> [Property] {
        var isSorted = true
        for index in indices.dropFirst() where self[index].type < self[index - 1].type { isSorted = false }
        if isSorted { return self }
        return enumerated().sorted { ($0.element.type, $0.offset) < ($1.element.type, $1.offset) }.map(
            \.element)
    }
}
