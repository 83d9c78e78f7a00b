import MOQTModel
import MOQTWire
import Testing

/// What the older drafts write in other places than the newest.
struct OldDraftTests {
    private let track = FullTrackName(namespace: TrackNamespace("a"), name: [0x62])

    private func body(_ message: ControlMessage, _ draft: Draft) throws -> String {
        var reader = ControlFrameReader(draft.rules)
        try ControlCodec(draft).encode(message).withUnsafeBytes { reader.append($0) }
        return try #require(try reader.next()).body.hex
    }

    @Test func `draft 14 fills its fields with the defaults of absent parameters`() throws {
        let head = "00" + "010161" + "0162"
        // Priority 128, the publisher's order, forward, AbsoluteStart {0, 0}, no parameters.
        #expect(
            try body(.subscribe(Subscribe(requestID: RequestID(0), track: track)), .draft14)
                == head + "80" + "00" + "01" + "030000" + "00")
        #expect(
            try body(.subscribeOK(SubscribeOK(requestID: RequestID(0), alias: TrackAlias(1))), .draft14)
                == "0001" + "00" + "01" + "00" + "00")
        #expect(
            try body(.publish(Publish(requestID: RequestID(0), track: track, alias: TrackAlias(1))), .draft14)
                == head + "01" + "01" + "00" + "01" + "00")
        #expect(
            try body(.publishOK(PublishOK(requestID: RequestID(0))), .draft14)
                == "00" + "01" + "80" + "01" + "030000" + "00")
        let update = RequestUpdate(requestID: RequestID(2), existingRequestID: RequestID(0))
        #expect(try body(.requestUpdate(update), .draft14) == "0200" + "0000" + "00" + "80" + "01" + "00")
    }

    @Test func `statements on the track become parameters in 14 and 15 and properties from 16 on`() throws {
        var ok = SubscribeOK(requestID: RequestID(0), alias: TrackAlias(1))
        ok.properties.maxCacheDuration = 10
        ok.properties.objectDeliveryTimeout = 5
        ok.properties.groupOrder = .descending
        ok.properties.defaultPublisherPriority = 9
        #expect(try body(.subscribeOK(ok), .draft14) == "0001" + "00" + "02" + "00" + "02" + "0205" + "040a")
        #expect(try body(.subscribeOK(ok), .draft15) == "0001" + "04" + "0205" + "040a" + "0e09" + "2202")
        #expect(try body(.subscribeOK(ok), .draft16) == "0001" + "00" + "0205" + "020a" + "0a09" + "1402")
        #expect(try body(.subscribeOK(ok), .draft18) == "01" + "00" + "0205" + "020a" + "0a09" + "1402")
    }

    @Test func `SUBSCRIBE_OK names the delivery's order in 14 and the publisher's from 15 on`() throws {
        // The subscriber asked for ascending and gets it (draft-14 section 9.8, draft-15 section 9.2.2.4).
        var ok = SubscribeOK(requestID: RequestID(0), alias: TrackAlias(1))
        ok.parameters.groupOrder = .ascending
        ok.properties.groupOrder = .descending
        #expect(try body(.subscribeOK(ok), .draft14) == "0001" + "00" + "01" + "00" + "00")
        #expect(try body(.subscribeOK(ok), .draft15) == "0001" + "01" + "2202")
        #expect(try body(.subscribeOK(ok), .draft16) == "0001" + "00" + "2202")
    }

    @Test func `LARGEST_OBJECT and small numbers change form at 17`() throws {
        var ok = SubscribeOK(requestID: RequestID(0), alias: TrackAlias(1))
        ok.parameters.largestObject = Location(group: 10, object: 3)
        #expect(try body(.subscribeOK(ok), .draft16) == "0001" + "01" + "09" + "02" + "0a03")
        #expect(try body(.subscribeOK(ok), .draft17) == "01" + "01" + "09" + "0a03")
        var update = RequestUpdate(requestID: RequestID(2), existingRequestID: RequestID(0))
        update.parameters.subscriberPriority = 128
        #expect(try body(.requestUpdate(update), .draft16) == "0200" + "01" + "204080")
        #expect(try body(.requestUpdate(update), .draft17) == "0200" + "01" + "2080")
        #expect(try body(.requestUpdate(update), .draft18) == "02" + "01" + "2080")
    }

    @Test func `a delivery timeout of 0 is left out of draft 16 only`() throws {
        var update = RequestUpdate(requestID: RequestID(2), existingRequestID: RequestID(0))
        update.parameters.objectDeliveryTimeout = 0
        #expect(try body(.requestUpdate(update), .draft15) == "0200" + "01" + "0200")
        #expect(try body(.requestUpdate(update), .draft16) == "0200" + "00")
        #expect(try body(.requestUpdate(update), .draft18) == "02" + "01" + "0200")
        let frame = ControlFrame(type: 2, body: [2, 0, 1, 2, 0])
        #expect(throws: WireError.self) { try ControlCodec(.draft16).decode(frame, context: .control) }
    }

    @Test func `unknown parameters are kept in 14 and 15 and end the session from 16 on`() throws {
        let body: [UInt8] = [2, 0, 2, 0x3E, 1, 0x3E, 2]
        let kept = try ControlCodec(.draft15).decode(ControlFrame(type: 2, body: body), context: .control)
        #expect(
            kept.parameters?.unknown == [
                Property(type: 0x3E, value: .integer(1)), Property(type: 0x3E, value: .integer(2)),
            ])
        #expect(throws: WireError.self) {
            try ControlCodec(.draft16).decode(ControlFrame(type: 2, body: body), context: .control)
        }
    }

    @Test func `unknown setup options are ignored, duplicates too, known ones stand once`() throws {
        for draft in Draft.all {
            let isCounted = draft.rules.setupTravelsOn == .bidiControlStream
            let isDelta = draft.rules.propertyTypesAreDeltas
            let head: [UInt8] = draft.rules.versionsInSetup ? [1, 1] : []
            let type: UInt64 = isCounted ? 0x20 : 0x2F00
            let unknown = head + (isCounted ? [2] : []) + [0x3E, 1] + (isDelta ? [0, 2] : [0x3E, 2])
            guard
                case .setup(let setup) = try ControlCodec(draft).decode(
                    ControlFrame(type: type, body: unknown), context: .control)
            else {
                Issue.record("\(draft)")
                continue
            }
            #expect(setup.unknown.map(\.value) == [.integer(1), .integer(2)])
            let twice = head + (isCounted ? [2] : []) + [0x04, 1] + (isDelta ? [0, 2] : [0x04, 2])
            #expect(throws: WireError.self) {
                try ControlCodec(draft).decode(ControlFrame(type: type, body: twice), context: .control)
            }
        }
    }

    @Test func `a token that cannot be decoded has an error of its own (section 10.2.1)`() throws {
        for draft in Draft.all {
            // Alias type 4; a REGISTER without its type; a DELETE with bytes behind it.
            for token: [UInt8] in [[4], [1, 1], [0, 1, 1], []] {
                let place: StreamContext =
                    draft.rules.requestsTravelOn == .controlStream ? .control : .requestFirst
                let frame = ControlFrame(
                    type: 6,
                    body: [0] + (draft.rules.hasRequiredRequestID ? [0] : []) + [
                        1, 1, 0x61, 1, 3, UInt8(token.count),
                    ]
                        + token)
                let outcome = Result { () throws(WireError) in
                    try ControlCodec(draft).decode(frame, context: place)
                }
                guard case .failure(let error) = outcome else {
                    Issue.record("\(draft) took \(token)")
                    continue
                }
                #expect(error.sessionFailure.code == .keyValueFormattingError, "\(draft) \(token)")
            }
        }
    }

    @Test func `the end of a range is written in five ways`() throws {
        var update = RequestUpdate(requestID: RequestID(2), existingRequestID: RequestID(0))
        update.parameters.filter = .range(
            start: Location(group: 10, object: 1), endGroup: 12, endObject: nil)
        // One more than the last; the last; a difference.
        #expect(try body(.requestUpdate(update), .draft14) == "0200" + "0a01" + "0d" + "80" + "01" + "00")
        #expect(try body(.requestUpdate(update), .draft16) == "0200" + "01" + "2104" + "040a010c")
        #expect(try body(.requestUpdate(update), .draft18) == "02" + "01" + "2104" + "040a0102")
        let fetch = Fetch(
            requestID: RequestID(0),
            range: .standalone(track: track, start: .zero, endGroup: 9, endObject: 0))
        #expect(try body(.fetch(fetch), .draft18) == "00" + "01" + "0101610162" + "0000" + "0901" + "00")
        #expect(throws: WireError.self) {
            var update = update
            update.parameters.filter = .relative(groupCount: 3)
            _ = try body(.requestUpdate(update), .draft18)
        }
    }

    @Test func `answers of draft 14 need to know the request`() throws {
        let failure = RequestFailure(.doesNotExist)
        for (kind, type): (RequestKind, UInt8) in [
            (.subscribe, 0x05), (.trackStatus, 0x0F), (.publish, 0x1F), (.fetch, 0x19),
            (.publishNamespace, 0x08),
            (.subscribeNamespace, 0x13),
        ] {
            let error = RequestError(requestID: RequestID(0), kind: kind, failure: failure)
            #expect(try ControlCodec(.draft14).encode(.requestError(error)).first == type)
            #expect(try ControlCodec(.draft16).encode(.requestError(error)).first == 0x05)
        }
        #expect(throws: WireError.self) {
            try ControlCodec(.draft14).encode(
                .requestError(RequestError(requestID: RequestID(0), failure: failure)))
        }
    }
}
