public import MOQTModel

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
        try properties.searchImmutable(rules)
        return properties
    }
}

extension TrackProperties {
    /// Without the values that come from inside IMMUTABLE_PROPERTIES.
    public var mutable: TrackProperties {
        var properties = self
        for type in immutableTypes {
            switch type {
            case ParameterType.objectDeliveryTimeout: properties.objectDeliveryTimeout = nil
            case ParameterType.subgroupDeliveryTimeout: properties.subgroupDeliveryTimeout = nil
            case ParameterType.maxCacheDuration: properties.maxCacheDuration = nil
            case ParameterType.publisherPriority: properties.defaultPublisherPriority = nil
            case ParameterType.groupOrder: properties.groupOrder = nil
            case ParameterType.dynamicGroups: properties.dynamicGroups = nil
            default: break
            }
        }
        return properties
    }

    /// Values that do not stand among the mutable properties are looked for among the immutable ones (draft-19
    /// section 12.7). A block that is no pairs says nothing; it is carried like any bytes.
    fileprivate mutating func searchImmutable(_ rules: DraftRules) throws(WireError) {
        guard let block = immutableBlock,
            let pairs = try? PropertyTranscoder.properties(block, in: rules.bodyShape)
        else { return }
        immutableShape = rules.bodyShape
        var inner = TrackProperties()
        for pair in pairs { try inner.set(pair.type, pair.value, rules) }
        adopt(\.objectDeliveryTimeout, of: inner, ParameterType.objectDeliveryTimeout)
        adopt(\.subgroupDeliveryTimeout, of: inner, ParameterType.subgroupDeliveryTimeout)
        adopt(\.maxCacheDuration, of: inner, ParameterType.maxCacheDuration)
        adopt(\.defaultPublisherPriority, of: inner, ParameterType.publisherPriority)
        adopt(\.groupOrder, of: inner, ParameterType.groupOrder)
        adopt(\.dynamicGroups, of: inner, ParameterType.dynamicGroups)
    }

    private mutating func adopt<Value>(
        _ path: WritableKeyPath<TrackProperties, Value?>, of inner: TrackProperties, _ type: UInt64
    ) {
        guard self[keyPath: path] == nil, let value = inner[keyPath: path] else { return }
        self[keyPath: path] = value
        immutableTypes.insert(type)
    }

    private var immutableBlock: [UInt8]? {
        for property in other where property.type == ParameterType.immutableProperties {
            if case .bytes(let bytes) = property.value { return bytes }
        }
        return nil
    }

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
            guard let value, !immutableTypes.contains(type) else { return }
            all.append(Property(type: type, value: .integer(value)))
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
        return (all + other.map { rewritten($0, rules.bodyShape) }).stablySorted()
    }

    /// IMMUTABLE_PROPERTIES for a draft that writes pairs differently; one that is no pairs stays as it is.
    private func rewritten(_ property: Property, _ shape: WireShape) -> Property {
        guard property.type == ParameterType.immutableProperties, let immutableShape, immutableShape != shape,
            case .bytes(let bytes) = property.value,
            let inner = try? PropertyTranscoder.transcode(bytes, from: immutableShape, to: shape)
        else { return property }
        return Property(type: property.type, value: .bytes(inner))
    }
}

extension WireWriter {
    /// Nothing where the draft has no track properties; its parameters say what they can.
    mutating func trackProperties(_ properties: TrackProperties, _ rules: DraftRules) throws(WireError) {
        guard rules.trackMetadataTravelsIn == .trackProperties else { return }
        try pairs(properties.pairs(rules), areDeltas: rules.propertyTypesAreDeltas)
    }
}
