import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import Testing

/// Rules that bind who sends, seen in the bytes that a session writes (draft-19 sections 5 and 10).
@Suite("What a session sends keeps the rules for senders (draft-19 section 10)")
struct SenderRuleTests {
    private static let track = FullTrackName(namespace: TrackNamespace("live", "room"), name: [1])
    private static let dynamic = Draft.all.filter { !$0.rules.parameters.newGroupRequest.isEmpty }
    private static let setups = Draft.all.flatMap { draft in
        [(draft, Setup.Role.client), (draft, Setup.Role.server)]
    }

    /// Everything that a parameter can say, whether it belongs into a message or not.
    private static var everything: MessageParameters {
        var all = MessageParameters()
        all.subscriberPriority = 7
        all.groupOrder = .descending
        all.forward = true
        all.filter = .from(Location(group: 3, object: 1))
        all.expires = 900
        all.largestObject = Location(group: 9, object: 2)
        all.objectDeliveryTimeout = 100
        all.subgroupDeliveryTimeout = 200
        all.rendezvousTimeout = 300
        all.fillTimeout = 400
        all.newGroupRequest = 0
        all.namespacePrefix = TrackNamespace("other")
        all.rangeFilters = [
            RangeFilter(.objectID, ranges: [0...4]), RangeFilter(.subgroup, ranges: [1...2]),
            RangeFilter(.publisherPriority, ranges: [0...9]),
        ]
        all.fill = FillParameters()
        all.includeProperties = false
        all.authorizationTokens = [.useValue(type: 1, value: [1]), .useValue(type: 2, value: [2])]
        return all
    }

    /// The types of a draft-19 message's parameters, which fill `reader` (draft-19 section 10.2 and its table).
    private static func types(_ reader: inout WireReader) throws -> [UInt64] {
        var types: [UInt64] = []
        var last: UInt64 = 0
        for _ in 0..<(try reader.varint()) {
            last += try reader.varint()
            types.append(last)
            switch last {
            case 0x02, 0x04, 0x06, 0x08, 0x0A, 0x32: _ = try reader.varint()
            case 0x09: _ = (try reader.varint(), try reader.varint())
            case 0x10, 0x20, 0x22: _ = try reader.u8()
            case 0x34: for _ in 0..<(try reader.varint()) { _ = try reader.span(Int(try reader.varint())) }
            default: _ = try reader.span(Int(try reader.varint()))
            }
        }
        return types
    }

    /// Message type, and parameter types, of each request that was written since `clear`.
    private static func requests(_ probe: Probe) throws -> [UInt64: [UInt64]] {
        var found: [UInt64: [UInt64]] = [:]
        for case .send(_, let payload, _) in probe.actions {
            try payload.withUnsafeBytes { bytes in
                var reader = WireReader(bytes, varint: probe.draft.rules.varint)
                while !reader.isAtEnd {
                    let type = try reader.varint()
                    let length = Int(try reader.u16())
                    var body = WireReader(try reader.span(length), varint: probe.draft.rules.varint)
                    _ = try body.varint()
                    switch type {
                    case 0x2: break
                    case 0x16:
                        _ = try body.varint()
                        try skipName(&body)
                        for _ in 0..<4 { _ = try body.varint() }
                    case 0x3, 0xD: try skipName(&body)
                    case 0x6, 0x50, 0x51: try skipNamespace(&body)
                    case 0x1D:
                        try skipName(&body)
                        _ = try body.varint()
                    default:
                        Issue.record("message \(type)")
                        return
                    }
                    found[type] = try types(&body)
                    if type != 0x1D { #expect(body.isAtEnd, "message \(type)") }
                }
            }
        }
        return found
    }

    private static func skipNamespace(_ reader: inout WireReader) throws {
        for _ in 0..<(try reader.varint()) { _ = try reader.span(Int(try reader.varint())) }
    }

    private static func skipName(_ reader: inout WireReader) throws {
        try skipNamespace(&reader)
        _ = try reader.span(Int(try reader.varint()))
    }

    // Rules: 19-10.2-1, 19-10.2-3, 19-10.2-5
    @Test(
        "parameters ascend, stand where draft 19 lists them, and none but tokens and filters twice (section 10.2)"
    )
    func parameters() throws {
        let probe = Probe(.draft19, role: .client)
        probe.sendSetup { $0.maxFilterRanges = 64 }
        probe.clear()
        let session = probe.session
        let all = Self.everything
        var subscription = all
        subscription.fill = nil
        let id = try session.subscribe(Self.track, parameters: subscription)
        _ = try session.trackStatus(Self.track, parameters: all)
        _ = try session.publish(Self.track, alias: TrackAlias(1), parameters: all)
        _ = try session.fetch(
            .standalone(track: Self.track, start: .zero, endGroup: 3, endObject: nil), parameters: all)
        _ = try session.publishNamespace(TrackNamespace("mine"), parameters: all)
        _ = try session.subscribeNamespace(TrackNamespace("a"), interest: .namespaces, parameters: all)
        _ = try session.subscribeNamespace(TrackNamespace("b"), interest: .tracks, parameters: all)
        var update = subscription
        update.namespacePrefix = nil
        update.newGroupRequest = nil
        _ = try session.update(id, parameters: update)
        probe.drain()
        let found = try Self.requests(probe)
        // What the table lets each carry, of what was given.
        let filters: Set<UInt64> = [0x25, 0x26, 0x27]
        let subscriber: Set<UInt64> = [0x02, 0x03, 0x04, 0x06, 0x10, 0x20, 0x21, 0x22, 0x32]
        let allowed: [UInt64: Set<UInt64>] = [
            0x3: subscriber.union(filters), 0xD: [0x03], 0x1D: [0x03, 0x08, 0x09, 0x10, 0x22],
            0x16: filters.union([0x03, 0x0A, 0x20, 0x22]), 0x6: [0x03], 0x50: [0x03],
            0x51: subscriber.union(filters),
            0x2: filters.union([0x02, 0x03, 0x06, 0x10, 0x20, 0x21]),
        ]
        #expect(Set(found.keys) == Set(allowed.keys))
        for (message, types) in found {
            #expect(types == types.sorted(), "message \(message)")
            #expect(Set(types) == allowed[message], "message \(message)")
            let repeated = Dictionary(grouping: types) { $0 }.filter { $0.value.count > 1 }.keys
            #expect(repeated.allSatisfy { $0 == 0x03 }, "message \(message)")
        }
    }

    // Rules: 19-3.3-1, 19-10-1
    @Test("each of our request streams begins with its request, and has one (section 3.3)")
    func requestStreams() throws {
        for draft in Draft.all where draft.rules.requestsTravelOn == .bidiStreams {
            let probe = Probe.established(draft, role: .client)
            let session = probe.session
            let id = try session.subscribe(Self.track)
            // What follows before the stream is open, and behind it.
            _ = try session.update(id, parameters: MessageParameters())
            _ = try session.trackStatus(Self.track)
            let namespace = try session.publishNamespace(TrackNamespace("mine"))
            probe.drain()
            _ = try session.update(id, parameters: MessageParameters())
            _ = try session.update(namespace, parameters: MessageParameters())
            probe.drain()
            var streams: [StreamID: [UInt64]] = [:]
            for case .send(let stream, let payload, _) in probe.actions {
                try payload.withUnsafeBytes { bytes in
                    var reader = WireReader(bytes, varint: draft.rules.varint)
                    while !reader.isAtEnd {
                        streams[stream, default: []].append(try reader.varint())
                        _ = try reader.span(Int(try reader.u16()))
                    }
                }
            }
            // SUBSCRIBE, TRACK_STATUS, PUBLISH_NAMESPACE, and what may follow them.
            #expect(Set(streams.values) == [[0x3, 0x2, 0x2], [0xD], [0x6, 0x2]], "\(draft)")
        }
    }

    // Rules: 19-10.1-1
    @Test(
        "our request ids have our parity, grow by 2, and none is used twice (section 10.1)",
        arguments: Draft.all)
    func requestIDs(_ draft: Draft) throws {
        for role in [Setup.Role.client, .server] {
            let probe = Probe.established(draft, role: role)
            let session = probe.session
            let first: UInt64 = role == .client ? 0 : 1
            var ids: [RequestID] = []
            let id = try session.subscribe(Self.track)
            ids.append(id)
            ids.append(try session.publishNamespace(TrackNamespace("mine")))
            // What cannot be said takes none.
            #expect(throws: SessionCommandFailure.self) {
                try session.fetch(
                    .standalone(
                        track: Self.track, start: Location(group: 2, object: 0), endGroup: 1, endObject: nil))
            }
            ids.append(try session.trackStatus(Self.track))
            ids.append(try session.update(id, parameters: MessageParameters()))
            ids.append(try session.subscribeNamespace(TrackNamespace("a"), interest: .namespaces))
            ids.append(
                try session.fetch(
                    .standalone(track: Self.track, start: .zero, endGroup: 1, endObject: nil)))
            probe.drain()
            #expect(ids.map(\.value) == (0..<6).map { first + 2 * $0 })
        }
    }

    // Rules: 19-10.3-3, 19-3.2-1
    @Test("no Setup Option stands twice, and they ascend (section 10.3)", arguments: setups)
    func setupOptions(_ draft: Draft, _ role: Setup.Role) throws {
        let probe = Probe(draft, role: role) {
            $0.path = "/a"
            $0.authority = "example.com"
            $0.implementation = "test"
            $0.tokenCacheByteCount = 100
            $0.filterRanges = 8
            $0.requestUpdates = 3
        }
        // A server whose SETUP shares a stream with the client's answers that one.
        if draft.rules.setupTravelsOn == .bidiControlStream, role == .server { probe.sendSetup() }
        var options: [UInt64] = []
        for case .send(_, let payload, _) in probe.actions.prefix(4) {
            try payload.withUnsafeBytes { bytes in
                var reader = WireReader(bytes, varint: draft.rules.varint)
                _ = try reader.varint()
                var body = WireReader(try reader.span(Int(try reader.u16())), varint: draft.rules.varint)
                var count = UInt64.max
                if draft.rules.versionsInSetup {
                    if role == .client { for _ in 0..<(try body.varint()) { _ = try body.varint() } }
                    if role == .server { _ = try body.varint() }
                }
                if draft.rules.setupTravelsOn == .bidiControlStream { count = try body.varint() }
                var last: UInt64 = 0
                while !body.isAtEnd, count > 0 {
                    count -= 1
                    let type = try body.varint()
                    last = draft.rules.propertyTypesAreDeltas ? last + type : type
                    options.append(last)
                    if last & 1 == 0 {
                        _ = try body.varint()
                    } else {
                        _ = try body.span(Int(try body.varint()))
                    }
                }
                #expect(body.isAtEnd)
            }
            break
        }
        #expect(!options.isEmpty)
        #expect(Set(options).count == options.count, "\(options)")
        if draft.rules.propertyTypesAreDeltas { #expect(options == options.sorted()) }
    }

    // Rules: 19-10.4-1
    @Test(
        "a client's GOAWAY has no URI, on its session and on a request, and is said once (section 10.4)",
        arguments: Draft.all)
    func goAway(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let message = GoAway(newSessionURI: "moqt://elsewhere/", timeout: 100)
        if draft.rules.goAwayOnRequestStreams {
            let stream = probe.request(.subscribe(Subscribe(requestID: RequestID(1), track: Self.track)))
            probe.clear()
            #expect(probe.session.goAway(message, request: RequestID(1)))
            #expect(!probe.session.goAway(message, request: RequestID(1)))
            probe.drain()
            let said = probe.messages(on: stream, context: .requestReply(.subscribe))
            #expect(said.count == 1)
            for case .goAway(let goAway) in said { #expect(goAway.newSessionURI.isEmpty) }
        }
        probe.clear()
        probe.session.goAway(message, now: probe.now)
        probe.session.goAway(message, now: probe.now)
        probe.drain()
        let said = probe.messages(on: nil, context: .control)
        #expect(said.count == 1)
        for case .goAway(let goAway) in said { #expect(goAway.newSessionURI.isEmpty) }
    }

    // Rules: 19-10.2.18-1
    @Test("NEW_GROUP_REQUEST goes only to tracks with dynamic groups (section 10.2.18)", arguments: dynamic)
    func newGroup(_ draft: Draft) throws {
        var asks = MessageParameters()
        asks.newGroupRequest = 4
        for isDynamic in [true, false, nil] {
            var properties = TrackProperties()
            properties.dynamicGroups = isDynamic
            let probe = Probe.established(draft, role: .client)
            // In SUBSCRIBE it may stand unasked.
            let id = try probe.session.subscribe(Self.track, parameters: asks)
            probe.drain()
            #expect(throws: SessionCommandFailure.cannotBeSaid) {
                try probe.session.update(id, parameters: asks)
            }
            let reply = draft.rules.requestsTravelOn == .bidiStreams ? StreamID(0) : probe.peerControl
            probe.receive(
                probe.frame(
                    .subscribeOK(SubscribeOK(requestID: id, alias: TrackAlias(1), properties: properties))),
                on: reply)
            #expect(probe.close == nil)
            if isDynamic == true {
                _ = try probe.session.update(id, parameters: asks)
            } else {
                #expect(throws: SessionCommandFailure.cannotBeSaid) {
                    try probe.session.update(id, parameters: asks)
                }
            }
            // PUBLISH_OK goes without it.
            let publish = Publish(
                requestID: RequestID(1), track: FullTrackName(namespace: TrackNamespace("p"), name: [2]),
                alias: TrackAlias(2), properties: properties)
            let stream = probe.request(.publish(publish))
            probe.clear()
            probe.session.acceptPublish(RequestID(1), parameters: asks)
            probe.drain()
            for case .publishOK(let ok) in probe.messages(
                on: stream, context: stream == nil ? .control : .requestReply(.publish))
            {
                #expect(ok.parameters.newGroupRequest == (isDynamic == true ? 4 : nil))
            }
        }
    }

    // Rules: 19-2.4.1-1
    @Test("no empty namespace field leaves (section 2.4.1)", arguments: Draft.all)
    func emptyFields(_ draft: Draft) throws {
        let empty = TrackNamespace([Array("a".utf8), []])
        let probe = Probe.established(draft, role: .client)
        let session = probe.session
        let name = FullTrackName(namespace: empty, name: [1])
        for attempt: () throws -> RequestID in [
            { try session.subscribe(name) }, { try session.trackStatus(name) },
            { try session.publish(name, alias: TrackAlias(0)) }, { try session.publishNamespace(empty) },
            { try session.subscribeNamespace(empty, interest: .namespaces) },
        ] {
            if draft.rules.emptyNamespaceFieldsAllowed {
                _ = try attempt()
            } else {
                #expect(throws: SessionCommandFailure.cannotBeSaid) { _ = try attempt() }
            }
        }
    }

    // Rules: 19-3.2.1-4, 19-3.2.2-1
    @Test(
        "nothing is published below a single period or .session (sections 3.2.1 and 3.2.2)",
        arguments: Draft.all)
    func reserved(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        let session = probe.session
        for (namespace, isReserved) in [
            (TrackNamespace("."), true), (TrackNamespace(".", "a"), true), (TrackNamespace(".session"), true),
            (TrackNamespace(".sessions"), false), (TrackNamespace("a", "."), false),
        ] {
            let track = FullTrackName(namespace: namespace, name: [1])
            if isReserved, draft.rules.hasReservedNamespaces {
                #expect(throws: SessionCommandFailure.cannotBeSaid) {
                    try session.publishNamespace(namespace)
                }
                #expect(throws: SessionCommandFailure.cannotBeSaid) {
                    try session.publish(track, alias: session.allocateAlias())
                }
            } else {
                _ = try session.publishNamespace(namespace)
                _ = try session.publish(track, alias: session.allocateAlias())
            }
        }
    }

    // Rules: 19-10.12.3-2
    @Test("a FETCH ends no earlier than it begins (section 10.12.3)", arguments: Draft.all)
    func fetchRange(_ draft: Draft) throws {
        let probe = Probe.established(draft, role: .client)
        func fetch(_ start: Location, _ group: UInt64, _ object: UInt64?) throws {
            _ = try probe.session.fetch(
                .standalone(track: Self.track, start: start, endGroup: group, endObject: object))
        }
        try fetch(Location(group: 3, object: 4), 3, 4)
        try fetch(Location(group: 3, object: 4), 3, nil)
        #expect(throws: SessionCommandFailure.cannotBeSaid) { try fetch(Location(group: 3, object: 4), 3, 3) }
        #expect(throws: SessionCommandFailure.cannotBeSaid) {
            try fetch(Location(group: 3, object: 0), 2, nil)
        }
    }

    // Rules: 19-10.2.13-1, 19-10.2.14-1
    @Test("a property filter names an even type, or does not leave (sections 10.2.13 and 10.2.14)")
    func oddProperties() throws {
        for draft in Draft.all where draft.rules.hasRangeFilters {
            let probe = Probe(draft, role: .client)
            probe.sendSetup { $0.maxFilterRanges = 64 }
            for (type, isEven) in [(UInt64(0x3C), true), (0x3D, false)] {
                var objects = MessageParameters()
                objects.rangeFilters = [RangeFilter(.objectProperty, propertyType: type, ranges: [1...2])]
                var tracks = MessageParameters()
                tracks.rangeFilters = [RangeFilter(.trackProperty, propertyType: type, ranges: [1...2])]
                let prefix = TrackNamespace(String(type))
                if isEven {
                    _ = try probe.session.subscribe(Self.track, parameters: objects)
                    _ = try probe.session.subscribeNamespace(prefix, interest: .tracks, parameters: tracks)
                } else {
                    #expect(throws: SessionCommandFailure.cannotBeSaid) {
                        try probe.session.subscribe(Self.track, parameters: objects)
                    }
                    #expect(throws: SessionCommandFailure.cannotBeSaid) {
                        try probe.session.subscribeNamespace(prefix, interest: .tracks, parameters: tracks)
                    }
                }
            }
        }
    }

    // Rules: 19-10.9.2-1
    @Test("a new prefix that overlaps another of ours does not leave (section 10.9.2)")
    func prefixes() throws {
        for draft in Draft.all where !draft.rules.parameters.namespacePrefix.isEmpty {
            let probe = Probe.established(draft, role: .client)
            let id = try probe.session.subscribeNamespace(TrackNamespace("a"), interest: .namespaces)
            _ = try probe.session.subscribeNamespace(TrackNamespace("b", "c"), interest: .namespaces)
            var update = MessageParameters()
            for prefix in [TrackNamespace("b"), TrackNamespace("b", "c", "d"), TrackNamespace()] {
                update.namespacePrefix = prefix
                #expect(throws: SessionCommandFailure.cannotBeSaid) {
                    try probe.session.update(id, parameters: update)
                }
            }
            update.namespacePrefix = TrackNamespace("a", "x")
            _ = try probe.session.update(id, parameters: update)
        }
    }

    // Rules: 19-11.1-1
    @Test("an alias of ours names one track for good (section 11.1)")
    func aliases() throws {
        let probe = Probe.established(.draft19)
        let all = (0..<1000).map { _ in probe.session.allocateAlias() }
        #expect(Set(all).count == all.count)
    }
}
