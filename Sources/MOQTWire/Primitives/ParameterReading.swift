import MOQTModel

/// Messages whose parameters come from the publisher and may describe the track.
extension MessageSet {
    static let fromPublisher: MessageSet = [.subscribeOK, .publish, .fetchOK, .requestOK]
}

extension WireReader {
    /// A count and as many message parameters (draft-18 section 10.2). Duplicates of all but the
    /// AUTHORIZATION_TOKEN end the session.
    mutating func parameters(
        _ rules: DraftRules, in message: MessageSet
    ) throws(WireError) -> DecodedParameters {
        var count = try varint()
        var types = PairTypes(areDeltas: rules.propertyTypesAreDeltas)
        var result = DecodedParameters()
        var seen: UInt64 = 0
        while count > 0 {
            count -= 1
            let type = try types.decode(try varint())
            guard rules.knows(parameter: type, in: message) else {
                guard rules.parameterForm == .keyValuePairs && rules.unknownParametersAreIgnored else {
                    throw .protocolViolation("parameter unknown or not allowed in this message")
                }
                result.parameters.keep(Property(type: type, value: try pairValue(type: type)))
                continue
            }
            if type != ParameterType.authorizationToken, RangeFilter.Kind(rawValue: type) == nil {
                // Every known type is below 64.
                let bit = UInt64(1) << type
                guard seen & bit == 0 else { throw .protocolViolation("duplicate parameter") }
                seen |= bit
            }
            if rules.trackMetadataTravelsIn != .trackProperties, !message.isDisjoint(with: .fromPublisher),
                try trackParameter(type, rules, into: &result.properties)
            {
                continue
            }
            try parameter(type, rules, into: &result.parameters)
        }
        return result
    }

    /// Drafts 14 and 15: a statement on the track; false when `type` is none.
    private mutating func trackParameter(
        _ type: UInt64, _ rules: DraftRules, into properties: inout TrackProperties
    ) throws(WireError) -> Bool {
        switch type {
        case ParameterType.objectDeliveryTimeout: properties.objectDeliveryTimeout = try varint()
        case ParameterType.maxCacheDuration: properties.maxCacheDuration = try varint()
        case ParameterType.publisherPriority:
            properties.defaultPublisherPriority = try small(rules, "publisher priority over 255")
        case ParameterType.groupOrder: properties.groupOrder = try order(rules)
        case ParameterType.dynamicGroups: properties.dynamicGroups = try bit(rules, "dynamic groups over 1")
        default: return false
        }
        return true
    }

    private mutating func parameter(
        _ type: UInt64, _ rules: DraftRules, into parameters: inout MessageParameters
    ) throws(WireError) {
        switch type {
        case ParameterType.objectDeliveryTimeout:
            let timeout = try varint()
            guard timeout != 0 || !rules.zeroDeliveryTimeoutIsIllegal else {
                throw .protocolViolation("delivery timeout of 0")
            }
            parameters.objectDeliveryTimeout = timeout
        case ParameterType.authorizationToken:
            let bytes = try lengthPrefixed(limit: WireLimit.keyValue, "value over 65535 bytes")
            guard parameters.authorizationTokens.count < WireLimit.tokens else {
                throw .protocolViolation("too many authorization tokens")
            }
            parameters.authorizationTokens.append(try AuthorizationToken(bytes, rules))
        case ParameterType.rendezvousTimeout:
            let value = try varint()
            // The other meaning of the number: a cache duration outside the messages that define it.
            if rules.parameters.rendezvousTimeout.isEmpty {
                parameters.keep(Property(type: type, value: .integer(value)))
            } else {
                parameters.rendezvousTimeout = value
            }
        case ParameterType.subgroupDeliveryTimeout: parameters.subgroupDeliveryTimeout = try varint()
        case ParameterType.expires: parameters.expires = try varint()
        case ParameterType.largestObject: parameters.largestObject = try largest(rules)
        case ParameterType.fillTimeout: parameters.fillTimeout = try varint()
        case ParameterType.forward: parameters.forward = try bit(rules, "forward over 1")
        case ParameterType.subscriberPriority:
            parameters.subscriberPriority = try small(rules, "subscriber priority over 255")
        case ParameterType.filter: parameters.filter = try filterParameter(rules)
        case ParameterType.groupOrder: parameters.groupOrder = try order(rules)
        case ParameterType.newGroupRequest: parameters.newGroupRequest = try varint()
        case ParameterType.namespacePrefix:
            parameters.namespacePrefix = try namespace(rules, mayBeEmpty: true)
        case ParameterType.fillParameters:
            let bytes = try lengthPrefixed(limit: WireLimit.keyValue, "value over 65535 bytes")
            parameters.fill = try wholeValue(bytes) { (reader) throws(WireError) in
                try reader.fillParameters(rules)
            }
        case ParameterType.includeProperties:
            parameters.includeProperties = try bit(rules, "include properties over 1")
        default:
            if let kind = RangeFilter.Kind(rawValue: type) { return try rangeFilter(kind, into: &parameters) }
            // Known, but without a meaning here (PUBLISHER_PRIORITY in a SUBSCRIBE): kept, ignored.
            parameters.keep(Property(type: type, value: try pairValue(type: type)))
        }
    }

    /// A location filter in its length prefix.
    mutating func filterParameter(_ rules: DraftRules) throws(WireError) -> LocationFilter {
        let bytes = try lengthPrefixed(limit: WireLimit.keyValue, "value over 65535 bytes")
        return try wholeValue(bytes) { (reader) throws(WireError) in try reader.filter(rules.filterForm) }
    }

    /// No bytes remove the filter. The same filter twice makes the request invalid, not the session.
    private mutating func rangeFilter(
        _ kind: RangeFilter.Kind, into parameters: inout MessageParameters
    ) throws(WireError) {
        let bytes = try lengthPrefixed(limit: WireLimit.keyValue, "value over 65535 bytes")
        if bytes.isEmpty {
            if parameters.removedRangeFilters.contains(kind) {
                parameters.hasInvalidFilter = true
            } else {
                parameters.removedRangeFilters.append(kind)
            }
            return
        }
        let found = try wholeValue(bytes) { (reader) throws(WireError) in try reader.rangeFilter(kind) }
        guard let filter = found, parameters.rangeFilters.count < WireLimit.rangeFilters,
            !parameters.rangeFilters.contains(where: {
                $0.kind == kind && $0.setID == filter.setID && $0.propertyType == filter.propertyType
            })
        else {
            parameters.hasInvalidFilter = true
            return
        }
        parameters.rangeFilters.append(filter)
    }

    /// LARGEST_OBJECT: a bare location, or one in a length prefix where parity rules.
    private mutating func largest(_ rules: DraftRules) throws(WireError) -> Location {
        if rules.parameterForm == .typed { return try location() }
        let bytes = try lengthPrefixed(limit: WireLimit.keyValue, "value over 65535 bytes")
        return try wholeValue(bytes) { (reader) throws(WireError) in try reader.location() }
    }

    /// Reads a value that must fill `bytes`.
    private func wholeValue<R>(
        _ bytes: UnsafeRawBufferPointer, _ read: (inout WireReader) throws(WireError) -> R
    ) throws(WireError) -> R {
        var reader = WireReader(bytes, varint: kind)
        let value: R
        do throws(WireError) {
            value = try read(&reader)
        } catch {
            if case .needMore = error { throw .protocolViolation("parameter too short") }
            throw error
        }
        guard reader.isAtEnd else { throw .protocolViolation("parameter too long") }
        return value
    }

    /// A number of at most 255: one byte where types have forms, else an integer.
    private mutating func small(_ rules: DraftRules, _ rule: StaticString) throws(WireError) -> UInt8 {
        if rules.parameterForm == .typed { return try u8() }
        guard let value = UInt8(exactly: try varint()) else { throw .protocolViolation(rule) }
        return value
    }

    private mutating func bit(_ rules: DraftRules, _ rule: StaticString) throws(WireError) -> Bool {
        switch try small(rules, rule) {
        case 0: return false
        case 1: return true
        default: throw .protocolViolation(rule)
        }
    }

    private mutating func order(_ rules: DraftRules) throws(WireError) -> GroupOrder {
        guard let order = GroupOrder(rawValue: try small(rules, "unknown group order")) else {
            throw .protocolViolation("unknown group order")
        }
        return order
    }
}

extension MessageParameters {
    /// Remembers what is ignored, up to a limit.
    fileprivate mutating func keep(_ property: Property) {
        if unknown.count < WireLimit.unknownPairs { unknown.append(property) }
    }
}

extension DraftRules {
    /// Whether a parameter means something in (typed drafts) or is known at all to (others) this draft.
    func knows(parameter type: UInt64, in message: MessageSet) -> Bool {
        let allowed = messages(parameter: type)
        return parameterForm == .typed ? !allowed.isDisjoint(with: message) : !allowed.isEmpty
    }

    private func messages(parameter type: UInt64) -> MessageSet {
        switch type {
        case ParameterType.objectDeliveryTimeout: parameters.objectDeliveryTimeout
        case ParameterType.authorizationToken: parameters.authorizationToken
        case ParameterType.rendezvousTimeout: parameters.rendezvousTimeout.union(parameters.maxCacheDuration)
        case ParameterType.subgroupDeliveryTimeout: parameters.subgroupDeliveryTimeout
        case ParameterType.expires: parameters.expires
        case ParameterType.largestObject: parameters.largestObject
        case ParameterType.fillTimeout: parameters.fillTimeout
        case ParameterType.publisherPriority: parameters.publisherPriority
        case ParameterType.forward: parameters.forward
        case ParameterType.subscriberPriority: parameters.subscriberPriority
        case ParameterType.filter: parameters.filter
        case ParameterType.groupOrder: parameters.groupOrder
        case ParameterType.dynamicGroups: parameters.dynamicGroups
        case ParameterType.newGroupRequest: parameters.newGroupRequest
        case ParameterType.namespacePrefix: parameters.namespacePrefix
        case ParameterType.fillParameters: parameters.fillParameters
        case ParameterType.includeProperties: parameters.includeProperties
        case RangeFilter.Kind.trackProperty.rawValue: parameters.trackPropertyFilter
        case RangeFilter.Kind.subgroup.rawValue...RangeFilter.Kind.objectProperty.rawValue:
            parameters.rangeFilters
        default: []
        }
    }
}
