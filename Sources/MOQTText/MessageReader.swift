import MOQTModel
import MOQTWire

/// Turns the fields of `MessageText` back into a message.
public struct MessageReader: Sendable {
    let rules: DraftRules
    private var errors: ErrorCodes { ErrorCodes(rules) }
    var text: MessageText { MessageText(rules) }
    private var hasFixedFields: Bool { rules.subscriptionLayout == .fixedFields }

    public init(_ rules: DraftRules) { self.rules = rules }

    /// Throws for a field that is missing, unknown or no such value.
    public func message(_ name: MessageName, _ object: JSONObject) throws(TextFailure) -> ControlMessage {
        var fields = FieldReader(object, name.rawValue)
        let message = try message(name, &fields)
        try fields.finish()
        return message
    }

    private func message(
        _ name: MessageName, _ fields: inout FieldReader
    ) throws(TextFailure) -> ControlMessage {
        switch name {
        case .clientSetup, .setup: return .setup(try setup(.client, &fields))
        case .serverSetup: return .setup(try setup(.server, &fields))
        case .goAway: return .goAway(try goAway(&fields))
        case .maxRequestID:
            return .maxRequestID(try fields.integer(hasFixedFields ? "request_id" : "max_request_id"))
        case .requestsBlocked:
            return .requestsBlocked(try fields.integer(hasFixedFields ? "request_id" : "maximum_request_id"))
        case .subscribe: return .subscribe(try subscribe(&fields))
        case .trackStatus: return .trackStatus(try subscribe(&fields))
        case .subscribeOK:
            let (parameters, properties) = try statement(&fields)
            return .subscribeOK(
                SubscribeOK(
                    requestID: try answered(&fields), alias: TrackAlias(try fields.integer("track_alias")),
                    parameters: parameters, properties: properties))
        case .requestOK, .trackStatusOK, .publishNamespaceOK, .subscribeNamespaceOK:
            return .requestOK(try requestOK(name.answeredKind, &fields))
        case .requestError, .subscribeError, .publishError, .fetchError, .trackStatusError,
            .publishNamespaceError, .subscribeNamespaceError:
            return .requestError(
                RequestError(
                    requestID: try answered(&fields), kind: name.answeredKind,
                    failure: try failure(name.answeredKind, &fields)))
        case .requestUpdate, .subscribeUpdate: return .requestUpdate(try update(&fields))
        case .publish: return .publish(try publish(&fields))
        case .publishOK:
            let id = try answered(&fields)
            let fixed = hasFixedFields ? try fixedFields(&fields) : .init()
            return .publishOK(
                PublishOK(requestID: id, parameters: try parameters(&fields, fixed).parameters))
        case .publishDone: return .publishDone(try publishDone(&fields))
        case .publishStateNotify: return .publishStateNotify(try parameters(&fields).parameters)
        case .fetch: return .fetch(try fetch(&fields))
        case .fetchOK: return .fetchOK(try fetchOK(&fields))
        case .publishNamespace:
            var message = PublishNamespace(
                requestID: try id(&fields), namespace: try fields.namespace("track_namespace"))
            message.requiredRequestIDDelta = try requiredDelta(&fields)
            message.parameters = try parameters(&fields).parameters
            return .publishNamespace(message)
        case .subscribeNamespace:
            return .subscribeNamespace(
                try subscribeNamespace(rules.subscribeTracksIsSeparate ? .namespaces : .both, &fields))
        case .subscribeTracks: return .subscribeTracks(try subscribeNamespace(.tracks, &fields))
        default: return try end(name, &fields)
        }
    }

    /// Messages that end something, and those below a prefix.
    private func end(
        _ name: MessageName, _ fields: inout FieldReader
    ) throws(TextFailure) -> ControlMessage {
        switch name {
        case .unsubscribe: return .unsubscribe(try id(&fields))
        case .fetchCancel: return .fetchCancel(try id(&fields))
        case .publishNamespaceDone: return .publishNamespaceDone(try reference("track_namespace", &fields))
        case .publishNamespaceCancel:
            return .publishNamespaceCancel(
                try reference("track_namespace", &fields), try failure(.publishNamespace, &fields))
        case .unsubscribeNamespace:
            return .unsubscribeNamespace(try reference("track_namespace_prefix", &fields))
        case .namespace: return .namespace(try fields.namespace("namespace_suffix"))
        case .namespaceDone: return .namespaceDone(try fields.namespace("namespace_suffix"))
        case .publishBlocked, .publishSkipped:
            return .publishSkipped(
                suffix: try fields.namespace("namespace_suffix"), name: try fields.name("track_name"))
        default: throw fields.failure("not a message that can be written")
        }
    }

    // MARK: Messages

    private func setup(_ role: Setup.Role, _ fields: inout FieldReader) throws(TextFailure) -> Setup {
        var setup = Setup(role: role)
        if rules.versionsInSetup {
            switch role {
            case .server: setup.versions = [try fields.integer("selected_version")]
            case .client:
                guard case .array(let versions)? = fields.value("supported_versions") else {
                    throw fields.failure("'supported_versions' wants a list")
                }
                setup.versions = versions.compactMap(FieldReader.number)
            }
        }
        guard var options = try fields.optionalObject(text.optionsField) else { return setup }
        setup.path = try options.optionalName("path")
        setup.maxRequestID = try options.optionalInteger("max_request_id")
        setup.authorizationTokens = try tokens(&options)
        setup.maxAuthTokenCacheSize = try options.optionalInteger("max_auth_token_cache_size")
        setup.authority = try options.optionalName("authority")
        setup.maxFilterRanges = try options.optionalInteger("max_filter_ranges")
        setup.maxRequestUpdates = try options.optionalInteger("max_request_updates")
        setup.implementation = try options.optionalText("moqt_implementation")
        setup.unknown = try unknown(&options)
        try options.finish()
        return setup
    }

    private func goAway(_ fields: inout FieldReader) throws(TextFailure) -> GoAway {
        GoAway(
            newSessionURI: try fields.text("new_session_uri"),
            timeout: rules.goAwayCarriesTimeout ? try fields.optionalInteger("timeout") : nil,
            requestID: rules.goAwayNamesRequest
                ? try fields.optionalInteger("request_id").map(RequestID.init) : nil)
    }

    private func subscribe(_ fields: inout FieldReader) throws(TextFailure) -> Subscribe {
        var message = Subscribe(requestID: try id(&fields), track: try track(&fields))
        message.requiredRequestIDDelta = try requiredDelta(&fields)
        let fixed = hasFixedFields ? try fixedFields(&fields) : .init()
        message.parameters = try parameters(&fields, fixed).parameters
        return message
    }

    private func requestOK(
        _ kind: RequestKind?, _ fields: inout FieldReader
    ) throws(TextFailure) -> RequestOK {
        var ok = RequestOK(requestID: try answered(&fields), kind: kind)
        if kind == .trackStatus, hasFixedFields {
            ok.alias = TrackAlias(try fields.integer("track_alias"))
            (ok.parameters, ok.properties) = try statement(&fields)
        } else if kind == nil {
            (ok.parameters, ok.properties) = try parameters(&fields)
            try properties(&fields, into: &ok.properties)
        }
        return ok
    }

    private func update(_ fields: inout FieldReader) throws(TextFailure) -> RequestUpdate {
        var message = RequestUpdate(requestID: try id(&fields))
        message.requiredRequestIDDelta = try requiredDelta(&fields)
        if rules.answersCarryRequestID {
            message.existingRequestID = RequestID(try fields.integer(text.existingField))
        }
        var fixed = MessageParameters()
        if hasFixedFields {
            let start = try location("start", &fields)
            let end = try fields.integer("end_group")
            fixed.filter = end == 0 ? .from(start) : .range(start: start, endGroup: end - 1, endObject: nil)
            fixed.subscriberPriority = try fields.optionalByte("subscriber_priority")
            fixed.forward = try fields.optionalFlag("forward")
        }
        message.parameters = try parameters(&fields, fixed).parameters
        return message
    }

    private func publish(_ fields: inout FieldReader) throws(TextFailure) -> Publish {
        var message = Publish(
            requestID: try id(&fields), track: try track(&fields),
            alias: TrackAlias(try fields.integer("track_alias")))
        message.requiredRequestIDDelta = try requiredDelta(&fields)
        var fixed = MessageParameters()
        var order: GroupOrder?
        if hasFixedFields {
            order = try fields.optionalOrder("group_order")
            fixed.largestObject = try content(&fields)
            fixed.forward = try fields.optionalFlag("forward")
        }
        (message.parameters, message.properties) = try parameters(&fields, fixed)
        try properties(&fields, into: &message.properties)
        if let order { message.properties.groupOrder = order }
        return message
    }

    private func publishDone(_ fields: inout FieldReader) throws(TextFailure) -> PublishDone {
        let id = try answered(&fields)
        let status = errors.publishDone(try fields.integer("status_code"))
        let count = try fields.integer("stream_count")
        return PublishDone(
            requestID: id, status: status,
            streamCount: count == rules.codes.unknownStreamCount ? nil : count,
            reason: try fields.optionalText("reason_phrase") ?? "")
    }

    private func fetch(_ fields: inout FieldReader) throws(TextFailure) -> Fetch {
        let id = try id(&fields)
        let delta = try requiredDelta(&fields)
        var fixed = MessageParameters()
        if hasFixedFields {
            fixed.subscriberPriority = try fields.optionalByte("subscriber_priority")
            fixed.groupOrder = try fields.optionalOrder("group_order")
        }
        if rules.fetchRangeTravelsIn == .locationFilter {
            let track = try track(&fields)
            var parameters = try parameters(&fields).parameters
            let filter = parameters.filter ?? .unfiltered
            parameters.filter = nil
            return Fetch(requestID: id, range: .filtered(track: track, filter), parameters: parameters)
        }
        let range: Fetch.Range
        switch try fields.integer("fetch_type") {
        case 1:
            let end = try fields.integer("end_object")
            range = .standalone(
                track: try track(&fields), start: try location("start", &fields),
                endGroup: try fields.integer("end_group"), endObject: end == 0 ? nil : end - 1)
        case 2:
            range = .relativeJoining(
                RequestID(try fields.integer("joining_request_id")),
                groupCount: try fields.integer("joining_start"))
        case 3:
            range = .absoluteJoining(
                RequestID(try fields.integer("joining_request_id")),
                startGroup: try fields.integer("joining_start"))
        default: throw fields.failure("'fetch_type' is none of 1, 2, 3")
        }
        var message = Fetch(
            requestID: id, range: range, parameters: try parameters(&fields, fixed).parameters)
        message.requiredRequestIDDelta = delta
        return message
    }

    private func fetchOK(_ fields: inout FieldReader) throws(TextFailure) -> FetchOK {
        let order = hasFixedFields ? try fields.optionalOrder("group_order") : nil
        let end: Location
        if hasFixedFields {
            end = try locationObject("end_location", &fields) ?? .zero
        } else {
            end = try location("end", &fields)
        }
        var message = FetchOK(
            requestID: try answered(&fields), endOfTrack: try fields.optionalFlag("end_of_track") ?? false,
            endGroup: end.group, endObject: endObject(end.object))
        (message.parameters, message.properties) = try parameters(&fields)
        try properties(&fields, into: &message.properties)
        if let order { message.properties.groupOrder = order }
        return message
    }

    /// Inclusive, or one more than the last; nil is the whole group.
    private func endObject(_ number: UInt64) -> UInt64? {
        if rules.fetchRangeTravelsIn == .locationFilter { return number == .max ? nil : number }
        return number == 0 ? nil : number - 1
    }

    private func subscribeNamespace(
        _ interest: SubscribeNamespace.Interest, _ fields: inout FieldReader
    ) throws(TextFailure) -> SubscribeNamespace {
        var message = SubscribeNamespace(
            requestID: try id(&fields), prefix: try fields.namespace("namespace_prefix"), interest: interest)
        message.requiredRequestIDDelta = try requiredDelta(&fields)
        if rules.namespaceInterestIsChosen {
            let number = try fields.integer("subscribe_options")
            guard let chosen = SubscribeNamespace.Interest(rawValue: number) else {
                throw fields.failure("'subscribe_options' is none of 0, 1, 2")
            }
            message.interest = chosen
        }
        message.parameters = try parameters(&fields).parameters
        return message
    }

    private func failure(
        _ kind: RequestKind?, _ fields: inout FieldReader
    ) throws(TextFailure) -> RequestFailure {
        var failure = RequestFailure(errors.request(try fields.integer("error_code"), kind))
        failure.reason = try fields.optionalText("reason_phrase") ?? ""
        if let interval = try fields.optionalInteger("retry_interval"), interval > 0 {
            failure.retryAfter = interval - 1
        }
        if var redirect = try fields.optionalObject("redirect") {
            failure.redirect = Redirect(
                connectURI: try redirect.text("connect_uri"), track: try track(&redirect))
            try redirect.finish()
        }
        return failure
    }
}
