import MOQTModel

extension WireReader {
    /// Track properties up to the end of the message (draft-18 section 11.7). A draft that has none
    /// leaves nothing to read.
    mutating func trackProperties(_ rules: DraftRules) throws(WireError) -> TrackProperties {
        var properties = TrackProperties()
        guard rules.trackMetadataTravelsIn == .trackProperties else { return properties }
        var types = PairTypes(areDeltas: rules.propertyTypesAreDeltas)
        while !isAtEnd {
            let type = try types.decode(try varint())
            let value = try pairValue(type: type)
            try properties.set(type, value, rules)
            guard properties.other.count <= WireLimit.unknownProperties else {
                throw .protocolViolation("too many track properties")
            }
        }
        return properties
    }
}

extension TrackProperties {
    fileprivate mutating func set(
        _ type: UInt64, _ value: Property.Value, _ rules: DraftRules
    ) throws(WireError) {
        guard case .integer(let number) = value else {
            other.append(Property(type: type, value: value))
            return
        }
        switch type {
        case ParameterType.objectDeliveryTimeout:
            guard number != 0 || !rules.zeroDeliveryTimeoutIsIllegal else {
                throw .protocolViolation("delivery timeout of 0")
            }
            objectDeliveryTimeout = number
        case ParameterType.subgroupDeliveryTimeout where !rules.parameters.subgroupDeliveryTimeout.isEmpty:
            subgroupDeliveryTimeout = number
        case ParameterType.maxCacheDuration: maxCacheDuration = number
        case ParameterType.publisherPriority:
            guard let priority = UInt8(exactly: number) else {
                throw .protocolViolation("default publisher priority over 255")
            }
            defaultPublisherPriority = priority
        case ParameterType.groupOrder:
            guard number == 1 || number == 2 else { throw .protocolViolation("unknown group order") }
            groupOrder = number == 1 ? .ascending : .descending
        case ParameterType.dynamicGroups:
            guard number <= 1 else { throw .protocolViolation("dynamic groups over 1") }
            dynamicGroups = number == 1
        default: other.append(Property(type: type, value: value))
        }
    }

    /// Everything as pairs, in the order of types.
    fileprivate func pairs(_ rules: DraftRules) -> [Property] {
        var all: [Property] = []
        func add(_ type: UInt64, _ value: UInt64?) {
            if let value { all.append(Property(type: type, value: .integer(value))) }
        }
        let timeoutIsNone = objectDeliveryTimeout == 0 && rules.zeroDeliveryTimeoutIsIllegal
        add(ParameterType.objectDeliveryTimeout, timeoutIsNone ? nil : objectDeliveryTimeout)
        add(ParameterType.maxCacheDuration, maxCacheDuration)
        if !rules.parameters.subgroupDeliveryTimeout.isEmpty {
            add(ParameterType.subgroupDeliveryTimeout, subgroupDeliveryTimeout)
        }
        add(ParameterType.publisherPriority, defaultPublisherPriority.map(UInt64.init))
        add(ParameterType.groupOrder, (groupOrder?.rawValue).map(UInt64.init))
        add(ParameterType.dynamicGroups, dynamicGroups.map { $0 ? 1 : 0 })
        return (all + other).stablySorted()
    }
}

extension WireWriter {
    /// Nothing where the draft has no track properties; its parameters say what they can.
    mutating func trackProperties(_ properties: TrackProperties, _ rules: DraftRules) throws(WireError) {
        guard rules.trackMetadataTravelsIn == .trackProperties else { return }
        try pairs(properties.pairs(rules), areDeltas: rules.propertyTypesAreDeltas)
    }
}
