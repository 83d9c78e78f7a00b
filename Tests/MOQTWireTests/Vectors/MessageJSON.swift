import MOQTModel
import MOQTWire

/// The neutral model in the vectors' words: what a message of one draft says, field by field.
struct MessageJSON {
    let rules: DraftRules
    private var errors: ErrorCodes { ErrorCodes(rules) }

    private var hasFixedFields: Bool { rules.subscriptionLayout == .fixedFields }

    func object(_ message: ControlMessage) -> [String: JSONValue] {
        switch message {
        case .setup(let setup): return self.setup(setup)
        case .goAway(let goAway): return ["new_session_uri": .string(goAway.newSessionURI)]
        case .maxRequestID(let limit):
            return [hasFixedFields ? "request_id" : "max_request_id": .number(limit)]
        case .requestsBlocked(let limit):
            return [hasFixedFields ? "request_id" : "maximum_request_id": .number(limit)]
        case .subscribe(let message), .trackStatus(let message): return subscribe(message)
        case .subscribeOK(let ok):
            return id(ok.requestID).with("track_alias", .number(ok.alias.value))
                .merged(statement(ok.parameters, ok.properties))
        case .requestOK(let ok): return requestOK(ok)
        case .requestError(let error):
            return id(error.requestID).merged(failure(error.failure, error.kind))
        case .requestUpdate(let update): return self.update(update)
        case .unsubscribe(let request), .fetchCancel(let request): return id(request)
        case .publish(let publish): return self.publish(publish)
        case .publishOK(let ok):
            let fields = hasFixedFields ? fixedFields(ok.parameters) : [:]
            return id(ok.requestID).merged(fields).with("parameters", parameters(ok.parameters))
        case .publishDone(let done):
            return id(done.requestID).merged([
                "status_code": .number(errors.code(done.status)),
                "stream_count": .number(done.streamCount ?? rules.codes.unknownStreamCount),
                "reason_phrase": .string(done.reason),
            ])
        case .fetch(let fetch): return self.fetch(fetch)
        case .fetchOK(let ok): return fetchOK(ok)
        case .publishNamespace(let publish):
            return id(publish.requestID).merged([
                "track_namespace": names(publish.namespace), "parameters": parameters(publish.parameters),
            ])
        case .publishNamespaceDone(let reference): return named(reference, "track_namespace")
        case .publishNamespaceCancel(let reference, let failure):
            return named(reference, "track_namespace").merged([
                "error_code": .number(errors.code(failure.code, .publishNamespace)),
                "reason_phrase": .string(failure.reason),
            ])
        case .subscribeNamespace(let subscribe), .subscribeTracks(let subscribe):
            var fields = id(subscribe.requestID).merged([
                "namespace_prefix": names(subscribe.prefix), "parameters": parameters(subscribe.parameters),
            ])
            if rules.namespaceInterestIsChosen {
                fields["subscribe_options"] = .number(subscribe.interest.rawValue)
            }
            return fields
        case .unsubscribeNamespace(let reference): return named(reference, "track_namespace_prefix")
        case .namespace(let suffix), .namespaceDone(let suffix): return ["namespace_suffix": names(suffix)]
        case .publishSkipped(let suffix, let name):
            return ["namespace_suffix": names(suffix), "track_name": .text(name)]
        }
    }

    // MARK: Messages

    private func setup(_ setup: Setup) -> [String: JSONValue] {
        var options: [String: JSONValue] = [:]
        if let path = setup.path { options["path"] = .text(path) }
        if let authority = setup.authority { options["authority"] = .text(authority) }
        if let limit = setup.maxRequestID { options["max_request_id"] = .number(limit) }
        if let size = setup.maxAuthTokenCacheSize { options["max_auth_token_cache_size"] = .number(size) }
        if let name = setup.implementation { options["moqt_implementation"] = .string(name) }
        if let token = setup.authorizationTokens.first { options["authorization_token"] = self.token(token) }
        if !setup.unknown.isEmpty { options["unknown"] = .array(setup.unknown.map(unknown)) }
        var fields: [String: JSONValue] = ["parameters": .object(options)]
        if rules.versionsInSetup {
            switch setup.role {
            case .client: fields["supported_versions"] = .array(setup.versions.map { .number($0) })
            case .server: fields["selected_version"] = .number(setup.versions.first ?? 0)
            }
        }
        return fields
    }

    private func subscribe(_ message: Subscribe) -> [String: JSONValue] {
        let fields = hasFixedFields ? fixedFields(message.parameters) : [:]
        return id(message.requestID).merged(track(message.track)).merged(fields)
            .with("parameters", parameters(message.parameters))
    }

    private func requestOK(_ ok: RequestOK) -> [String: JSONValue] {
        if ok.kind == .trackStatus, hasFixedFields {
            return id(ok.requestID).with("track_alias", .number(ok.alias?.value ?? 0))
                .merged(statement(ok.parameters, ok.properties))
        }
        return id(ok.requestID).with("parameters", parameters(ok.parameters, ok.properties))
    }

    private func update(_ message: RequestUpdate) -> [String: JSONValue] {
        var fields = id(message.requestID).with("parameters", parameters(message.parameters))
        let existing = message.existingRequestID?.value ?? 0
        fields[hasFixedFields ? "subscription_request_id" : "existing_request_id"] = .number(existing)
        guard hasFixedFields else { return fields }
        switch message.parameters.filter {
        case .range(let start, let endGroup, _):
            fields.location(start, "start")
            fields["end_group"] = .number(endGroup + 1)
        case .from(let start):
            fields.location(start, "start")
            fields["end_group"] = "0"
        default: break
        }
        fields["subscriber_priority"] = .number(message.parameters.subscriberPriority ?? 0)
        fields["forward"] = .flag(message.parameters.forward ?? false)
        return fields
    }

    private func publish(_ message: Publish) -> [String: JSONValue] {
        var fields = id(message.requestID).merged(track(message.track))
            .with("track_alias", .number(message.alias.value))
            .with("parameters", parameters(message.parameters, message.properties))
        if hasFixedFields {
            fields["group_order"] = .number(message.properties.groupOrder?.rawValue ?? 0)
            fields["forward"] = .flag(message.parameters.forward ?? false)
            fields = fields.merged(content(message.parameters.largestObject))
        }
        return fields.merged(extensions(message.properties))
    }

    private func fetch(_ message: Fetch) -> [String: JSONValue] {
        var fields = id(message.requestID).with("parameters", parameters(message.parameters))
        if hasFixedFields {
            fields["subscriber_priority"] = .number(message.parameters.subscriberPriority ?? 0)
            fields["group_order"] = .number(message.parameters.groupOrder?.rawValue ?? 0)
        }
        switch message.range {
        case .standalone(let track, let start, let endGroup, let endObject):
            fields["fetch_type"] = "1"
            fields = fields.merged(self.track(track))
            fields.location(start, "start")
            fields["end_group"] = .number(endGroup)
            fields["end_object"] = .number(endObject.map { $0 + 1 } ?? 0)
        case .relativeJoining(let joined, let groupCount):
            fields["fetch_type"] = "2"
            fields["joining_request_id"] = .number(joined.value)
            fields["joining_start"] = .number(groupCount)
        case .absoluteJoining(let joined, let startGroup):
            fields["fetch_type"] = "3"
            fields["joining_request_id"] = .number(joined.value)
            fields["joining_start"] = .number(startGroup)
        }
        return fields
    }

    private func fetchOK(_ ok: FetchOK) -> [String: JSONValue] {
        var fields = id(ok.requestID).with("end_of_track", .flag(ok.endOfTrack))
            .with("parameters", parameters(ok.parameters, ok.properties))
        let object = ok.endObject.map { $0 + 1 } ?? 0
        if hasFixedFields {
            fields["group_order"] = .number(ok.properties.groupOrder?.rawValue ?? 0)
            fields["end_location"] = .object(["group": .number(ok.endGroup), "object": .number(object)])
        } else {
            fields["end_group"] = .number(ok.endGroup)
            fields["end_object"] = .number(object)
        }
        return fields.merged(extensions(ok.properties))
    }

    // MARK: Parts of messages

    private func id(_ request: RequestID?) -> [String: JSONValue] {
        request.map { ["request_id": .number($0.value)] } ?? [:]
    }

    private func names(_ namespace: TrackNamespace) -> JSONValue {
        .array(namespace.fields.map { .text($0) })
    }

    private func track(_ track: FullTrackName) -> [String: JSONValue] {
        ["track_namespace": names(track.namespace), "track_name": .text(track.name)]
    }

    private func named(_ reference: NamespaceReference, _ field: String) -> [String: JSONValue] {
        switch reference {
        case .namespace(let namespace): [field: names(namespace)]
        case .request(let request): id(request)
        }
    }

    private func failure(_ failure: RequestFailure, _ kind: RequestKind?) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "error_code": .number(errors.code(failure.code, kind)), "reason_phrase": .string(failure.reason),
        ]
        if rules.requestErrorCarriesRetry {
            fields["retry_interval"] = .number(failure.retryAfter.map { $0 + 1 } ?? 0)
        }
        return fields
    }

    /// Draft 14's fields of a subscription.
    private func fixedFields(_ parameters: MessageParameters) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "subscriber_priority": .number(parameters.subscriberPriority ?? 0),
            "group_order": .number(parameters.groupOrder?.rawValue ?? 0),
            "forward": .flag(parameters.forward ?? false),
        ]
        if let filter = parameters.filter { fields = fields.merged(self.filter(filter)) }
        return fields
    }

    private func filter(_ filter: LocationFilter) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        switch filter {
        case .nextGroup: fields["filter_type"] = "1"
        case .nextObject: fields["filter_type"] = "2"
        case .from(let start):
            fields["filter_type"] = "3"
            fields.location(start, "start")
        case .range(let start, let endGroup, _):
            fields["filter_type"] = "4"
            fields.location(start, "start")
            fields["end_group"] = .number(endGroup)
        case .unfiltered, .relative: break
        }
        return fields
    }

    private func content(_ largest: Location?) -> [String: JSONValue] {
        guard let largest else { return ["content_exists": "0"] }
        return ["content_exists": "1", "largest_location": location(largest)]
    }

    private func location(_ location: Location) -> JSONValue {
        .object(["group": .number(location.group), "object": .number(location.object)])
    }

    /// What SUBSCRIBE_OK and draft 14's TRACK_STATUS_OK say after the alias.
    private func statement(
        _ parameters: MessageParameters, _ properties: TrackProperties
    ) -> [String: JSONValue] {
        var fields: [String: JSONValue] = ["parameters": self.parameters(parameters, properties)]
        if hasFixedFields {
            fields["expires"] = .number(parameters.expires ?? 0)
            fields["group_order"] = .number(properties.groupOrder?.rawValue ?? 0)
            fields = fields.merged(content(parameters.largestObject))
        }
        return fields.merged(extensions(properties))
    }

    // MARK: Parameters and properties

    private func parameters(
        _ parameters: MessageParameters, _ properties: TrackProperties = .init()
    ) -> JSONValue {
        var fields: [String: JSONValue] = [:]
        let describesTrack = rules.trackMetadataTravelsIn != .trackProperties
        let timeout =
            parameters.objectDeliveryTimeout ?? (describesTrack ? properties.objectDeliveryTimeout : nil)
        if let timeout { fields["delivery_timeout"] = .number(timeout) }
        if describesTrack, let duration = properties.maxCacheDuration {
            fields["max_cache_duration"] = .number(duration)
        }
        if let token = parameters.authorizationTokens.first {
            fields["authorization_token"] = self.token(token)
        }
        if let group = parameters.newGroupRequest { fields["new_group_request"] = .number(group) }
        if !parameters.unknown.isEmpty { fields["unknown"] = .array(parameters.unknown.map(unknown)) }
        guard !hasFixedFields else { return .object(fields) }
        if let expires = parameters.expires { fields["expires"] = .number(expires) }
        if let largest = parameters.largestObject { fields["largest_object"] = location(largest) }
        if let forward = parameters.forward { fields["forward"] = .flag(forward) }
        if let priority = parameters.subscriberPriority { fields["subscriber_priority"] = .number(priority) }
        if let filter = parameters.filter { fields["subscription_filter"] = .object(self.filter(filter)) }
        if let order = parameters.groupOrder { fields["group_order"] = .number(order.rawValue) }
        return .object(fields)
    }

    private func extensions(_ properties: TrackProperties) -> [String: JSONValue] {
        guard rules.trackMetadataTravelsIn == .trackProperties, properties != TrackProperties() else {
            return [:]
        }
        var fields: [String: JSONValue] = [:]
        if let timeout = properties.objectDeliveryTimeout { fields["delivery_timeout"] = .number(timeout) }
        if let duration = properties.maxCacheDuration { fields["max_cache_duration"] = .number(duration) }
        if let priority = properties.defaultPublisherPriority {
            fields["default_publisher_priority"] = .number(priority)
        }
        if let order = properties.groupOrder {
            fields["default_publisher_group_order"] = .number(order.rawValue)
        }
        if let dynamic = properties.dynamicGroups { fields["dynamic_groups"] = .flag(dynamic) }
        return ["track_extensions": .object(fields)]
    }

    private func token(_ token: AuthorizationToken) -> JSONValue {
        switch token {
        case .delete(let alias): .object(["alias_type": "0", "token_alias": .number(alias)])
        case .register(let alias, let type, let value):
            .object([
                "alias_type": "1", "token_alias": .number(alias), "token_type": .number(type),
                "token_value": .hex(value),
            ])
        case .useAlias(let alias): .object(["alias_type": "2", "token_alias": .number(alias)])
        case .useValue(let type, let value):
            .object(["alias_type": "3", "token_type": .number(type), "token_value": .hex(value)])
        }
    }

    private func unknown(_ property: Property) -> JSONValue {
        let id = JSONValue.string("0x" + String(property.type, radix: 16))
        switch property.value {
        case .integer(let value): return .object(["id": id, "value": .number(value)])
        case .bytes(let bytes):
            return .object(["id": id, "length": .number(bytes.count), "raw_hex": .hex(bytes)])
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .string(value) }
}

extension [String: JSONValue] {
    func merged(_ other: [String: JSONValue]) -> [String: JSONValue] { merging(other) { _, new in new } }
    func with(_ key: String, _ value: JSONValue) -> [String: JSONValue] { merged([key: value]) }
    mutating func location(_ location: Location, _ prefix: String) {
        self[prefix + "_group"] = .number(location.group)
        self[prefix + "_object"] = .number(location.object)
    }
}
