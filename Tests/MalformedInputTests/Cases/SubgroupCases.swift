import MOQTModel

/// Subgroup streams (draft-18 section 11.4.2). Alias 7 is a live subscription of ours.
enum SubgroupCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        types(&list)
        objects(&list)
        ends(&list)
        aliases(&list)
        return list.cases
    }

    /// Type 0x11 or what is asked: alias 7, group 3, priority 5.
    static func header(_ side: Side, _ type: UInt64 = 0x11, alias: UInt64 = 7) -> [UInt8] {
        var bytes = side.v(type) + side.v(alias) + side.v(3)
        if type & 0x06 == 0x04 { bytes += side.v(1) }
        if type & 0x20 == 0 { bytes.append(5) }
        return bytes
    }

    /// An object with an empty property block and three bytes of payload.
    static func object(_ side: Side, delta: UInt64 = 0, properties: [UInt8] = []) -> [UInt8] {
        side.v(delta) + side.b(properties) + side.v(3) + [1, 2, 3]
    }

    static func status(_ side: Side, _ status: UInt64, properties: [UInt8] = []) -> [UInt8] {
        side.v(0) + side.b(properties) + side.v(0) + side.v(status)
    }

    private static func add(
        _ rule: String, _ topic: Topic, _ pieces: [[UInt8]], fin: Bool = false,
        _ outcome: Outcome = .violation,
        _ list: inout CaseList
    ) {
        list.add(
            "subgroup stream", rule, topic, .granted(.subscribe), .unidirectional, pieces, fin: fin, outcome)
    }

    private static func types(_ list: inout CaseList) {
        let side = list.side
        var invalid: [UInt64] = [0x00, 0x01, 0x0F, 0x16, 0x17, 0x1E, 0x1F, 0x20, 0x80, 0x90, 0x1000]
        invalid += side.number == 14 ? [0x30, 0x31, 0x3D] : [0x36, 0x37, 0x3E, 0x3F]
        invalid += side.number <= 17 ? [0x50, 0x5D, 0x70] : [0x40, 0x56, 0x5F, 0x76, 0x7F]
        for type in invalid {
            add(
                "type 0x\(String(type, radix: 16))", .streamTypes,
                [side.v(type) + side.v(7) + side.v(3) + [5]], .violation, &list)
        }
        var valid: [UInt64] = [0x10, 0x11, 0x12, 0x14, 0x18, 0x1D]
        if side.number >= 15 { valid += [0x30, 0x35, 0x3D] }
        if side.number >= 18 { valid += [0x50, 0x7D] }
        for type in valid {
            var pieces = [header(side, type)]
            pieces.append(type & 1 == 1 ? object(side) : side.v(0) + side.v(3) + [1, 2, 3])
            add(
                "type 0x\(String(type, radix: 16)): valid", .subgroups, pieces, fin: true, .tolerated, &list)
        }
        if side.number == 17 {
            add("type in the 7-byte form", .integers, [[0xFD, 0, 0, 0, 0, 0, 0x10]], .violation, &list)
            add("alias in the 7-byte form", .integers, [[0x10, 0xFC, 0, 0, 0, 0, 0, 7]], .violation, &list)
        }
        if side.number <= 17 {
            list.add(
                "padding stream", "does not exist in this draft", .padding, .setup, .unidirectional,
                [side.v(0x132B_3E28) + [0, 0]])
            list.add(
                "SETUP stream", "of another draft's control type", .streamTypes, .setup, .unidirectional,
                [side.v(side.isStreaming ? 0x2F01 : 0x2F00) + [0, 0]])
        } else {
            list.add(
                "padding stream", "is thrown away", .padding, .setup, .unidirectional,
                [side.v(0x132B_3E28), Array(repeating: 0, count: 40)], fin: true, opaque: true, .tolerated)
        }
    }

    private static func objects(_ list: inout CaseList) {
        let side = list.side
        let start = header(side)
        let first = object(side)
        for value: UInt64 in [0x2, 0x5, 0xFF, side.maximum] {
            add("object status \(value)", .status, [start, status(side, value)], .violation, &list)
        }
        add(
            "object status 1", .status, [start, status(side, 1)],
            side.number >= 16 ? .violation : .tolerated, &list)
        for value: UInt64 in [0, 3, 4] {
            add(
                "object status \(value): valid", .status, [start, first, status(side, value)], fin: true,
                .tolerated, &list)
        }
        let property = side.v(0x3E) + side.v(1)
        // Drafts 15 and 16 forbid it in the same words, but the published vectors have such an object.
        add(
            "properties on an end of group", .objectProperties,
            [start, status(side, 3, properties: property)],
            side.number >= 17 ? .violation : .tolerated, &list)
        add(
            "properties on an end of track", .objectProperties,
            [start, status(side, 4, properties: property)],
            side.number >= 15 ? .violation : .tolerated, &list)
        add(
            "properties on an object that does not exist", .objectProperties,
            [start, status(side, 1, properties: property)], .violation, &list)
        if side.number >= 17 {
            add(
                "object id beyond 64 bits", .subgroups,
                [start, object(side, delta: .max), object(side)], .violation, &list)
            add(
                "object id far beyond 64 bits", .subgroups,
                [start, object(side, delta: .max - 1), object(side, delta: .max)], .violation, &list)
        }
        add(
            "property block of 65537 bytes (our limit)", .objectProperties,
            [start, side.v(0) + side.v(65_537)], .violation, &list)
        add(
            "property block of the largest length (our limit)", .objectProperties,
            [start, side.v(0) + side.v(side.maximum)], .violation, &list)
        add(
            "payload of the largest length, not sent: waits", .subgroups,
            [start, side.v(0) + side.v(0) + side.v(side.maximum)], .tolerated, &list)
    }

    private static func ends(_ list: inout CaseList) {
        let side = list.side
        let start = header(side)
        add("ends in its type", .closing, [[side.isStreaming ? 0x80 : 0x40]], fin: true, .violation, &list)
        add("ends in its header", .closing, [Array(start.dropLast())], fin: true, .violation, &list)
        add("ends in an object's header", .closing, [start, [0]], fin: true, .violation, &list)
        add(
            "ends in an object's properties", .closing, [start, side.v(0) + side.v(5) + [0x3E]], fin: true,
            .violation, &list)
        add(
            "ends in an object's payload", .closing, [start, Array(object(side).dropLast())], fin: true,
            .violation, &list)
        add(
            "ends before an object's status", .closing, [start, side.v(0) + side.v(0) + side.v(0)], fin: true,
            .violation, &list)
        add("ends behind its header: valid", .closing, [start], fin: true, .tolerated, &list)
        list.add(
            "unidirectional stream", "ends without a byte: tolerated", .closing, .setup, .unidirectional, [],
            fin: true, .tolerated)
    }

    private static func aliases(_ list: inout CaseList) {
        let side = list.side
        list.add(
            "subgroup stream", "an unknown alias: held, stopped with CANCELLED after 3 s", .trackAlias,
            .setup,
            .unidirectional, [header(side, alias: 99), object(side)], wait: 3_001, opaque: true, .stopped(0x1)
        )
        list.add(
            "subgroup stream", "an unknown alias: held at first", .trackAlias, .setup, .unidirectional,
            [header(side, alias: side.maximum), object(side)], opaque: true, .tolerated)
    }
}
