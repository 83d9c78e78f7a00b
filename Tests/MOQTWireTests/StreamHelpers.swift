import Containers
import MOQTModel
import MOQTWire

/// Every event of a subgroup stream that arrives in pieces of `step` bytes and then ends.
func subgroupEvents(
    _ bytes: [UInt8], _ rules: DraftRules, step: Int = .max
) throws(WireError) -> [SubgroupEvent] {
    var parser = SubgroupParser(rules)
    var events: [SubgroupEvent] = []
    for piece in bytes.pieces(step) {
        parser.feed(piece)
        while let event = try parser.next() { events.append(event) }
    }
    try parser.finished()
    return events
}

func fetchEvents(
    _ bytes: [UInt8], _ rules: DraftRules, order: GroupOrder = .ascending, step: Int = .max
) throws(WireError) -> [FetchEvent] {
    var parser = FetchParser(rules, order: order)
    var events: [FetchEvent] = []
    for piece in bytes.pieces(step) {
        parser.feed(piece)
        while let event = try parser.next() { events.append(event) }
    }
    try parser.finished()
    return events
}

extension [UInt8] {
    /// Payloads of at most `step` bytes each, cut from one slab.
    func pieces(_ step: Int) -> [Payload] {
        let whole = Payload(self)
        guard step < count else { return [whole] }
        return stride(from: 0, to: count, by: step).map { whole.slice(from: $0, count: step) }
    }
}

extension [SubgroupEvent] {
    /// The same with neighbouring payloads joined.
    var joined: [SubgroupEvent] {
        reduce(into: []) { events, event in
            if case .payload(let next) = event, case .payload(let before)? = events.last {
                events[events.count - 1] = .payload(Payload(before.bytes + next.bytes))
            } else {
                events.append(event)
            }
        }
    }

    /// The stream written again.
    func encoded(_ rules: DraftRules) throws(WireError) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint)
        var bytes: [UInt8] = []
        var previous: UInt64?
        var hasProperties = false
        for event in self {
            switch event {
            case .header(let header):
                bytes += try SubgroupEncoder.header(header, alias: header.alias, rules)
                hasProperties = header.hasProperties
            case .objectBegan(let header):
                writer.removeAll()
                try SubgroupEncoder.objectHeader(
                    previousObjectID: previous, header, hasProperties: hasProperties, shape: rules.bodyShape,
                    keepsStatusProperties: true, into: &writer)
                bytes += writer.bytes
                previous = header.objectID
            case .payload(let payload): bytes += payload.bytes
            case .objectEnded: break
            }
        }
        return bytes
    }
}

extension [FetchEvent] {
    var joined: [FetchEvent] {
        reduce(into: []) { events, event in
            if case .payload(let next) = event, case .payload(let before)? = events.last {
                events[events.count - 1] = .payload(Payload(before.bytes + next.bytes))
            } else {
                events.append(event)
            }
        }
    }

    func encoded(_ rules: DraftRules, order: GroupOrder = .ascending) throws(WireError) -> [UInt8] {
        var encoder = FetchEncoder(rules, order: order)
        var writer = WireWriter(varint: rules.varint)
        for event in self {
            switch event {
            case .header(let request): writer.raw(try FetchEncoder.header(request, rules))
            case .objectBegan(let header): try encoder.objectHeader(header, into: &writer)
            case .payload(let payload): writer.raw(payload.bytes)
            case .objectEnded: break
            case .gap(let gap, let location): try encoder.gap(gap, through: location, into: &writer)
            }
        }
        return writer.bytes
    }
}
