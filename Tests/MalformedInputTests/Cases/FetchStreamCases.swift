import MOQTModel

/// FETCH streams (draft-18 section 11.4.4). Our request 0 is an open FETCH.
enum FetchStreamCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let start = side.v(0x05) + side.v(side.ownID(0))
        func add(
            _ rule: String, _ topic: Topic, _ pieces: [[UInt8]], fin: Bool = false,
            _ outcome: Outcome = .violation
        ) {
            list.add(
                "FETCH stream", rule, topic, .granted(.fetch), .unidirectional, pieces, fin: fin, outcome)
        }
        if side.number == 14 {
            plain(side, start, add)
        } else {
            flagged(side, start, add)
        }
        add("ends in its header", .fetchStreams, [Array(start.dropLast())], fin: true)
        add("ends behind its header: an empty result", .fetchStreams, [start], fin: true, .tolerated)
        list.add(
            "FETCH stream", "of a request that was never made: stopped with CANCELLED", .fetchStreams,
            .setup, .unidirectional, [side.v(0x05) + side.v(side.ownID(60)), [0]], opaque: true, .stopped(0x1)
        )
        list.add(
            "FETCH stream", "of a SUBSCRIBE: stopped with CANCELLED", .fetchStreams, .granted(.subscribe),
            .unidirectional, [start, [0]], opaque: true, .stopped(0x1))
        list.add(
            "FETCH stream", "of a request of the peer's: stopped with CANCELLED", .fetchStreams,
            .requested(.fetch), .unidirectional, [side.v(0x05) + side.v(side.peerID(0)), [0]], opaque: true,
            .stopped(0x1))
        return list.cases
    }

    typealias Add = (String, Topic, [[UInt8]], Bool, Outcome) -> Void

    private static func plain(
        _ side: Side, _ start: [UInt8], _ add: Add
    ) {
        func object(_ tail: [UInt8]) -> [UInt8] {
            side.location(1, 0) + side.v(2) + [5] + side.v(0) + tail
        }
        add("object status 2", .status, [start, object(side.v(0) + side.v(2))], false, .violation)
        add("object status 9", .status, [start, object(side.v(0) + side.v(9))], false, .violation)
        add("object status 1: valid", .status, [start, object(side.v(0) + side.v(1))], true, .tolerated)
        let property = side.location(1, 0) + side.v(2) + [5] + side.b(side.v(0x3E) + side.v(1)) + side.v(0)
        add(
            "properties on an object that does not exist", .objectProperties, [start, property + side.v(1)],
            false, .violation)
        add("an object: valid", .fetchStreams, [start, object(side.v(2) + [1, 2])], true, .tolerated)
        add("ends in an object", .closing, [start, object(side.v(2) + [1])], true, .violation)
        add(
            "property block of the largest length (our limit)", .objectProperties,
            [start, side.location(1, 0) + side.v(2) + [5] + side.v(side.maximum)], false, .violation)
    }

    private static func flagged(_ side: Side, _ start: [UInt8], _ add: Add) {
        func flags(_ value: UInt64) -> [UInt8] { side.number == 15 ? [UInt8(value)] : side.v(value) }
        let tail = side.v(2) + [1, 2]
        /// Group 4, subgroup 0, object 5, priority 6.
        let first = flags(0x1C) + side.location(4, 5) + [6] + tail
        add("an object: valid", .fetchStreams, [start, first], true, .tolerated)
        add(
            "refers to a prior object that is none", .fetchStreams, [start, flags(0x10) + [6] + tail], false,
            .violation)
        add(
            "refers to a prior group that is none", .fetchStreams,
            [start, flags(0x14) + side.v(1) + [6] + tail], false, .violation)
        add(
            "refers to a prior object id that is none", .fetchStreams,
            [start, flags(0x18) + side.v(1) + [6] + tail], false, .violation)
        add(
            "refers to a prior priority that is none", .fetchStreams,
            [start, flags(0x0C) + side.location(1, 1) + tail], false, .violation)
        add(
            "refers to a prior subgroup that is none", .fetchStreams,
            [start, flags(0x1D) + side.location(1, 1) + [6] + tail], false, .violation)
        add(
            "follows a prior subgroup that is none", .fetchStreams,
            [start, flags(0x1E) + side.location(1, 1) + [6] + tail], false, .violation)
        add("ends in an object", .closing, [start, Array(first.dropLast())], true, .violation)
        if side.number == 15 {
            for value: UInt64 in [0x40, 0x5C, 0x80, 0xFF] {
                add(
                    "flags 0x\(String(value, radix: 16))", .fetchStreams, [start, [UInt8(value)]], false,
                    .violation)
            }
            add(
                "properties on an end of group", .objectProperties,
                [
                    start, flags(0x3C) + side.location(4, 5) + [6],
                    side.b(side.v(0x3E) + side.v(1)) + side.v(0) + side.v(3),
                ], false, .violation)
            add(
                "object status 2", .status,
                [start, flags(0x1C) + side.location(4, 5) + [6] + side.v(0) + side.v(2)], false, .violation)
            return
        }
        var undefined: [UInt64] = [0x80, 0x8D, 0xFF, 0x10D, 0x40C, side.maximum]
        if side.number >= 20 {
            add(
                "a range that timed out: valid", .endOfRange, [start, flags(0x20C) + side.location(3, 3)],
                true,
                .tolerated)
            undefined.append(0x20D)
        } else {
            undefined.append(0x20C)
        }
        for value in undefined {
            add(
                "flags 0x\(String(value, radix: 16))", .fetchStreams, [start, flags(value)], false, .violation
            )
        }
        add(
            "a datagram's object: valid", .fetchStreams,
            [start, flags(0x5C) + side.location(4, 5) + [6] + tail], true, .tolerated)
        add(
            "a marker first: valid", .endOfRange,
            [start, flags(0x8C) + side.location(3, 3), flags(0x10C) + side.location(4, 0)], true, .tolerated)
        add(
            "refers to a priority from before a marker that is none", .endOfRange,
            [start, flags(0x8C) + side.location(3, 3), flags(0x04) + side.v(4) + tail], false, .violation)
        add("ends in a marker", .closing, [start, flags(0x8C) + side.v(3)], true, .violation)
        let last = flags(0x1C) + side.v(0) + side.v(side.maximum) + [6] + tail
        if side.isStreaming {
            add(
                "object id beyond 64 bits", .fetchStreams, [start, last, flags(0x00) + tail], false,
                .violation)
        }
        if side.number >= 18 {
            add(
                "object difference beyond 64 bits", .fetchStreams,
                [start, last, flags(0x04) + side.v(9) + tail], false, .violation)
            add(
                "group difference beyond 64 bits", .fetchStreams,
                [start, first, flags(0x0C) + side.v(.max) + side.v(0) + tail], false, .violation)
        }
    }
}
