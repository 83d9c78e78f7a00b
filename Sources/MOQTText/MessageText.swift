import MOQTModel
import MOQTWire

/// The neutral model in the vectors' words: what a message of one draft says, field by field, under the names
/// that the draft gives them.
public struct MessageText: Sendable {
    let rules: DraftRules

    public init(_ rules: DraftRules) { self.rules = rules }

    private var errors: ErrorCodes { ErrorCodes(rules) }

    var hasFixedFields: Bool { rules.subscriptionLayout == .fixedFields }

    /// The fields; the message's name is not among them.
    public func object(_ message: ControlMessage) -> JSONObject {
        switch message {
        case .setup(let setup): return self.setup(setup)
        case .goAway(let goAway): return self.goAway(goAway)
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
        case .publishStateNotify(let parameters): return ["parameters": self.parameters(parameters)]
        case .publishDone(let done):
            return id(done.requestID).merged([
                "status_code": .number(errors.code(done.status)),
                "stream_count": .number(done.streamCount ?? rules.codes.unknownStreamCount),
                "reason_phrase": .string(done.reason),
            ])
        case .fetch(let fetch): return self.fetch(fetch)
        case .fetchOK(let ok): return fetchOK(ok)
        case .publishNamespace(let publish):
            return id(publish.requestID, publish.requiredRequestIDDelta).merged([
                "track_namespace": names(publish.namespace), "parameters": parameters(publish.parameters),
            ])
        case .publishNamespaceDone(let reference): return named(reference, "track_namespace")
        case .publishNamespaceCancel(let reference, let failure):
            return named(reference, "track_namespace").merged([
                "error_code": .number(errors.code(failure.code, .publishNamespace)),
                "reason_phrase": .string(failure.reason),
            ])
        case .subscribeNamespace(let subscribe), .subscribeTracks(let subscribe):
            var fields = id(subscribe.requestID, subscribe.requiredRequestIDDelta).merged([
                "namespace_prefix": names(subscribe.prefix), "parameters": parameters(subscribe.parameters),
            ])
            if rules.namespaceInterestIsChosen {
                fields["subscribe_options"] = .number(subscribe.interest.rawValue)
            }
            return fields
        case .unsubscribeNamespace(let reference): return named(reference, "track_namespace_prefix")
        case .namespace(let suffix), .namespaceDone(let suffix): return ["namespace_suffix": names(suffix)]
        case .publishSkipped(let suffix, let name):
            return ["namespace_suffix": names(suffix), "track_name": .name(name)]
        }
    }

    // MARK: Messages

    private func setup(_ setup: Setup) -> JSONObject {
        var fields: JSONObject = [:]
        if rules.versionsInSetup {
            switch setup.role {
            case .client: fields["supported_versions"] = .array(setup.versions.map { .number($0) })
            case .server: fields["selected_version"] = .number(setup.versions.first ?? 0)
            }
        }
        var options: JSONObject = [:]
        if let path = setup.path { options["path"] = .name(path) }
        if let limit = setup.maxRequestID { options["max_request_id"] = .number(limit) }
        options["authorization_token"] = tokens(setup.authorizationTokens)
        if let size = setup.maxAuthTokenCacheSize { options["max_auth_token_cache_size"] = .number(size) }
        if let authority = setup.authority { options["authority"] = .name(authority) }
        if let limit = setup.maxFilterRanges { options["max_filter_ranges"] = .number(limit) }
        if let name = setup.implementation { options["moqt_implementation"] = .string(name) }
        if let limit = setup.maxRequestUpdates { options["max_request_updates"] = .number(limit) }
        if !setup.unknown.isEmpty { options["unknown"] = .array(setup.unknown.map(unknown)) }
        return fields.with(optionsField, .object(options))
    }

    /// "Setup parameters" became "setup options".
    var optionsField: String { rules.setupTravelsOn == .uniControlStreams ? "options" : "parameters" }

    private func goAway(_ goAway: GoAway) -> JSONObject {
        var fields: JSONObject = ["new_session_uri": .string(goAway.newSessionURI)]
        if rules.goAwayCarriesTimeout { fields["timeout"] = .number(goAway.timeout ?? 0) }
        if let id = goAway.requestID { fields["request_id"] = .number(id.value) }
        return fields
    }

    private func subscribe(_ message: Subscribe) -> JSONObject {
        let fields = hasFixedFields ? fixedFields(message.parameters) : [:]
        return id(message.requestID, message.requiredRequestIDDelta).merged(track(message.track)).merged(
            fields
        )
        .with("parameters", parameters(message.parameters))
    }

    private func requestOK(_ ok: RequestOK) -> JSONObject {
        if ok.kind == .trackStatus, hasFixedFields {
            return id(ok.requestID).with("track_alias", .number(ok.alias?.value ?? 0))
                .merged(statement(ok.parameters, ok.properties))
        }
        // Where answers have types of their own these two say nothing but the request.
        guard rules.answerTypes == .shared else { return id(ok.requestID) }
        return id(ok.requestID).with("parameters", parameters(ok.parameters, ok.properties))
            .merged(extensions(ok.properties))
    }

    private func update(_ message: RequestUpdate) -> JSONObject {
        var fields = id(message.requestID, message.requiredRequestIDDelta)
        if let existing = message.existingRequestID {
            fields[existingField] = .number(existing.value)
        }
        if hasFixedFields {
            switch message.parameters.filter {
            case .range(let start, let endGroup, _):
                fields.location(start, "start")
                fields["end_group"] = .number(endGroup &+ 1)
            case .from(let start):
                fields.location(start, "start")
                fields["end_group"] = "0"
            default: break
            }
            fields["subscriber_priority"] = .number(message.parameters.subscriberPriority ?? 0)
            fields["forward"] = .flag(message.parameters.forward ?? false)
        }
        return fields.with("parameters", parameters(message.parameters))
    }

    /// What an update calls the request that it changes.
    var existingField: String { hasFixedFields ? "subscription_request_id" : "existing_request_id" }

    private func publish(_ message: Publish) -> JSONObject {
        var fields = id(message.requestID, message.requiredRequestIDDelta).merged(track(message.track))
            .with("track_alias", .number(message.alias.value))
        if hasFixedFields {
            fields["group_order"] = .number(message.properties.groupOrder?.rawValue ?? 0)
            fields = fields.merged(content(message.parameters.largestObject))
            fields["forward"] = .flag(message.parameters.forward ?? false)
        }
        return fields.with("parameters", parameters(message.parameters, message.properties))
            .merged(extensions(message.properties))
    }

    private func fetch(_ message: Fetch) -> JSONObject {
        var fields = id(message.requestID, message.requiredRequestIDDelta)
        if hasFixedFields {
            fields["subscriber_priority"] = .number(message.parameters.subscriberPriority ?? 0)
            fields["group_order"] = .number(message.parameters.groupOrder?.rawValue ?? 0)
        }
        var parameters = message.parameters
        if rules.fetchRangeTravelsIn == .locationFilter {
            // Written as it stands on the wire: among the parameters.
            switch message.range {
            case .standalone(let track, let start, let endGroup, let endObject):
                fields = fields.merged(self.track(track))
                parameters.filter = .range(start: start, endGroup: endGroup, endObject: endObject)
            case .filtered(let track, let filter):
                fields = fields.merged(self.track(track))
                parameters.filter = filter == .unfiltered ? nil : filter
            case .relativeJoining, .absoluteJoining: break
            }
            return fields.with("parameters", self.parameters(parameters))
        }
        switch message.range {
        case .standalone(let track, let start, let endGroup, let endObject):
            fields["fetch_type"] = "1"
            fields = fields.merged(self.track(track))
            fields.location(start, "start")
            fields["end_group"] = .number(endGroup)
            fields["end_object"] = .number(endObject.map { $0 &+ 1 } ?? 0)
        case .relativeJoining(let joined, let groupCount):
            fields["fetch_type"] = "2"
            fields["joining_request_id"] = .number(joined.value)
            fields["joining_start"] = .number(groupCount)
        case .absoluteJoining(let joined, let startGroup):
            fields["fetch_type"] = "3"
            fields["joining_request_id"] = .number(joined.value)
            fields["joining_start"] = .number(startGroup)
        case .filtered: break
        }
        return fields.with("parameters", self.parameters(message.parameters))
    }

    private func fetchOK(_ ok: FetchOK) -> JSONObject {
        var fields = id(ok.requestID)
        let object =
            rules.fetchRangeTravelsIn == .locationFilter ? ok.endObject ?? .max : (ok.endObject ?? .max) &+ 1
        if hasFixedFields { fields["group_order"] = .number(ok.properties.groupOrder?.rawValue ?? 0) }
        fields["end_of_track"] = .flag(ok.endOfTrack)
        if hasFixedFields {
            fields["end_location"] = .object(["group": .number(ok.endGroup), "object": .number(object)])
        } else {
            fields["end_group"] = .number(ok.endGroup)
            fields["end_object"] = .number(object)
        }
        return fields.with("parameters", parameters(ok.parameters, ok.properties))
            .merged(extensions(ok.properties))
    }

    // MARK: Parts of messages

    private func id(_ request: RequestID?) -> JSONObject {
        request.map { ["request_id": .number($0.value)] } ?? [:]
    }

    /// Of a request, with draft 17's reference to one that must come first.
    private func id(_ request: RequestID, _ requiredDelta: UInt64) -> JSONObject {
        let fields = id(request)
        guard rules.hasRequiredRequestID else { return fields }
        return fields.with("required_request_id_delta", .number(requiredDelta))
    }

    func names(_ namespace: TrackNamespace) -> JSONValue {
        .array(namespace.fields.map { .name($0) })
    }

    private func track(_ track: FullTrackName) -> JSONObject {
        ["track_namespace": names(track.namespace), "track_name": .name(track.name)]
    }

    private func named(_ reference: NamespaceReference, _ field: String) -> JSONObject {
        switch reference {
        case .namespace(let namespace): [field: names(namespace)]
        case .request(let request): id(request)
        }
    }

    private func failure(_ failure: RequestFailure, _ kind: RequestKind?) -> JSONObject {
        var fields: JSONObject = ["error_code": .number(errors.code(failure.code, kind))]
        if rules.requestErrorCarriesRetry {
            fields["retry_interval"] = .number(failure.retryAfter.map { $0 &+ 1 } ?? 0)
        }
        fields["reason_phrase"] = .string(failure.reason)
        if let redirect = failure.redirect {
            let target: JSONObject = ["connect_uri": .string(redirect.connectURI)]
            fields["redirect"] = .object(target.merged(track(redirect.track)))
        }
        return fields
    }
}
