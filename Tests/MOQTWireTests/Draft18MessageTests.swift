import MOQTModel
import MOQTWire
import Testing

/// Bytes written by hand from the text of draft 18.
struct Draft18MessageTests {
    private let codec = ControlCodec(.draft18)

    /// Decodes `hex`, compares, encodes and compares again.
    private func check(
        _ hex: String, _ context: StreamContext, _ expected: ControlMessage,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = [UInt8](hex: hex)
        var reader = ControlFrameReader(codec.rules)
        bytes.withUnsafeBytes { reader.append($0) }
        let frame = try #require(try reader.next(), sourceLocation: location)
        #expect(reader.isBetweenFrames, sourceLocation: location)
        #expect(try codec.decode(frame, context: context) == expected, sourceLocation: location)
        #expect(try codec.encode(expected).hex == bytes.hex, sourceLocation: location)
    }

    private let track = FullTrackName(namespace: TrackNamespace("live"), name: Array("video".utf8))

    @Test func `SETUP is also its stream's type (section 10.3)`() throws {
        var setup = Setup(role: .client)
        setup.path = Array("/a".utf8)
        setup.authority = Array("h".utf8)
        setup.unknown = [Property(type: 0x9D, value: .bytes([0xFF]))]
        // PATH, AUTHORITY (delta 4), GREASE 0x9D (delta 0x98).
        try check("af00 000b 01022f61 040168 8098 01ff", .control, .setup(setup))
        try check("af00 0000", .control, .setup(Setup(role: .client)))
    }

    @Test func `SUBSCRIBE (section 10.7)`() throws {
        var message = Subscribe(requestID: RequestID(0), track: track)
        message.parameters.forward = true
        message.parameters.subscriberPriority = 128
        message.parameters.filter = .nextObject
        let head = "00 01046c697665 05766964656f"
        try check("03 0015 \(head) 03 1001 1080 010102", .requestFirst, .subscribe(message))
        message.parameters = MessageParameters()
        // A range's end is a difference of groups.
        message.parameters.filter = .range(
            start: Location(group: 10, object: 3), endGroup: 20, endObject: nil)
        try check("03 0014 \(head) 01 2104 040a030a", .requestFirst, .subscribe(message))
    }

    @Test func `SUBSCRIBE_OK (section 10.8)`() throws {
        var message = SubscribeOK(alias: TrackAlias(7))
        message.parameters.largestObject = Location(group: 10, object: 3)
        message.properties.defaultPublisherPriority = 128
        message.properties.groupOrder = .ascending
        try check("04 000a 07 01 090a03 0e8080 1401", .requestReply(.subscribe), .subscribeOK(message))
    }

    @Test func `REQUEST_ERROR with a redirect (section 10.6)`() throws {
        let redirect = Redirect(
            connectURI: "moqt://b/c", track: FullTrackName(namespace: TrackNamespace(), name: []))
        let failure = RequestFailure(.redirect, "go", redirect: redirect)
        try check(
            "05 0012 34 00 02676f 0a6d6f71743a2f2f622f63 00 00", .requestReply(.subscribe),
            .requestError(RequestError(kind: .subscribe, failure: failure)))
        // Without the code there is no redirect; the interval is one more than the time.
        try check(
            "05 0003 10 64 00", .requestReply(.fetch),
            .requestError(RequestError(kind: .fetch, failure: RequestFailure(.doesNotExist, retryAfter: 99))))
    }

    @Test func `PUBLISH and its answer (section 10.10)`() throws {
        var publish = Publish(
            requestID: RequestID(2), track: FullTrackName(namespace: TrackNamespace("a"), name: [0x62]),
            alias: TrackAlias(5))
        publish.parameters.forward = false
        try check("1d 000a 02 010161 0162 05 01 1000", .requestFirst, .publish(publish))
        var ok = RequestOK(kind: .publish)
        ok.parameters.subscriberPriority = 1
        try check("07 0003 01 2001", .requestReply(.publish), .requestOK(ok))
        // PUBLISH_OK became an alias of REQUEST_OK, yet its old number is still listed: taken, not sent.
        let old = ControlFrame(type: 0x1E, body: [1, 0x20, 1])
        #expect(
            try codec.decode(old, context: .requestReply(.publish))
                == .publishOK(PublishOK(parameters: ok.parameters)))
        #expect(try codec.encode(.publishOK(PublishOK(parameters: ok.parameters))).first == 0x07)
    }

    @Test func `FETCH and FETCH_OK (sections 10.12 and 10.13)`() throws {
        var fetch = Fetch(
            requestID: RequestID(4),
            range: .standalone(track: track, start: Location(group: 1, object: 2), endGroup: 5, endObject: 0))
        fetch.parameters.fillTimeout = 0
        try check("16 0015 04 01 01046c697665 05766964656f 0102 0501 01 0a00", .requestFirst, .fetch(fetch))
        let joining = Fetch(requestID: RequestID(6), range: .relativeJoining(RequestID(0), groupCount: 2))
        try check("16 0005 06 02 00 02 00", .requestFirst, .fetch(joining))
        let ok = FetchOK(endOfTrack: true, endGroup: 5, endObject: nil)
        try check("18 0004 01 0500 00", .requestReply(.fetch), .fetchOK(ok))
    }

    @Test func `requests for namespaces (sections 10.15 to 10.20)`() throws {
        var names = SubscribeNamespace(
            requestID: RequestID(8), prefix: TrackNamespace(), interest: .namespaces)
        try check("50 0003 08 00 00", .requestFirst, .subscribeNamespace(names))
        names.interest = .tracks
        names.parameters.forward = false
        try check("51 0005 08 00 01 1000", .requestFirst, .subscribeTracks(names))
        try check("08 0003 01 0161", .namespaceReply, .namespace(TrackNamespace("a")))
        try check("0e 0001 00", .namespaceReply, .namespaceDone(TrackNamespace()))
        try check("0f 0003 00 0162", .namespaceReply, .publishSkipped(suffix: TrackNamespace(), name: [0x62]))
        var update = RequestUpdate(requestID: RequestID(10))
        update.parameters.namespacePrefix = TrackNamespace("a")
        try check("02 0006 0a 01 34 01 0161", .requestReply(.subscribeTracks), .requestUpdate(update))
    }

    @Test func `GOAWAY names a request on the control stream only (section 10.4)`() throws {
        let goAway = GoAway(newSessionURI: "", timeout: 1000, requestID: RequestID(6))
        try check("10 0004 00 83e8 06", .control, .goAway(goAway))
        try check("10 0002 00 00", .control, .goAway(GoAway(newSessionURI: "", timeout: 0)))
        try check("10 0002 00 00", .requestReply(nil), .goAway(GoAway(newSessionURI: "", timeout: 0)))
    }

    @Test func `old and misplaced messages are refused (section 10)`() throws {
        let body: [UInt8] = [0, 0, 0, 0]
        // MAX_REQUEST_ID, UNSUBSCRIBE, the old SUBSCRIBE_NAMESPACE and CLIENT_SETUP are gone.
        for type: UInt64 in [0x15, 0x0A, 0x11, 0x20, 0x21, 0x01, 0x40, 0x41, 0x3F, 0x2F01] {
            for context in [StreamContext.control, .requestFirst, .requestReply(.subscribe), .namespaceReply]
            {
                #expect(throws: WireError.self) {
                    try codec.decode(ControlFrame(type: type, body: body), context: context)
                }
            }
        }
        // A SUBSCRIBE on the control stream, a SUBSCRIBE_OK as a first message.
        #expect(throws: WireError.self) {
            try codec.decode(ControlFrame(type: 3, body: [0, 1, 1, 1, 1, 1, 0]), context: .control)
        }
        #expect(throws: WireError.self) {
            try codec.decode(ControlFrame(type: 4, body: [0, 0]), context: .requestFirst)
        }
    }

    @Test func `parameters have forms, places and no unknown ones (section 10.2)`() throws {
        func update(_ parameters: [UInt8]) -> ControlFrame { ControlFrame(type: 2, body: [0] + parameters) }
        let context = StreamContext.requestReply(.subscribe)
        #expect(
            try codec.decode(update([1, 0x20, 0xFF]), context: context).parameters?.subscriberPriority == 255)
        // LARGEST_OBJECT does not belong here; 0x7F is unknown; forward is 0 or 1; a priority twice.
        for wrong in [[1, 0x09, 1, 1], [1, 0x7F, 0], [1, 0x10, 2], [2, 0x20, 1, 0, 1]] as [[UInt8]] {
            #expect(throws: WireError.self) { try codec.decode(update(wrong), context: context) }
        }
        // A count beyond what there is.
        #expect(throws: WireError.self) {
            try codec.decode(update([0xFF] + Array(repeating: 0xFF, count: 8)), context: context)
        }
    }
}

extension ControlMessage {
    /// Of the messages that the tests look into.
    var parameters: MessageParameters? {
        switch self {
        case .requestUpdate(let message): message.parameters
        case .subscribe(let message): message.parameters
        case .subscribeOK(let message): message.parameters
        default: nil
        }
    }
}
