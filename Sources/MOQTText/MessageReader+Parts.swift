import MOQTModel
import MOQTWire

/// The parts that messages share.
extension MessageReader {
    func id(_ fields: inout FieldReader) throws(TextFailure) -> RequestID {
        RequestID(try fields.integer("request_id"))
    }

    /// The request that an answer names, where answers name one.
    func answered(_ fields: inout FieldReader) throws(TextFailure) -> RequestID? {
        rules.answersCarryRequestID ? try id(&fields) : nil
    }

    func requiredDelta(_ fields: inout FieldReader) throws(TextFailure) -> UInt64 {
        rules.hasRequiredRequestID ? try fields.optionalInteger("required_request_id_delta") ?? 0 : 0
    }

    func track(_ fields: inout FieldReader) throws(TextFailure) -> FullTrackName {
        FullTrackName(
            namespace: try fields.namespace("track_namespace"), name: try fields.name("track_name"))
    }

    func reference(
        _ name: String, _ fields: inout FieldReader
    ) throws(TextFailure) -> NamespaceReference {
        fields.has(name) ? .namespace(try fields.namespace(name)) : .request(try id(&fields))
    }

    func location(_ prefix: String, _ fields: inout FieldReader) throws(TextFailure) -> Location {
        Location(
            group: try fields.integer(prefix + "_group"), object: try fields.integer(prefix + "_object"))
    }

    func locationObject(
        _ name: String, _ fields: inout FieldReader
    ) throws(TextFailure) -> Location? {
        guard var inner = try fields.optionalObject(name) else { return nil }
        let location = Location(group: try inner.integer("group"), object: try inner.integer("object"))
        try inner.finish()
        return location
    }

    func content(_ fields: inout FieldReader) throws(TextFailure) -> Location? {
        let exists = try fields.optionalFlag("content_exists") ?? false
        let largest = try locationObject("largest_location", &fields)
        guard exists == (largest != nil) else {
            throw fields.failure("'largest_location' and 'content_exists' contradict each other")
        }
        return largest
    }

    func fixedFields(_ fields: inout FieldReader) throws(TextFailure) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.subscriberPriority = try fields.optionalByte("subscriber_priority")
        parameters.groupOrder = try fields.optionalOrder("group_order")
        parameters.forward = try fields.optionalFlag("forward")
        parameters.filter = try filter(&fields)
        return parameters
    }

    func filter(_ fields: inout FieldReader) throws(TextFailure) -> LocationFilter {
        if rules.filterForm == .fieldCount { return try countedFilter(&fields) }
        switch try fields.integer("filter_type") {
        case 1: return .nextGroup
        case 2: return .nextObject
        case 3: return .from(try location("start", &fields))
        case 4:
            let start = try location("start", &fields)
            return .range(start: start, endGroup: try endGroup(start, &fields), endObject: nil)
        default: throw fields.failure("'filter_type' is none of 1 to 4")
        }
    }

    private func countedFilter(_ fields: inout FieldReader) throws(TextFailure) -> LocationFilter {
        guard let group = try fields.optionalInteger("start_group") else { return .unfiltered }
        guard let object = try fields.optionalInteger("start_object") else {
            return group == 0 ? .nextGroup : .relative(groupCount: group)
        }
        let start = Location(group: group, object: object)
        guard fields.has("end_group_delta") else { return start == .zero ? .nextObject : .from(start) }
        let endGroup = try endGroup(start, &fields)
        let endObject = try fields.optionalInteger("end_object")
        if start == .zero, endGroup == .max, endObject == nil { return .from(.zero) }
        return .range(start: start, endGroup: endGroup, endObject: endObject)
    }

    private func endGroup(_ start: Location, _ fields: inout FieldReader) throws(TextFailure) -> UInt64 {
        guard rules.filterForm != .typedWithEndGroup else { return try fields.integer("end_group") }
        let (end, overflow) = start.group.addingReportingOverflow(try fields.integer("end_group_delta"))
        guard !overflow else { throw fields.failure("'end_group_delta' leads beyond 64 bits") }
        return end
    }

    func statement(
        _ fields: inout FieldReader
    ) throws(TextFailure) -> (MessageParameters, TrackProperties) {
        var fixed = MessageParameters()
        var order: GroupOrder?
        if rules.subscriptionLayout == .fixedFields {
            fixed.expires = try fields.integer("expires")
            order = try fields.optionalOrder("group_order")
            fixed.largestObject = try content(&fields)
        }
        var (parameters, properties) = try parameters(&fields, fixed)
        try self.properties(&fields, into: &properties)
        if let order { properties.groupOrder = order }
        return (parameters, properties)
    }

    // MARK: Parameters and properties

    /// The message's parameters on top of its fixed fields, and what they say of the track.
    func parameters(
        _ fields: inout FieldReader, _ fixed: MessageParameters = .init()
    ) throws(TextFailure) -> (parameters: MessageParameters, properties: TrackProperties) {
        var parameters = fixed
        var properties = TrackProperties()
        guard var inner = try fields.optionalObject("parameters") else { return (parameters, properties) }
        parameters.objectDeliveryTimeout = try inner.optionalInteger(text.deliveryTimeoutField)
        parameters.authorizationTokens = try tokens(&inner)
        if rules.trackMetadataTravelsIn != .trackProperties {
            properties.maxCacheDuration = try inner.optionalInteger("max_cache_duration")
            properties.defaultPublisherPriority = try inner.optionalByte("publisher_priority")
            properties.dynamicGroups = try inner.optionalFlag("dynamic_groups")
        }
        parameters.rendezvousTimeout = try inner.optionalInteger("rendezvous_timeout")
        parameters.subgroupDeliveryTimeout = try inner.optionalInteger("subgroup_delivery_timeout")
        if rules.subscriptionLayout == .parameters { try subscription(&inner, &parameters) }
        parameters.newGroupRequest = try inner.optionalInteger("new_group_request")
        if inner.has("track_namespace_prefix") {
            parameters.namespacePrefix = try inner.namespace("track_namespace_prefix")
        }
        parameters.includeProperties = try inner.optionalFlag("include_properties")
        parameters.unknown = try unknown(&inner)
        try inner.finish()
        return (parameters, properties)
    }

    private func subscription(
        _ fields: inout FieldReader, _ parameters: inout MessageParameters
    ) throws(TextFailure) {
        parameters.expires = try fields.optionalInteger("expires")
        parameters.largestObject = try locationObject("largest_object", &fields)
        parameters.fillTimeout = try fields.optionalInteger("fill_timeout")
        parameters.forward = try fields.optionalFlag("forward")
        parameters.subscriberPriority = try fields.optionalByte("subscriber_priority")
        if var inner = try fields.optionalObject(text.filterField) {
            parameters.filter = try filter(&inner)
            try inner.finish()
        }
        parameters.groupOrder = try fields.optionalOrder("group_order")
        if var inner = try fields.optionalObject("fill_parameters") {
            parameters.fill = try fill(&inner)
            try inner.finish()
        }
        for kind in RangeFilter.Kind.allCases where fields.has(kind.field) {
            let filters = try fields.objects(kind.field)
            if filters.isEmpty { parameters.removedRangeFilters.append(kind) }
            for var inner in filters {
                parameters.rangeFilters.append(try rangeFilter(kind, &inner))
                try inner.finish()
            }
        }
    }

    private func fill(_ fields: inout FieldReader) throws(TextFailure) -> FillParameters {
        var fill = FillParameters()
        fill.fillTimeout = try fields.optionalInteger("fill_timeout")
        fill.subscriberPriority = try fields.optionalByte("subscriber_priority")
        if var inner = try fields.optionalObject(text.filterField) {
            fill.filter = try filter(&inner)
            try inner.finish()
        }
        fill.groupOrder = try fields.optionalOrder("group_order")
        return fill
    }

    private func rangeFilter(
        _ kind: RangeFilter.Kind, _ fields: inout FieldReader
    ) throws(TextFailure) -> RangeFilter {
        var filter = RangeFilter(kind, setID: try fields.optionalByte("set_id") ?? 0, ranges: [])
        filter.propertyType = try fields.optionalInteger("property_type")
        for var range in try fields.objects("ranges") {
            let start = try range.integer("start")
            let end = try range.optionalInteger("end") ?? .max
            guard start <= end else { throw range.failure("'end' is below 'start'") }
            try range.finish()
            filter.ranges.append(start...end)
        }
        return filter
    }

    func properties(
        _ fields: inout FieldReader, into properties: inout TrackProperties
    ) throws(TextFailure) {
        guard rules.trackMetadataTravelsIn == .trackProperties,
            var inner = try fields.optionalObject(text.extensionsField)
        else { return }
        properties.objectDeliveryTimeout = try inner.optionalInteger(text.deliveryTimeoutField)
        properties.maxCacheDuration = try inner.optionalInteger("max_cache_duration")
        properties.subgroupDeliveryTimeout = try inner.optionalInteger("subgroup_delivery_timeout")
        properties.defaultPublisherPriority = try inner.optionalByte("default_publisher_priority")
        properties.groupOrder = try inner.optionalOrder("default_publisher_group_order")
        properties.dynamicGroups = try inner.optionalFlag("dynamic_groups")
        properties.other = try unknown(&inner)
        try inner.finish()
    }

    func tokens(_ fields: inout FieldReader) throws(TextFailure) -> [AuthorizationToken] {
        var tokens: [AuthorizationToken] = []
        for var inner in try fields.objects("authorization_token") {
            tokens.append(try token(&inner))
            try inner.finish()
        }
        return tokens
    }

    private func token(_ fields: inout FieldReader) throws(TextFailure) -> AuthorizationToken {
        switch try fields.integer("alias_type") {
        case 0: .delete(alias: try fields.integer("token_alias"))
        case 1:
            .register(
                alias: try fields.integer("token_alias"), type: try fields.integer("token_type"),
                value: try fields.optionalBytes(hex: "token_value") ?? [])
        case 2: .useAlias(try fields.integer("token_alias"))
        case 3:
            .useValue(
                type: try fields.integer("token_type"),
                value: try fields.optionalBytes(hex: "token_value") ?? [])
        default: throw fields.failure("'alias_type' is none of 0 to 3")
        }
    }

    func unknown(_ fields: inout FieldReader) throws(TextFailure) -> [Property] {
        var properties: [Property] = []
        for var inner in try fields.objects("unknown") {
            inner.ignore("length")
            let type = try inner.integer("id")
            let bytes = try inner.optionalBytes(hex: "raw_hex")
            let value: Property.Value
            if let bytes { value = .bytes(bytes) } else { value = .integer(try inner.integer("value")) }
            try inner.finish()
            properties.append(Property(type: type, value: value))
        }
        return properties
    }
}
