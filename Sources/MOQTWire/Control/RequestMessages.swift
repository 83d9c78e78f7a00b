import MOQTModel

/// Messages that begin a request, and the update of one.
extension ControlCodec {
    func request(_ type: UInt64, _ reader: inout WireReader) throws(WireError) -> ControlMessage? {
        switch type {
        case MessageType.subscribe: .subscribe(try subscribe(&reader, isTrackStatus: false))
        case MessageType.trackStatus: .trackStatus(try subscribe(&reader, isTrackStatus: true))
        case MessageType.publish: .publish(try publish(&reader))
        case MessageType.fetch: .fetch(try fetch(&reader))
        case MessageType.publishNamespace: .publishNamespace(try publishNamespace(&reader))
        case MessageType.subscribeNamespace where !rules.subscribeTracksIsSeparate:
            .subscribeNamespace(try subscribeNamespace(&reader, in: .subscribeNamespace))
        case MessageType.subscribeNames where rules.subscribeTracksIsSeparate:
            .subscribeNamespace(try subscribeNamespace(&reader, in: .subscribeNamespace))
        case MessageType.subscribeTracks where rules.subscribeTracksIsSeparate:
            .subscribeTracks(try subscribeNamespace(&reader, in: .subscribeTracks))
        default: nil
        }
    }

    /// A request id, and draft 17's reference to a request that must come first.
    func requestID(
        _ reader: inout WireReader
    ) throws(WireError) -> (id: RequestID, requiredDelta: UInt64) {
        let id = RequestID(try reader.varint())
        return (id, rules.hasRequiredRequestID ? try reader.varint() : 0)
    }

    func write(
        _ id: RequestID, requiredDelta: UInt64, _ body: inout WireWriter
    ) throws(WireError) {
        try body.varint(id.value)
        if rules.hasRequiredRequestID { try body.varint(requiredDelta) }
    }

    // MARK: SUBSCRIBE and TRACK_STATUS

    private func subscribe(
        _ reader: inout WireReader, isTrackStatus: Bool
    ) throws(WireError) -> Subscribe {
        let (id, delta) = try requestID(&reader)
        var message = Subscribe(requestID: id, track: try reader.trackName(rules))
        message.requiredRequestIDDelta = delta
        var fields = MessageParameters()
        if rules.subscriptionLayout == .fixedFields {
            fields.subscriberPriority = try reader.u8()
            fields.groupOrder = try reader.optionalGroupOrder()
            fields.forward = try reader.flag("forward over 1")
            fields.filter = try reader.filter(rules.filterForm)
        }
        let parameters = try reader.parameters(rules, in: isTrackStatus ? .trackStatus : .subscribe)
        message.parameters = fields.merging(parameters.parameters, rules)
        return message
    }

    func encode(
        _ message: Subscribe, isTrackStatus: Bool, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        try write(message.requestID, requiredDelta: message.requiredRequestIDDelta, &body)
        try body.trackName(message.track, rules)
        if rules.subscriptionLayout == .fixedFields {
            try encodeFixedFields(message.parameters, &body)
        }
        try body.parameters(message.parameters, rules, in: isTrackStatus ? .trackStatus : .subscribe)
        return isTrackStatus ? MessageType.trackStatus : MessageType.subscribe
    }

    /// Draft 14 makes these mandatory; nil becomes what an absent parameter means in later drafts.
    private func encodeFixedFields(
        _ parameters: MessageParameters, _ body: inout WireWriter
    ) throws(WireError) {
        body.u8(parameters.subscriberPriority ?? TrackProperties.defaultPriority)
        body.u8(parameters.groupOrder?.rawValue ?? 0)
        body.flag(parameters.forward ?? true)
        try body.filter(parameters.filter ?? .unfiltered, rules.filterForm)
    }

    // MARK: PUBLISH

    private func publish(_ reader: inout WireReader) throws(WireError) -> Publish {
        let (id, delta) = try requestID(&reader)
        var message = Publish(
            requestID: id, track: try reader.trackName(rules), alias: TrackAlias(try reader.varint()))
        message.requiredRequestIDDelta = delta
        var fields = MessageParameters()
        var order: GroupOrder?
        if rules.subscriptionLayout == .fixedFields {
            order = try reader.groupOrder()
            fields.largestObject = try reader.optionalLargest()
            fields.forward = try reader.flag("forward over 1")
        }
        let decoded = try reader.parameters(rules, in: .publish)
        message.parameters = fields.merging(decoded.parameters, rules)
        message.properties =
            rules.trackMetadataTravelsIn == .trackProperties
            ? try reader.trackProperties(rules) : decoded.properties
        if let order { message.properties.groupOrder = order }
        return message
    }

    func encode(_ message: Publish, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try write(message.requestID, requiredDelta: message.requiredRequestIDDelta, &body)
        try body.trackName(message.track, rules)
        try body.varint(message.alias.value)
        if rules.subscriptionLayout == .fixedFields {
            body.groupOrder(message.properties, message.parameters)
            try body.optionalLargest(message.parameters.largestObject)
            body.flag(message.parameters.forward ?? true)
        }
        try body.parameters(message.parameters, track: message.properties, rules, in: .publish)
        try body.trackProperties(message.properties, rules)
        return MessageType.publish
    }

    // MARK: Namespaces

    private func publishNamespace(_ reader: inout WireReader) throws(WireError) -> PublishNamespace {
        let (id, delta) = try requestID(&reader)
        var message = PublishNamespace(
            requestID: id,
            namespace: try reader.namespace(rules, mayBeEmpty: rules.emptyNamespacesAllowed))
        message.requiredRequestIDDelta = delta
        message.parameters = try reader.parameters(rules, in: .publishNamespace).parameters
        return message
    }

    func encode(_ message: PublishNamespace, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try write(message.requestID, requiredDelta: message.requiredRequestIDDelta, &body)
        try body.namespace(message.namespace, rules, mayBeEmpty: rules.emptyNamespacesAllowed)
        try body.parameters(message.parameters, rules, in: .publishNamespace)
        return MessageType.publishNamespace
    }

    private func subscribeNamespace(
        _ reader: inout WireReader, in message: MessageSet
    ) throws(WireError) -> SubscribeNamespace {
        let (id, delta) = try requestID(&reader)
        let prefix = try reader.namespace(rules, mayBeEmpty: true)
        var interest = SubscribeNamespace.Interest.both
        if rules.namespaceInterestIsChosen {
            guard let chosen = SubscribeNamespace.Interest(rawValue: try reader.varint()) else {
                throw .protocolViolation("unknown subscribe options")
            }
            interest = chosen
        } else if rules.subscribeTracksIsSeparate {
            interest = message == .subscribeTracks ? .tracks : .namespaces
        }
        var request = SubscribeNamespace(requestID: id, prefix: prefix, interest: interest)
        request.requiredRequestIDDelta = delta
        request.parameters = try reader.parameters(rules, in: message).parameters
        return request
    }

    func encode(_ message: SubscribeNamespace, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        if rules.subscribeTracksIsSeparate {
            guard message.interest == .namespaces else {
                throw .notExpressible("tracks are asked for with SUBSCRIBE_TRACKS")
            }
            return try encodePrefix(message, MessageType.subscribeNames, .subscribeNamespace, &body)
        }
        return try encodePrefix(message, MessageType.subscribeNamespace, .subscribeNamespace, &body)
    }

    /// SUBSCRIBE_TRACKS; where it is not a message of its own, the interest is an option.
    func encodeTracks(_ message: SubscribeNamespace, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        guard rules.subscribeTracksIsSeparate else { throw .notExpressible("SUBSCRIBE_TRACKS") }
        return try encodePrefix(message, MessageType.subscribeTracks, .subscribeTracks, &body)
    }

    private func encodePrefix(
        _ message: SubscribeNamespace, _ type: UInt64, _ set: MessageSet, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        try write(message.requestID, requiredDelta: message.requiredRequestIDDelta, &body)
        try body.namespace(
            message.prefix, rules, mayBeEmpty: rules.namespaceAnnouncedAs == .namespaceMessages)
        if rules.namespaceInterestIsChosen { try body.varint(message.interest.rawValue) }
        try body.parameters(message.parameters, rules, in: set)
        return type
    }

    // MARK: REQUEST_UPDATE

    func update(_ reader: inout WireReader) throws(WireError) -> RequestUpdate {
        let (id, delta) = try requestID(&reader)
        var message = RequestUpdate(requestID: id)
        message.requiredRequestIDDelta = delta
        if rules.answersCarryRequestID { message.existingRequestID = RequestID(try reader.varint()) }
        var fields = MessageParameters()
        if rules.subscriptionLayout == .fixedFields { fields = try updateFields(&reader) }
        let parameters = try reader.parameters(rules, in: .update)
        message.parameters = fields.merging(parameters.parameters, rules)
        return message
    }

    /// Draft 14 writes the whole subscription again; an end group is one more than the last, 0 = open.
    private func updateFields(_ reader: inout WireReader) throws(WireError) -> MessageParameters {
        var fields = MessageParameters()
        let start = try reader.location()
        let end = try reader.varint()
        if end == 0 {
            fields.filter = .from(start)
        } else {
            guard end - 1 >= start.group else {
                throw .protocolViolation("subscription ends before it starts")
            }
            fields.filter = .range(start: start, endGroup: end - 1, endObject: nil)
        }
        fields.subscriberPriority = try reader.u8()
        fields.forward = try reader.flag("forward over 1")
        return fields
    }

    func encode(_ message: RequestUpdate, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try write(message.requestID, requiredDelta: message.requiredRequestIDDelta, &body)
        if rules.answersCarryRequestID {
            guard let existing = message.existingRequestID else {
                throw .notExpressible("update without the request it changes")
            }
            try body.varint(existing.value)
        }
        if rules.subscriptionLayout == .fixedFields {
            try encodeUpdateFields(message.parameters, &body)
        }
        try body.parameters(message.parameters, rules, in: .update)
        return MessageType.requestUpdate
    }

    /// Draft 14 cannot leave a field out: the caller fills in what stays as it is; a filter that is nil is none.
    private func encodeUpdateFields(
        _ parameters: MessageParameters, _ body: inout WireWriter
    ) throws(WireError) {
        switch parameters.filter ?? .unfiltered {
        case .from(let start):
            try body.location(start)
            try body.varint(0)
        case .range(let start, let endGroup, _):
            let (end, overflow) = endGroup.addingReportingOverflow(1)
            guard !overflow else { throw .notExpressible("integer over 62 bits") }
            try body.location(start)
            try body.varint(end)
        case .unfiltered:
            try body.location(.zero)
            try body.varint(0)
        case .nextObject, .nextGroup, .relative: throw .notExpressible("update with a relative filter")
        }
        body.u8(parameters.subscriberPriority ?? TrackProperties.defaultPriority)
        body.flag(parameters.forward ?? true)
    }
}
