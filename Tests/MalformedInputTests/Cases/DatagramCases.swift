import MOQTModel

/// Object datagrams (draft-18 section 11.3.1). The first piece is everything before the payload.
enum DatagramCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        func add(_ rule: String, _ topic: Topic, _ pieces: [[UInt8]], _ outcome: Outcome = .violation) {
            list.add("datagram", rule, topic, .granted(.subscribe), .datagram, pieces, outcome)
        }
        func header(_ type: UInt64, alias: UInt64 = 7) -> [UInt8] {
            var bytes = side.v(type) + side.v(alias) + side.v(3)
            if type & 0x04 == 0 { bytes += side.v(1) }
            if type & 0x08 == 0 { bytes.append(5) }
            return bytes
        }
        let invalidEverywhere: [UInt64] = [0x10, 0x1F, 0x22, 0x23, 0x26, 0x30, 0x40, 0x80, 0x1000]
        let invalid =
            invalidEverywhere + (side.number == 14 ? [0x08, 0x0F, 0x24, 0x28, 0x2D] : [0x2A, 0x2E])
        for type in invalid {
            add("type 0x\(String(type, radix: 16))", .datagrams, [header(type) + side.v(0)])
        }
        let valid: [UInt64] = [0x00, 0x02, 0x04, 0x06] + (side.number == 14 ? [] : [0x08, 0x0E])
        for type in valid {
            add(
                "type 0x\(String(type, radix: 16)): valid", .datagrams, [header(type), [1, 2, 3]], .tolerated)
        }
        add("of no bytes", .datagrams, [[]])
        add("property block of no bytes", .objectProperties, [header(0x01) + side.v(0), [1]])
        add("property block longer than the datagram", .objectProperties, [header(0x01) + side.v(40) + [1]])
        add("property block of the largest length", .objectProperties, [header(0x01) + side.v(side.maximum)])
        add(
            "properties: valid", .objectProperties,
            [header(0x01) + side.b(side.v(0x3E) + side.v(1)), [1, 2]], .tolerated)
        for status: UInt64 in [2, 5, 0x3F] {
            add("object status \(status)", .status, [header(0x20) + side.v(status)])
        }
        add(
            "object status 1", .status, [header(0x20) + side.v(1)],
            side.number >= 16 ? .violation : .tolerated)
        for status: UInt64 in [3, 4] {
            add("object status \(status): valid", .status, [header(0x20) + side.v(status)], .tolerated)
        }
        add("a payload behind a status", .datagrams, [header(0x20) + side.v(3), [1]])
        for (status, what) in [(UInt64(3), "an end of group"), (4, "an end of track")] {
            add(
                "properties on \(what)", .objectProperties,
                [header(0x21) + side.b(side.v(0x3E) + side.v(1)) + side.v(status)],
                side.number >= 15 ? .violation : .tolerated)
        }
        // Draft 14 forbids it, but its table of types and the published vectors have such a datagram.
        add(
            "properties on an object that does not exist", .objectProperties,
            [header(0x21) + side.b(side.v(0x3E) + side.v(1)) + side.v(1)],
            side.number >= 15 ? .violation : .tolerated)
        add("an unknown alias: held, dropped later", .trackAlias, [header(0x00, alias: 99), [1]], .tolerated)
        add(
            "the largest alias: held, dropped later", .trackAlias, [header(0, alias: side.maximum), [1]],
            .tolerated)
        if side.number == 17 { add("type in the 7-byte form", .integers, [[0xFC, 0, 0, 0, 0, 0, 0]]) }
        let padding = [side.v(0x132B_3E29), [0, 0, 0, 0]]
        add("padding", .padding, padding, side.number >= 18 ? .tolerated : .violation)
        return list.cases
    }
}
