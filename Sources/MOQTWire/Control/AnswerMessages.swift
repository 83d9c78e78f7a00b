import MOQTModel

/// Messages that answer a request or go on with it.
extension ControlCodec {
    func answer(
        _ type: UInt64, _ reader: inout WireReader, to kind: RequestKind?
    ) throws(WireError) -> ControlMessage? {
        switch type {
        case MessageType.requestUpdate: return .requestUpdate(try update(&reader))
        case MessageType.subscribeOK: return .subscribeOK(try subscribeOK(&reader))
        case MessageType.fetchOK: return .fetchOK(try fetchOK(&reader))
        case MessageType.publishDone: return .publishDone(try publishDone(&reader))
        case MessageType.publishStateNotify where rules.hasPublishStateNotify && kind.isSubscription:
            return .publishStateNotify(try reader.parameters(rules, in: .publishStateNotify).parameters)
        case MessageType.publishOK where rules.publishOKIsListed:
            // Draft 18 lists the type and says elsewhere that REQUEST_OK answers: we send that, and take both.
            return .publishOK(try publishOK(&reader))
        default:
            switch rules.answerTypes {
            case .perRequest: return try answerPerRequest(type, &reader)
            case .shared: return try sharedAnswer(type, &reader, to: kind)
            }
        }
    }

    private func sharedAnswer(
        _ type: UInt64, _ reader: inout WireReader, to kind: RequestKind?
    ) throws(WireError) -> ControlMessage? {
        switch type {
        case MessageType.requestOK: .requestOK(try requestOK(&reader, to: kind))
        case MessageType.requestError: .requestError(try requestError(&reader, to: kind))
        default: nil
        }
    }

    /// Draft 14: the type says what was asked.
    private func answerPerRequest(
        _ type: UInt64, _ reader: inout WireReader
    ) throws(WireError) -> ControlMessage? {
        switch type {
        case MessageType.requestError: .requestError(try requestError(&reader, to: .subscribe))
        case MessageType.trackStatusError: .requestError(try requestError(&reader, to: .trackStatus))
        case MessageType.publishError: .requestError(try requestError(&reader, to: .publish))
        case MessageType.fetchError: .requestError(try requestError(&reader, to: .fetch))
        case MessageType.publishNamespaceError:
            .requestError(try requestError(&reader, to: .publishNamespace))
        case MessageType.subscribeNamespaceError:
            .requestError(try requestError(&reader, to: .subscribeNamespace))
        case MessageType.requestOK:
            .requestOK(RequestOK(requestID: try answeredID(&reader), kind: .publishNamespace))
        case MessageType.subscribeNamespaceOK:
            .requestOK(RequestOK(requestID: try answeredID(&reader), kind: .subscribeNamespace))
        case MessageType.trackStatusOK:
            .requestOK(try trackStatusOK(&reader))
        default: nil
        }
    }

    private func answeredID(_ reader: inout WireReader) throws(WireError) -> RequestID? {
        rules.answersCarryRequestID ? RequestID(try reader.varint()) : nil
    }

    private func writeAnswered(_ id: RequestID?, _ body: inout WireWriter) throws(WireError) {
        guard rules.answersCarryRequestID else { return }
        guard let id else { throw .notExpressible("answer without its request's id") }
        try body.varint(id.value)
    }

    // MARK: SUBSCRIBE_OK

    private func subscribeOK(_ reader: inout WireReader) throws(WireError) -> SubscribeOK {
        var message = SubscribeOK(
            requestID: try answeredID(&reader), alias: TrackAlias(try reader.varint()))
        (message.parameters, message.properties) = try statement(&reader, in: .subscribeOK)
        return message
    }

    func encode(_ message: SubscribeOK, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try writeAnswered(message.requestID, &body)
        try body.varint(message.alias.value)
        try write(message.parameters, message.properties, in: .subscribeOK, &body)
        return MessageType.subscribeOK
    }

    /// What follows the alias of SUBSCRIBE_OK and of draft 14's TRACK_STATUS_OK.
    private func statement(
        _ reader: inout WireReader, in message: MessageSet
    ) throws(WireError) -> (MessageParameters, TrackProperties) {
        var fields = MessageParameters()
        var order: GroupOrder?
        if rules.subscriptionLayout == .fixedFields {
            fields.expires = try reader.varint()
            order = try reader.groupOrder()
            fields.largestObject = try reader.optionalLargest()
        }
        let decoded = try reader.parameters(rules, in: message)
        var properties =
            rules.trackMetadataTravelsIn == .trackProperties
            ? try reader.trackProperties(rules) : decoded.properties
        if let order { properties.groupOrder = order }
        return (fields.merging(decoded.parameters, rules), properties)
    }

    private func write(
        _ parameters: MessageParameters, _ properties: TrackProperties, in message: MessageSet,
        _ body: inout WireWriter
    ) throws(WireError) {
        if rules.subscriptionLayout == .fixedFields {
            try body.varint(parameters.expires ?? 0)
            body.groupOrder(properties, parameters)
            try body.optionalLargest(parameters.largestObject)
        }
        try body.parameters(parameters, track: properties, rules, in: message)
        try body.trackProperties(properties, rules)
    }

    // MARK: FETCH_OK

    private func fetchOK(_ reader: inout WireReader) throws(WireError) -> FetchOK {
        let id = try answeredID(&reader)
        let order: GroupOrder? = rules.subscriptionLayout == .fixedFields ? try reader.groupOrder() : nil
        let endOfTrack = try reader.flag("end of track over 1")
        let end = try reader.fetchEnd(rules)
        let decoded = try reader.parameters(rules, in: .fetchOK)
        var message = FetchOK(
            requestID: id, endOfTrack: endOfTrack, endGroup: end.group, endObject: end.object,
            parameters: decoded.parameters, properties: decoded.properties)
        if rules.trackMetadataTravelsIn == .trackProperties {
            message.properties = try reader.trackProperties(rules)
        }
        if let order { message.properties.groupOrder = order }
        return message
    }

    func encode(_ message: FetchOK, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try writeAnswered(message.requestID, &body)
        if rules.subscriptionLayout == .fixedFields {
            body.groupOrder(message.properties, message.parameters)
        }
        body.flag(message.endOfTrack)
        try body.fetchEnd(group: message.endGroup, object: message.endObject, rules)
        try body.parameters(message.parameters, track: message.properties, rules, in: .fetchOK)
        try body.trackProperties(message.properties, rules)
        return MessageType.fetchOK
    }

    // MARK: PUBLISH_STATE_NOTIFY, PUBLISH_OK and PUBLISH_DONE

    func encodeNotify(
        _ parameters: MessageParameters, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        guard rules.hasPublishStateNotify else { throw .notExpressible("PUBLISH_STATE_NOTIFY") }
        try body.parameters(parameters, rules, in: .publishStateNotify)
        return MessageType.publishStateNotify
    }

    private func publishOK(_ reader: inout WireReader) throws(WireError) -> PublishOK {
        let id = try answeredID(&reader)
        var fields = MessageParameters()
        if rules.subscriptionLayout == .fixedFields {
            fields.forward = try reader.flag("forward over 1")
            fields.subscriberPriority = try reader.u8()
            fields.groupOrder = try reader.groupOrder()
            fields.filter = try reader.filter(rules.filterForm)
        }
        let parameters = try reader.parameters(rules, in: .publishOK)
        return PublishOK(requestID: id, parameters: fields.merging(parameters.parameters, rules))
    }

    /// PUBLISH_OK, or REQUEST_OK where that answers a PUBLISH.
    func encode(_ message: PublishOK, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        guard rules.publishIsAnsweredByPublishOK else {
            return try encode(
                RequestOK(requestID: message.requestID, kind: .publish, parameters: message.parameters), &body
            )
        }
        try writeAnswered(message.requestID, &body)
        let parameters = message.parameters
        if rules.subscriptionLayout == .fixedFields {
            body.flag(parameters.forward ?? true)
            body.u8(parameters.subscriberPriority ?? TrackProperties.defaultPriority)
            body.u8((parameters.groupOrder ?? .ascending).rawValue)
            try body.filter(parameters.filter ?? .unfiltered, rules.filterForm)
        }
        try body.parameters(parameters, rules, in: .publishOK)
        return MessageType.publishOK
    }

    private func publishDone(_ reader: inout WireReader) throws(WireError) -> PublishDone {
        let id = try answeredID(&reader)
        let status = errors.publishDone(try reader.varint())
        let count = try reader.varint()
        return PublishDone(
            requestID: id, status: status,
            streamCount: count == rules.codes.unknownStreamCount ? nil : count, reason: try reader.reason())
    }

    func encode(_ message: PublishDone, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try writeAnswered(message.requestID, &body)
        try body.varint(errors.code(message.status))
        try body.varint(message.streamCount ?? rules.codes.unknownStreamCount)
        try body.reason(message.reason)
        return MessageType.publishDone
    }

    // MARK: REQUEST_OK and REQUEST_ERROR

    private func requestOK(
        _ reader: inout WireReader, to kind: RequestKind?
    ) throws(WireError) -> RequestOK {
        let id = try answeredID(&reader)
        let decoded = try reader.parameters(rules, in: requestOKSet(kind))
        var message = RequestOK(
            requestID: id, kind: kind, parameters: decoded.parameters, properties: decoded.properties)
        if rules.requestOKCarriesProperties {
            message.properties = try reader.trackProperties(rules)
            if let kind, kind != .trackStatus, message.properties != TrackProperties() {
                throw .protocolViolation("track properties outside the answer to a TRACK_STATUS")
            }
        }
        return message
    }

    /// A REQUEST_OK that answers a PUBLISH carries what a PUBLISH_OK may.
    private func requestOKSet(_ kind: RequestKind?) -> MessageSet {
        let mayBePublishOK = !rules.publishIsAnsweredByPublishOK && (kind == nil || kind == .publish)
        return mayBePublishOK ? [.requestOK, .publishOK] : .requestOK
    }

    private func trackStatusOK(_ reader: inout WireReader) throws(WireError) -> RequestOK {
        var message = RequestOK(
            requestID: try answeredID(&reader), kind: .trackStatus)
        message.alias = TrackAlias(try reader.varint())
        (message.parameters, message.properties) = try statement(&reader, in: .requestOK)
        return message
    }

    func encode(_ message: RequestOK, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        if message.kind == .publish, rules.publishIsAnsweredByPublishOK {
            return try encode(
                PublishOK(requestID: message.requestID, parameters: message.parameters), &body)
        }
        try writeAnswered(message.requestID, &body)
        switch rules.answerTypes {
        case .perRequest:
            return try encodeOKPerRequest(message, &body)
        case .shared:
            try body.parameters(
                message.parameters, track: message.properties, rules, in: requestOKSet(message.kind))
            if rules.requestOKCarriesProperties, message.kind == nil || message.kind == .trackStatus {
                try body.trackProperties(message.properties, rules)
            }
            return MessageType.requestOK
        }
    }

    private func encodeOKPerRequest(
        _ message: RequestOK, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        switch message.kind {
        case .publishNamespace: return MessageType.requestOK
        case .subscribeNamespace: return MessageType.subscribeNamespaceOK
        case .trackStatus:
            try body.varint(message.alias?.value ?? 0)
            try write(message.parameters, message.properties, in: .requestOK, &body)
            return MessageType.trackStatusOK
        default: throw .notExpressible("OK for a request that has none of this kind")
        }
    }

    private func requestError(
        _ reader: inout WireReader, to kind: RequestKind?
    ) throws(WireError) -> RequestError {
        let id = try answeredID(&reader)
        let code = errors.request(try reader.varint(), kind)
        var failure = RequestFailure(code)
        if rules.requestErrorCarriesRetry {
            let interval = try reader.varint()
            failure.retryAfter = interval == 0 ? nil : interval - 1
        }
        failure.reason = try reader.reason()
        if rules.requestErrorCarriesRedirect, code == .redirect { failure.redirect = try redirect(&reader) }
        return RequestError(requestID: id, kind: kind, failure: failure)
    }

    /// Empty names mean the request's own track, so the namespace may have no fields.
    private func redirect(_ reader: inout WireReader) throws(WireError) -> Redirect {
        let uri = try reader.text(limit: WireLimit.sessionURI, "connect URI over 8192 bytes")
        return Redirect(connectURI: uri, track: try reader.trackName(rules))
    }

    func encode(_ message: RequestError, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try writeAnswered(message.requestID, &body)
        var failure = message.failure
        if failure.code == .redirect, failure.redirect == nil { failure.code = .doesNotExist }
        try body.varint(errors.code(failure.code, message.kind))
        if rules.requestErrorCarriesRetry {
            let interval = failure.retryAfter.map { min($0, rules.varint.maximum - 1) + 1 } ?? 0
            try body.varint(interval)
        }
        try body.reason(failure.reason)
        if rules.requestErrorCarriesRedirect, failure.code == .redirect, let redirect = failure.redirect {
            let uri = Array(redirect.connectURI.utf8)
            guard uri.count <= WireLimit.sessionURI else {
                throw .notExpressible("connect URI over 8192 bytes")
            }
            try body.lengthPrefixed(uri)
            try body.trackName(redirect.track, rules)
        }
        return try errorType(message.kind)
    }

    private func errorType(_ kind: RequestKind?) throws(WireError) -> UInt64 {
        guard rules.answerTypes == .perRequest else { return MessageType.requestError }
        switch kind {
        case .subscribe: return MessageType.requestError
        case .trackStatus: return MessageType.trackStatusError
        case .publish: return MessageType.publishError
        case .fetch: return MessageType.fetchError
        case .publishNamespace: return MessageType.publishNamespaceError
        case .subscribeNamespace: return MessageType.subscribeNamespaceError
        case .subscribeTracks, .update, nil:
            throw .notExpressible("error for a request that has none of this kind")
        }
    }
}

extension RequestKind? {
    /// A subscription, whoever began it; also when the kind is not known, or only that the request goes on.
    fileprivate var isSubscription: Bool {
        self == nil || self == .subscribe || self == .publish || self == .update
    }
}
