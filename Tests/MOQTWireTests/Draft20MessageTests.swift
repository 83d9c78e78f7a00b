import MOQTModel
import MOQTWire
import Testing

/// What draft 20 changed, byte for byte from its text.
struct Draft20MessageTests {
    private let codec = ControlCodec(.draft20)

    private func decode(
        _ type: UInt64, _ hex: String, _ context: StreamContext = .requestFirst
    ) throws(WireError) -> ControlMessage {
        try codec.decode(ControlFrame(type: type, body: [UInt8](hex: hex)), context: context)
    }

    private func subscribe(_ parameters: String) throws(WireError) -> MessageParameters {
        guard case .subscribe(let message) = try decode(0x3, "02 01 01 61 01 62 " + parameters) else {
            throw .unknownMessage
        }
        return message.parameters
    }

    @Test(
        "the number of a location filter's fields says what they are (section 5.1.2)",
        arguments: [
            ("01 21 00", .unfiltered), ("01 21 01 00", .nextGroup), ("01 21 01 03", .relative(groupCount: 3)),
            ("01 21 02 00 00", .nextObject), ("01 21 02 00 01", .from(Location(group: 0, object: 1))),
            ("01 21 0b 00 00 ff ffffffffffffffff", .from(.zero)),
            ("01 21 03 00 00 00", .range(start: .zero, endGroup: 0, endObject: nil)),
            (
                "01 21 04 05 02 03 07",
                .range(start: Location(group: 5, object: 2), endGroup: 8, endObject: 7)
            ),
        ] as [(String, LocationFilter)])
    func filters(_ hex: String, _ filter: LocationFilter) throws {
        let parameters = try subscribe(hex)
        #expect(parameters.filter == filter)
        let track = FullTrackName(namespace: TrackNamespace("a"), name: Array("b".utf8))
        let message = Subscribe(requestID: RequestID(2), track: track, parameters: parameters)
        let written = try codec.encode(.subscribe(message)).dropFirst(9)
        #expect(written == (filter == .unfiltered ? [0] : [UInt8](hex: hex)[...]))
    }

    @Test(
        "a filter that is too long, cut, beyond 64 bits or backwards ends the session",
        arguments: [
            "01 21 05 05 02 03 07 00", "01 21 01 80", "01 21 0b ff ffffffffffffffff 00 01",
            "01 21 04 05 02 00 01",
        ])
    func badFilters(_ hex: String) {
        #expect(throws: WireError.self) { try subscribe(hex) }
    }

    @Test("FETCH names its track and takes its range from the filter (section 10.13)")
    func fetch() throws {
        let track = FullTrackName(namespace: TrackNamespace("a"), name: Array("b".utf8))
        let cases: [(hex: String, range: Fetch.Range)] = [
            ("02 01 01 61 01 62 00", .filtered(track: track, .unfiltered)),
            ("02 01 01 61 01 62 01 21 01 02", .filtered(track: track, .relative(groupCount: 2))),
            (
                "02 01 01 61 01 62 01 21 04 01 02 00 03",
                .standalone(track: track, start: Location(group: 1, object: 2), endGroup: 1, endObject: 3)
            ),
        ]
        for (hex, range) in cases {
            let message = try decode(0x16, hex)
            #expect(message == .fetch(Fetch(requestID: RequestID(2), range: range)))
            #expect(try codec.encode(message).dropFirst(3) == [UInt8](hex: hex)[...])
        }
        // Draft 19's relative joining FETCH: a namespace whose fields are empty.
        #expect(throws: WireError.self) { try decode(0x16, "02 02 00 01 00") }
        #expect(throws: WireError.self) {
            try codec.encode(
                .fetch(
                    Fetch(
                        requestID: RequestID(2), range: .relativeJoining(RequestID(0), groupCount: 1))))
        }
    }

    @Test("the end in FETCH_OK is inclusive (section 10.14)")
    func fetchOK() throws {
        let message = try decode(0x18, "01 05 07 00", .requestReply(.fetch))
        #expect(message == .fetchOK(FetchOK(endOfTrack: true, endGroup: 5, endObject: 7)))
        #expect(try codec.encode(message).dropFirst(3) == [1, 5, 7, 0])
        let whole = ControlMessage.fetchOK(FetchOK(endOfTrack: false, endGroup: 5, endObject: nil))
        #expect(try codec.encode(whole).hex == "18000c0005ffffffffffffffffff00")
    }

    @Test("FILL_PARAMETERS is a count and that many of four parameters (section 10.2.15)")
    func fill() throws {
        let fill = try #require(try subscribe("01 23 0b 04 0a 32 16 80 01 02 00 00 01 02").fill)
        #expect(fill.fillTimeout == 50 && fill.subscriberPriority == 0x80)
        #expect(fill.filter == .nextObject && fill.groupOrder == .descending)
        // What moq-dev sends.
        #expect(
            try subscribe("01 23 04 01 21 01 01").fill == FillParameters(filter: .relative(groupCount: 1)))
        #expect(try subscribe("01 23 01 00").fill == FillParameters())
        #expect(try subscribe("01 23 03 01 21 00").fill == FillParameters(filter: .unfiltered))
        // FORWARD in it; the same twice; in a message that may not have it.
        #expect(throws: WireError.self) { try subscribe("01 23 03 01 10 01") }
        #expect(throws: WireError.self) { try subscribe("01 23 05 02 0a 01 00 01") }
        #expect(throws: WireError.self) { try decode(0x16, "02 01 01 61 01 62 01 23 01 00") }
        // Fewer than the count says; more; more than there are; no count; half a count.
        for hex in ["03 02 21 00", "05 01 21 00 01 01", "01 05", "02 21 00", "01 80"] {
            #expect(throws: WireError.self) { try subscribe("01 23 " + hex) }
        }
    }

    @Test("an empty fill is written as a count of 0 and also read without one")
    func emptyFill() throws {
        let parameters = try subscribe("01 23 00")
        #expect(parameters.fill == FillParameters())
        let track = FullTrackName(namespace: TrackNamespace("a"), name: Array("b".utf8))
        let message = Subscribe(requestID: RequestID(2), track: track, parameters: parameters)
        #expect(try codec.encode(.subscribe(message)).dropFirst(9) == [1, 0x23, 1, 0])
    }

    @Test("PUBLISH_STATE_NOTIFY belongs to subscriptions (section 10.10)")
    func notify() throws {
        var parameters = MessageParameters()
        parameters.largestObject = Location(group: 3, object: 4)
        parameters.forward = false
        for kind in [RequestKind.subscribe, .publish] {
            #expect(
                try decode(0x22, "02 09 03 04 07 00", .requestReply(kind)) == .publishStateNotify(parameters))
        }
        #expect(throws: WireError.self) { try decode(0x22, "00", .requestReply(.fetch)) }
        #expect(throws: WireError.self) { try decode(0x22, "00", .control) }
        // A parameter of the subscriber's.
        #expect(throws: WireError.self) { try decode(0x22, "01 20 01", .requestReply(.subscribe)) }
        #expect(throws: WireError.self) { try ControlCodec(.draft19).encode(.publishStateNotify(parameters)) }
    }

    @Test("INCLUDE_PROPERTIES is 0 or 1 (section 10.2.21)")
    func includeProperties() throws {
        #expect(try subscribe("01 35 00").includeProperties == false)
        #expect(throws: WireError.self) { try subscribe("01 35 02") }
    }

    @Test("PUBLISH_OK may say no more than when it expires, PUBLISH more than before (section 10.2)")
    func parameterTable() throws {
        #expect(throws: Never.self) { try decode(0x7, "01 08 05", .requestReply(.publish)) }
        #expect(throws: WireError.self) { try decode(0x7, "01 10 01", .requestReply(.publish)) }
        #expect(throws: WireError.self) { try decode(0x7, "01 20 01", .requestReply(.publish)) }
        #expect(throws: Never.self) { try decode(0x1D, "02 01 01 61 01 62 05 02 02 05 1e 07") }
    }

    @Test("numbers that are new or gone (section 15)")
    func codes() throws {
        let codes = ErrorCodes(Draft.draft20.rules)
        #expect(codes.publishDone(0x3) == .unknown(0x3) && codes.code(.subscriptionEnded) == 0x0)
        #expect(codes.request(0x32, .fetch) == .unknown(0x32))
        let done = ControlMessage.publishDone(PublishDone(status: .trackEnded, streamCount: nil))
        #expect(try codec.encode(done).hex == "0b000b02ffffffffffffffffff00")
        #expect(try ControlCodec(.draft19).encode(done).hex == "0b000b02ff3fffffffffffffff00")
    }

    @Test("a range that timed out has a marker of its own (section 11.4.4)")
    func timedOut() throws {
        let gap = [UInt8](hex: "05 02 820c 05 07")
        #expect(
            try fetchEvents(gap, Draft.draft20.rules).last
                == .gap(.timedOut, through: Location(group: 5, object: 7)))
        #expect(throws: WireError.self) { try fetchEvents(gap, Draft.draft19.rules) }
        let event = FetchEvent.gap(.timedOut, through: Location(group: 5, object: 7))
        #expect(try [event].encoded(Draft.draft20.rules).hex == "820c0507")
        #expect(try [event].encoded(Draft.draft19.rules).hex == "810c0507")
    }

    @Test func `draft 21 writes what draft 20 writes`() throws {
        for (message, _) in SampleMessages(draft: .draft20).all {
            #expect(try ControlCodec(.draft21).encode(message) == codec.encode(message))
        }
    }
}
