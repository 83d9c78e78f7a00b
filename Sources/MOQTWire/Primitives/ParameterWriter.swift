import MOQTModel

/// Collects a message's parameters in ascending order of type, then writes their count and bytes.
struct ParameterWriter {
    private let rules: DraftRules
    private let message: MessageSet
    private var types: PairTypes
    private var count: UInt64 = 0
    private var block: WireWriter

    init(_ rules: DraftRules, _ message: MessageSet) {
        self.rules = rules
        self.message = message
        types = PairTypes(areDeltas: rules.propertyTypesAreDeltas)
        block = WireWriter(varint: rules.varint)
    }

    /// Everything that the draft can say in this message. Parameters are hop by hop, so what it cannot say is
    /// left out in silence.
    mutating func all(
        _ parameters: MessageParameters, track: TrackProperties = .init()
    ) throws(WireError) {
        let metadata = rules.trackMetadataTravelsIn
        let describesTrack = metadata != .trackProperties && !message.isDisjoint(with: .fromPublisher)
        let timeout =
            describesTrack
            ? track.objectDeliveryTimeout ?? parameters.objectDeliveryTimeout
            : parameters.objectDeliveryTimeout
        if let timeout, timeout != 0 || !rules.zeroDeliveryTimeoutIsIllegal {
            try integer(ParameterType.objectDeliveryTimeout, timeout)
        }
        for token in parameters.authorizationTokens {
            try bytes(ParameterType.authorizationToken, try token.encoded(rules))
        }
        if describesTrack, let duration = track.maxCacheDuration {
            try integer(ParameterType.maxCacheDuration, duration)
        }
        if !rules.parameters.rendezvousTimeout.isEmpty, let timeout = parameters.rendezvousTimeout {
            try integer(ParameterType.rendezvousTimeout, timeout)
        }
        if let timeout = parameters.subgroupDeliveryTimeout {
            try integer(ParameterType.subgroupDeliveryTimeout, timeout)
        }
        // Where subscriptions have fixed fields these four stand there; the draft knows no such parameters.
        if let expires = parameters.expires { try integer(ParameterType.expires, expires) }
        if let largest = parameters.largestObject { try self.largest(largest) }
        if let timeout = parameters.fillTimeout { try integer(ParameterType.fillTimeout, timeout) }
        if describesTrack, let priority = track.defaultPublisherPriority {
            try small(ParameterType.publisherPriority, priority)
        }
        if let forward = parameters.forward { try small(ParameterType.forward, forward ? 1 : 0) }
        if let priority = parameters.subscriberPriority {
            try small(ParameterType.subscriberPriority, priority)
        }
        if let filter = parameters.filter, filter != .unfiltered || changesSomething {
            // Absent means unfiltered, but in an update it means unchanged.
            var value = WireWriter(varint: rules.varint)
            try value.filter(filter, rules.filterForm)
            try bytes(ParameterType.filter, value.bytes)
        }
        // Draft 16 has the publisher's order among the track's properties and nothing to stop it from standing here.
        let mayHaveOrder = rules.parameterForm == .typed || message.isDisjoint(with: .fromPublisher)
        let order = describesTrack ? track.groupOrder ?? parameters.groupOrder : parameters.groupOrder
        if let order, describesTrack || mayHaveOrder { try small(ParameterType.groupOrder, order.rawValue) }
        if let fill = parameters.fill {
            var value = WireWriter(varint: rules.varint)
            try value.fillParameters(fill, rules)
            try bytes(ParameterType.fillParameters, value.bytes)
        }
        for kind in RangeFilter.Kind.allCases { try rangeFilters(kind, parameters) }
        if describesTrack, let dynamic = track.dynamicGroups {
            try small(ParameterType.dynamicGroups, dynamic ? 1 : 0)
        }
        if let group = parameters.newGroupRequest { try integer(ParameterType.newGroupRequest, group) }
        if let prefix = parameters.namespacePrefix, knows(ParameterType.namespacePrefix) {
            try begin(ParameterType.namespacePrefix)
            try block.namespace(prefix, rules, mayBeEmpty: true)
        }
        if let includes = parameters.includeProperties {
            try small(ParameterType.includeProperties, includes ? 1 : 0)
        }
        if rules.unknownParametersAreIgnored {
            for property in parameters.unknown {
                try block.pair(property, types: &types)
                count += 1
            }
        }
    }

    func write(to writer: inout WireWriter) throws(WireError) {
        try writer.varint(count)
        writer.raw(block.bytes)
    }

    /// What is absent stays as it is.
    private var changesSomething: Bool { message.contains(.update) || message.contains(.publishStateNotify) }

    private mutating func rangeFilters(
        _ kind: RangeFilter.Kind, _ parameters: MessageParameters
    ) throws(WireError) {
        if parameters.removedRangeFilters.contains(kind) { try bytes(kind.rawValue, []) }
        for filter in parameters.rangeFilters where filter.kind == kind {
            var value = WireWriter(varint: rules.varint)
            try value.rangeFilter(filter)
            try bytes(kind.rawValue, value.bytes)
        }
    }

    private func knows(_ type: UInt64) -> Bool { rules.knows(parameter: type, in: message) }

    private mutating func begin(_ type: UInt64) throws(WireError) {
        count += 1
        try block.varint(try types.encode(type))
    }

    private mutating func integer(_ type: UInt64, _ value: UInt64) throws(WireError) {
        guard knows(type) else { return }
        try begin(type)
        try block.varint(value)
    }

    private mutating func small(_ type: UInt64, _ value: UInt8) throws(WireError) {
        guard knows(type) else { return }
        try begin(type)
        if rules.parameterForm == .typed { block.u8(value) } else { try block.varint(UInt64(value)) }
    }

    private mutating func bytes(_ type: UInt64, _ value: [UInt8]) throws(WireError) {
        guard knows(type) else { return }
        guard value.count <= WireLimit.keyValue else { throw .notExpressible("value over 65535 bytes") }
        try begin(type)
        try block.lengthPrefixed(value)
    }

    private mutating func largest(_ location: Location) throws(WireError) {
        guard rules.parameterForm == .keyValuePairs else {
            guard knows(ParameterType.largestObject) else { return }
            try begin(ParameterType.largestObject)
            try block.location(location)
            return
        }
        var value = WireWriter(varint: rules.varint)
        try value.location(location)
        try bytes(ParameterType.largestObject, value.bytes)
    }
}

extension WireWriter {
    mutating func parameters(
        _ parameters: MessageParameters, track: TrackProperties = .init(), _ rules: DraftRules,
        in message: MessageSet
    ) throws(WireError) {
        var block = ParameterWriter(rules, message)
        try block.all(parameters, track: track)
        try block.write(to: &self)
    }
}
