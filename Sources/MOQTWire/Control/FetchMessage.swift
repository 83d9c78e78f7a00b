import MOQTModel

/// FETCH: a type with fields of its own, or a track and a location filter.
extension ControlCodec {
    func fetch(_ reader: inout WireReader) throws(WireError) -> Fetch {
        let (id, delta) = try requestID(&reader)
        var fields = MessageParameters()
        if rules.subscriptionLayout == .fixedFields {
            fields.subscriberPriority = try reader.u8()
            fields.groupOrder = try reader.optionalGroupOrder()
        }
        var message: Fetch
        switch rules.fetchRangeTravelsIn {
        case .fields:
            message = Fetch(requestID: id, range: try range(&reader))
            message.parameters = try reader.parameters(rules, in: .fetch).parameters
        case .locationFilter:
            let track = try reader.trackName(rules)
            var parameters = try reader.parameters(rules, in: .fetch).parameters
            let range = Self.range(track, parameters.filter ?? .unfiltered)
            parameters.filter = nil
            message = Fetch(requestID: id, range: range, parameters: parameters)
        }
        message.requiredRequestIDDelta = delta
        message.parameters = fields.merging(message.parameters, rules)
        return message
    }

    func encode(_ message: Fetch, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try write(message.requestID, requiredDelta: message.requiredRequestIDDelta, &body)
        if rules.subscriptionLayout == .fixedFields {
            body.u8(message.parameters.subscriberPriority ?? TrackProperties.defaultPriority)
            body.u8(message.parameters.groupOrder?.rawValue ?? 0)
        }
        var parameters = message.parameters
        switch rules.fetchRangeTravelsIn {
        case .fields:
            parameters.filter = nil
            try write(message.range, &body)
        case .locationFilter:
            let (track, filter) = try Self.filter(message.range)
            try body.trackName(track, rules)
            parameters.filter = filter
        }
        try body.parameters(parameters, rules, in: .fetch)
        return MessageType.fetch
    }

    // MARK: A type and its fields

    private func range(_ reader: inout WireReader) throws(WireError) -> Fetch.Range {
        switch try reader.varint() {
        case 1:
            let track = try reader.trackName(rules)
            let start = try reader.location()
            let end = try reader.fetchEnd(rules)
            return .standalone(track: track, start: start, endGroup: end.group, endObject: end.object)
        case 2:
            return .relativeJoining(RequestID(try reader.varint()), groupCount: try reader.varint())
        case 3:
            return .absoluteJoining(RequestID(try reader.varint()), startGroup: try reader.varint())
        default: throw .protocolViolation("unknown fetch type")
        }
    }

    private func write(_ range: Fetch.Range, _ body: inout WireWriter) throws(WireError) {
        switch range {
        case .standalone(let track, let start, let endGroup, let endObject):
            try body.varint(1)
            try body.trackName(track, rules)
            try body.location(start)
            try body.fetchEnd(group: endGroup, object: endObject, rules)
        case .relativeJoining(let joined, let groupCount):
            try body.varint(2)
            try body.varint(joined.value)
            try body.varint(groupCount)
        case .absoluteJoining(let joined, let startGroup):
            try body.varint(3)
            try body.varint(joined.value)
            try body.varint(startGroup)
        case .filtered:
            // The caller knows the largest object, and with it the range that has both ends.
            throw .notExpressible("FETCH without an end")
        }
    }

    // MARK: A location filter

    private static func range(_ track: FullTrackName, _ filter: LocationFilter) -> Fetch.Range {
        guard case .range(let start, let endGroup, let endObject) = filter else {
            return .filtered(track: track, filter)
        }
        return .standalone(track: track, start: start, endGroup: endGroup, endObject: endObject)
    }

    private static func filter(
        _ range: Fetch.Range
    ) throws(WireError) -> (track: FullTrackName, filter: LocationFilter) {
        switch range {
        case .standalone(let track, let start, let endGroup, let endObject):
            return (track, .range(start: start, endGroup: endGroup, endObject: endObject))
        case .filtered(let track, let filter): return (track, filter)
        case .relativeJoining, .absoluteJoining: throw .notExpressible("joining FETCH")
        }
    }
}
