import MOQTModel
import MOQTWire

/// The parts that messages share: fixed fields, parameters, properties.
extension MessageText {
    /// Draft 14's fields of a subscription.
    func fixedFields(_ parameters: MessageParameters) -> JSONObject {
        var fields: JSONObject = [
            "subscriber_priority": .number(parameters.subscriberPriority ?? 0),
            "group_order": .number(parameters.groupOrder?.rawValue ?? 0),
            "forward": .flag(parameters.forward ?? false),
        ]
        if let filter = parameters.filter { fields = fields.merged(self.filter(filter)) }
        return fields
    }

    func filter(_ filter: LocationFilter) -> JSONObject {
        var fields: JSONObject = [:]
        if rules.filterForm == .fieldCount { return countedFilter(filter) }
        switch filter {
        case .nextGroup: fields["filter_type"] = "1"
        case .nextObject: fields["filter_type"] = "2"
        case .from(let start):
            fields["filter_type"] = "3"
            fields.location(start, "start")
        case .range(let start, let endGroup, _):
            fields["filter_type"] = "4"
            fields.location(start, "start")
            if rules.filterForm == .typedWithEndDelta {
                fields["end_group_delta"] = .number(endGroup &- start.group)
            } else {
                fields["end_group"] = .number(endGroup)
            }
        case .unfiltered, .relative: break
        }
        return fields
    }

    /// The fields that stand on the wire.
    private func countedFilter(_ filter: LocationFilter) -> JSONObject {
        var fields: JSONObject = [:]
        switch filter {
        case .unfiltered: break
        case .nextGroup: fields["start_group"] = "0"
        case .relative(let groupCount): fields["start_group"] = .number(groupCount)
        case .nextObject: fields.location(.zero, "start")
        case .from(.zero):
            fields.location(.zero, "start")
            fields["end_group_delta"] = .number(UInt64.max)
        case .from(let start): fields.location(start, "start")
        case .range(let start, let endGroup, let endObject):
            fields.location(start, "start")
            fields["end_group_delta"] = .number(endGroup &- start.group)
            if let endObject { fields["end_object"] = .number(endObject) }
        }
        return fields
    }

    func content(_ largest: Location?) -> JSONObject {
        guard let largest else { return ["content_exists": "0"] }
        return ["content_exists": "1", "largest_location": location(largest)]
    }

    func location(_ location: Location) -> JSONValue {
        .object(["group": .number(location.group), "object": .number(location.object)])
    }

    /// What SUBSCRIBE_OK and draft 14's TRACK_STATUS_OK say after the alias.
    func statement(
        _ parameters: MessageParameters, _ properties: TrackProperties
    ) -> JSONObject {
        var fields: JSONObject = [:]
        if hasFixedFields {
            fields["expires"] = .number(parameters.expires ?? 0)
            fields["group_order"] = .number(properties.groupOrder?.rawValue ?? 0)
            fields = fields.merged(content(parameters.largestObject))
        }
        return fields.with("parameters", self.parameters(parameters, properties))
            .merged(extensions(properties))
    }

    // MARK: Parameters and properties

    func parameters(
        _ parameters: MessageParameters, _ properties: TrackProperties = .init()
    ) -> JSONValue {
        var fields: JSONObject = [:]
        let describesTrack = rules.trackMetadataTravelsIn != .trackProperties
        let timeout =
            parameters.objectDeliveryTimeout ?? (describesTrack ? properties.objectDeliveryTimeout : nil)
        if let timeout { fields[deliveryTimeoutField] = .number(timeout) }
        fields["authorization_token"] = tokens(parameters.authorizationTokens)
        if describesTrack, let duration = properties.maxCacheDuration {
            fields["max_cache_duration"] = .number(duration)
        }
        if let timeout = parameters.rendezvousTimeout { fields["rendezvous_timeout"] = .number(timeout) }
        if let timeout = parameters.subgroupDeliveryTimeout {
            fields["subgroup_delivery_timeout"] = .number(timeout)
        }
        if !hasFixedFields { addSubscription(parameters, describesTrack ? properties : .init(), &fields) }
        if let group = parameters.newGroupRequest { fields["new_group_request"] = .number(group) }
        if let prefix = parameters.namespacePrefix { fields["track_namespace_prefix"] = names(prefix) }
        if let includes = parameters.includeProperties { fields["include_properties"] = .flag(includes) }
        if !parameters.unknown.isEmpty { fields["unknown"] = .array(parameters.unknown.map(unknown)) }
        return .object(fields)
    }

    /// What stands in fixed fields in draft 14.
    private func addSubscription(
        _ parameters: MessageParameters, _ properties: TrackProperties, _ fields: inout JSONObject
    ) {
        if let expires = parameters.expires { fields["expires"] = .number(expires) }
        if let largest = parameters.largestObject { fields["largest_object"] = location(largest) }
        if let timeout = parameters.fillTimeout { fields["fill_timeout"] = .number(timeout) }
        if let priority = properties.defaultPublisherPriority {
            fields["publisher_priority"] = .number(priority)
        }
        if let forward = parameters.forward { fields["forward"] = .flag(forward) }
        if let priority = parameters.subscriberPriority { fields["subscriber_priority"] = .number(priority) }
        if let filter = parameters.filter { fields[filterField] = .object(self.filter(filter)) }
        if let order = parameters.groupOrder ?? properties.groupOrder {
            fields["group_order"] = .number(order.rawValue)
        }
        if let fill = parameters.fill { fields["fill_parameters"] = .object(self.fill(fill)) }
        for kind in RangeFilter.Kind.allCases { fields[kind.field] = rangeFilters(kind, parameters) }
        if let dynamic = properties.dynamicGroups { fields["dynamic_groups"] = .flag(dynamic) }
    }

    private func fill(_ fill: FillParameters) -> JSONObject {
        var fields: JSONObject = [:]
        if let timeout = fill.fillTimeout { fields["fill_timeout"] = .number(timeout) }
        if let priority = fill.subscriberPriority { fields["subscriber_priority"] = .number(priority) }
        if let filter = fill.filter { fields[filterField] = .object(self.filter(filter)) }
        if let order = fill.groupOrder { fields["group_order"] = .number(order.rawValue) }
        return fields
    }

    /// A list of filters; an empty one removes them. Ranges as what they cover, not as they are written.
    private func rangeFilters(_ kind: RangeFilter.Kind, _ parameters: MessageParameters) -> JSONValue? {
        let filters = parameters.rangeFilters.filter { $0.kind == kind }
        guard !filters.isEmpty || parameters.removedRangeFilters.contains(kind) else { return nil }
        return .array(
            filters.map { filter in
                var fields: JSONObject = ["set_id": .number(filter.setID)]
                if let type = filter.propertyType { fields["property_type"] = .number(type) }
                let ranges = filter.ranges.map { range in
                    let start: JSONObject = ["start": .number(range.lowerBound)]
                    let end: JSONObject =
                        range.upperBound == .max ? [:] : ["end": .number(range.upperBound)]
                    return JSONValue.object(start.merged(end))
                }
                return .object(fields.with("ranges", .array(ranges)))
            })
    }

    var filterField: String { rules.hasRangeFilters ? "location_filter" : "subscription_filter" }

    /// The one delivery timeout of old got a name of its own when the subgroup's came.
    var deliveryTimeoutField: String {
        rules.parameters.subgroupDeliveryTimeout.isEmpty ? "delivery_timeout" : "object_delivery_timeout"
    }

    var extensionsField: String {
        rules.parameterForm == .typed ? "track_properties" : "track_extensions"
    }

    func extensions(_ properties: TrackProperties) -> JSONObject {
        guard rules.trackMetadataTravelsIn == .trackProperties, properties != TrackProperties() else {
            return [:]
        }
        var fields: JSONObject = [:]
        let properties = properties.mutable
        if let timeout = properties.objectDeliveryTimeout { fields[deliveryTimeoutField] = .number(timeout) }
        if let duration = properties.maxCacheDuration { fields["max_cache_duration"] = .number(duration) }
        if let timeout = properties.subgroupDeliveryTimeout {
            fields["subgroup_delivery_timeout"] = .number(timeout)
        }
        if let priority = properties.defaultPublisherPriority {
            fields["default_publisher_priority"] = .number(priority)
        }
        if let order = properties.groupOrder {
            fields["default_publisher_group_order"] = .number(order.rawValue)
        }
        if let dynamic = properties.dynamicGroups { fields["dynamic_groups"] = .flag(dynamic) }
        if !properties.other.isEmpty { fields["unknown"] = .array(properties.other.map(unknown)) }
        return [extensionsField: .object(fields)]
    }

    /// One token as an object, more as a list.
    func tokens(_ tokens: [AuthorizationToken]) -> JSONValue? {
        tokens.count > 1 ? .array(tokens.map(token)) : tokens.first.map(token)
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

    func unknown(_ property: Property) -> JSONValue {
        let id = JSONValue.string("0x" + String(property.type, radix: 16))
        switch property.value {
        case .integer(let value): return .object(["id": id, "value": .number(value)])
        case .bytes(let bytes):
            return .object(["id": id, "length": .number(bytes.count), "raw_hex": .hex(bytes)])
        }
    }
}

extension RangeFilter.Kind {
    /// The parameter's name.
    var field: String {
        switch self {
        case .subgroup: "subgroup_filter"
        case .objectID: "objectid_filter"
        case .publisherPriority: "priority_filter"
        case .objectProperty: "object_property_filter"
        case .trackProperty: "track_property_filter"
        }
    }
}

extension JSONObject {
    mutating func location(_ location: Location, _ prefix: String) {
        self[prefix + "_group"] = .number(location.group)
        self[prefix + "_object"] = .number(location.object)
    }
}
