import MOQTModel

/// Fields of draft 14's messages, and ends of ranges.
extension WireReader {
    /// 0 = the publisher's, 1, 2.
    mutating func optionalGroupOrder() throws(WireError) -> GroupOrder? {
        let value = try u8()
        if value == 0 { return nil }
        guard let order = GroupOrder(rawValue: value) else { throw .protocolViolation("unknown group order") }
        return order
    }

    mutating func groupOrder() throws(WireError) -> GroupOrder {
        guard let order = GroupOrder(rawValue: try u8()) else {
            throw .protocolViolation("unknown group order")
        }
        return order
    }

    /// Content Exists and, if so, the largest location.
    mutating func optionalLargest() throws(WireError) -> Location? {
        try flag("content exists over 1") ? try location() : nil
    }

    /// The end of a FETCH or of what it found: one more than the last object, 0 = the whole group; where
    /// ends are inclusive, the largest id stands for the whole group.
    mutating func fetchEnd(_ rules: DraftRules) throws(WireError) -> (group: UInt64, object: UInt64?) {
        let end = try location()
        if rules.fetchRangeTravelsIn == .locationFilter {
            return (end.group, end.object == .max ? nil : end.object)
        }
        return (end.group, end.object == 0 ? nil : end.object - 1)
    }
}

extension WireWriter {
    /// The order in which the subscription is delivered, not what the publisher would like (draft-14 section
    /// 9.8): the latter where nobody has decided.
    mutating func groupOrder(_ properties: TrackProperties, _ parameters: MessageParameters) {
        u8((parameters.groupOrder ?? properties.groupOrder ?? .ascending).rawValue)
    }

    mutating func optionalLargest(_ largest: Location?) throws(WireError) {
        flag(largest != nil)
        if let largest { try location(largest) }
    }

    mutating func fetchEnd(
        group: UInt64, object: UInt64?, _ rules: DraftRules
    ) throws(WireError) {
        try varint(group)
        if rules.fetchRangeTravelsIn == .locationFilter { return try varint(object ?? .max) }
        guard let object else { return try varint(0) }
        let (end, overflow) = object.addingReportingOverflow(1)
        guard !overflow else { throw .notExpressible("object id over 64 bits") }
        try varint(end)
    }
}

extension MessageParameters {
    /// These fields and the parameters that followed them; never both for the same thing.
    func merging(_ parameters: MessageParameters, _ rules: DraftRules) -> MessageParameters {
        guard rules.subscriptionLayout == .fixedFields else { return parameters }
        var merged = parameters
        merged.subscriberPriority = subscriberPriority
        merged.groupOrder = groupOrder
        merged.forward = forward
        merged.filter = filter
        merged.expires = expires
        merged.largestObject = largestObject
        return merged
    }
}
